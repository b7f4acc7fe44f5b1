/**
 * Sends or schedules what the user has seen: each request names the version. Safe to call again after a lost response:
 * sending by its Idempotency-Key, scheduling because a campaign that already has the wanted content counts as done.
 */
import type { CampaignReply } from '../../../../src/api/campaigns/campaign-schemas.ts'
import { ApiProblem } from '../../api/problem.ts'
import type { CampaignBody } from './draft-form.ts'
import { contentOf, type Stored } from './draft-saver.ts'

export type ScheduledBody = CampaignBody & {
  unfinished: null
  scheduledAt: string | null
  confirmAudience?: number
}

export interface SendApi {
  change(id: string, changes: ScheduledBody, etag: string | null): Promise<Stored>
  read(id: string): Promise<Stored>
  send(
    id: string,
    confirmAudience: number | null,
    etag: string | null,
    idempotencyKey: string,
  ): Promise<CampaignReply>
}

export interface Press {
  /** The version on the screen. */
  seen: Stored
  body: CampaignBody
  /** null: now. */
  at: Date | null
  /** The number of devices that the user has read, or typed. */
  confirmAudience: number | null
  idempotencyKey: string
  /** It has been stored, whatever comes of the rest. */
  onStored: (stored: Stored) => void
}

export async function putOnItsWay(api: SendApi, press: Press): Promise<CampaignReply> {
  const { seen, body, at, confirmAudience, idempotencyKey, onStored } = press
  const { id } = seen.campaign
  if (at !== null) return await schedule(api, { ...press, at })
  let { etag } = seen
  if (contentOf({ ...body, unfinished: null }) !== contentOf(seen.campaign)) {
    // Without its time: if the campaign is not sent, the changes must not go out by themselves.
    const stored = await api.change(id, { ...body, unfinished: null, scheduledAt: null }, etag)
    onStored(stored)
    etag = stored.etag
  }
  return await api.send(id, confirmAudience, etag, idempotencyKey)
}

async function schedule(
  api: SendApi,
  { seen, body, at, confirmAudience, onStored }: Press & { at: Date },
): Promise<CampaignReply> {
  const { id } = seen.campaign
  const wanted: ScheduledBody = {
    ...body,
    unfinished: null,
    scheduledAt: at.toISOString(),
    ...(confirmAudience !== null && { confirmAudience }),
  }
  try {
    const stored = await api.change(id, wanted, seen.etag)
    onStored(stored)
    return stored.campaign
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.code !== 'version_conflict') throw error
    const now = await api.read(id)
    // It was our own request, whose response was lost.
    if (now.campaign.scheduledAt === wanted.scheduledAt && contentOf(now.campaign) === contentOf(wanted)) {
      onStored(now)
      return now.campaign
    }
    throw error
  }
}
