/**
 * Sends or schedules a draft. Safe to call again after a lost response: sending by its Idempotency-Key, scheduling
 * because a campaign that already has the wanted content counts as done.
 */
import type { CampaignReply } from '../../../../src/api/campaigns/campaign-schemas.ts'
import { ApiProblem } from '../../api/problem.ts'
import type { CampaignBody } from './draft-form.ts'
import { contentOf, type Stored } from './draft-saver.ts'

export interface SendApi {
  change(id: string, changes: CampaignBody, etag: string | null): Promise<Stored>
  read(id: string): Promise<Stored>
  send(id: string, idempotencyKey: string): Promise<CampaignReply>
}

interface Press {
  id: string
  etag: string | null
  body: CampaignBody
  /** The server already has this content. */
  isSaved: boolean
  /** null: now. */
  at: Date | null
  idempotencyKey: string
}

export async function putOnItsWay(
  api: SendApi,
  { id, etag, body, isSaved, at, idempotencyKey }: Press,
): Promise<CampaignReply> {
  if (at !== null) return await schedule(api, id, { ...body, scheduledAt: at.toISOString() }, etag)
  if (!isSaved) await api.change(id, body, etag)
  return await api.send(id, idempotencyKey)
}

async function schedule(
  api: SendApi,
  id: string,
  wanted: CampaignBody,
  etag: string | null,
): Promise<CampaignReply> {
  try {
    return (await api.change(id, wanted, etag)).campaign
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.code !== 'version_conflict') throw error
    const { campaign } = await api.read(id)
    if (campaign.scheduledAt === wanted.scheduledAt && contentOf(campaign) === contentOf(wanted))
      return campaign
    throw error
  }
}
