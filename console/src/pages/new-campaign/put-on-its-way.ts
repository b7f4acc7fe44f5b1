/**
 * Sends or schedules what the user has seen: each request names the version. Safe to call again after a lost response:
 * sending by its Idempotency-Key, scheduling because a campaign that already has the wanted content counts as done.
 */
import type { CampaignReply } from '../../../../src/api/campaigns/campaign-schemas.ts'
import type { LocalTime } from '../../../../src/domain/local-time.ts'
import { isConflict } from '../../api/problem.ts'
import type { CampaignBody } from './draft-form.ts'
import { contentOf, isSameLocalTime, type Stored } from './draft-saver.ts'

export type ScheduledBody = CampaignBody & {
  unfinished: null
  /** Null with a local time, and to make it a draft again. */
  scheduledAt: string | null
  localAt?: string
  late?: LocalTime['late']
  unknownZone?: LocalTime['unknownZone']
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
  /** null: now, or at local times. */
  at: Date | null
  localTime: LocalTime | null
  /** The number of devices that the user has read, or typed. */
  confirmAudience: number | null
  idempotencyKey: string
  /** It has been stored, whatever comes of the rest. */
  onStored: (stored: Stored) => void
}

export async function putOnItsWay(api: SendApi, press: Press): Promise<CampaignReply> {
  const { seen, body, at, localTime, confirmAudience, idempotencyKey, onStored } = press
  const { id } = seen.campaign
  if (at !== null || localTime !== null) return await schedule(api, press)
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
  { seen, body, at, localTime, confirmAudience, onStored }: Press,
): Promise<CampaignReply> {
  const { id } = seen.campaign
  const wanted: ScheduledBody = {
    ...body,
    unfinished: null,
    scheduledAt: at === null ? null : at.toISOString(),
    ...localTime,
    ...(confirmAudience !== null && { confirmAudience }),
  }
  try {
    const stored = await api.change(id, wanted, seen.etag)
    onStored(stored)
    return stored.campaign
  } catch (error) {
    if (!isConflict(error)) throw error
    const now = await api.read(id)
    // It was our own request, whose response was lost.
    const isOurTime =
      localTime === null
        ? now.campaign.localAt === null && now.campaign.scheduledAt === wanted.scheduledAt
        : isSameLocalTime(now.campaign, localTime)
    if (isOurTime && contentOf(now.campaign) === contentOf(wanted)) {
      onStored(now)
      return now.campaign
    }
    throw error
  }
}
