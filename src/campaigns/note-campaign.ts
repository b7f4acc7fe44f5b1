/** What the audit log says of a campaign: what it was when the deed was done, by hashes and counts. */
import type { Note } from '../audit/note-deeds.ts'
import type { AudienceSummary } from '../domain/audience-summary.ts'
import type { CampaignState } from '../domain/campaign.ts'
import type { DeedName } from '../domain/deeds.ts'
import type { CampaignMessage } from '../domain/message.ts'
import type { Queryable } from '../postgres/pool.ts'
import { messageHash } from './message-hash.ts'

/** Without its name: the console takes it from the message. */
export interface Facts {
  version: number
  state: CampaignState
  messageHash: string | null
  messageVersion: number
  audience: AudienceSummary | null
  audienceHash: string | null
  /** Devices, once it is planned: its audience is frozen. */
  plannedDevices: number | null
  scheduledAt: Date | null
  localAt: string | null
}

export interface StoredFacts extends Omit<Facts, 'messageHash'> {
  message: CampaignMessage | null
}

/** For SELECT and RETURNING over `campaigns`. */
export const FACTS = `version, state, message, message_version AS "messageVersion", audience_summary AS audience,
  audience_hash AS "audienceHash", CASE WHEN is_planned THEN audience_size END AS "plannedDevices",
  scheduled_at AS "scheduledAt", local_at AS "localAt"`

export function factsOf({ message, ...row }: StoredFacts): Facts {
  const { version, state, messageVersion, audience, audienceHash, plannedDevices } = row
  const hash = message === null ? null : messageHash(message)
  const { scheduledAt, localAt } = row
  return {
    version,
    state,
    messageHash: hash,
    messageVersion,
    audience,
    audienceHash,
    plannedDevices,
    scheduledAt,
    localAt,
  }
}

export async function readFacts(tx: Queryable, id: string): Promise<Facts> {
  const { rows } = await tx.query<StoredFacts>({
    name: 'campaign-facts',
    text: `SELECT ${FACTS} FROM campaigns WHERE id = $1`,
    values: [id],
  })
  if (rows[0] === undefined) throw new Error(`campaign ${id} is not there when its deed is noted`)
  return factsOf(rows[0])
}

/** What it is after the deed. `more`: what the deed was about. */
export async function noteCampaign(
  tx: Queryable,
  note: Note,
  deed: DeedName,
  id: string,
  more: Record<string, unknown> = {},
): Promise<void> {
  note({ deed, subject: { kind: 'campaign', id }, detail: { ...(await readFacts(tx, id)), ...more } })
}
