/**
 * What was tried to send one message to one device: its result in a campaign and in every resend of it. A resend is a
 * campaign, so the history is read along the chain of resends.
 */
import type { CampaignState, Resent } from '../domain/campaign.ts'
import {
  CANCELED_MEANING,
  DELIVERY_CODES,
  type DeliveryCode,
  deliveryCodeOf,
  deliveryStateOf,
  LISTED_STATES,
} from '../domain/delivery-result.ts'
import type { Pool } from '../postgres/pool.ts'
import { type ResultIds, resultIds } from './capped-by.ts'
import { shownVersion } from './message-version.ts'

/** `waiting`: the campaign is being sent, and the device has no result yet. */
export const ATTEMPT_STATES = [...LISTED_STATES, 'waiting'] as const
type AttemptState = (typeof ATTEMPT_STATES)[number]

export interface DeviceAttempt extends ResultIds {
  campaignId: string
  /** Null: this campaign is the first of the chain. */
  resendOf: string | null
  resendOnly: Resent | null
  campaignState: CampaignState
  state: AttemptState
  code: DeliveryCode | null
  meaning: string
  /** The attempt at its batch that produced the result. */
  attempt: number | null
  /** Of the message of that campaign. Null: it was not sent to, or it is not known. */
  messageVersion: number | null
  sentAt: Date | null
}

interface Row {
  id: string
  resend_of: string | null
  resend_only: Resent | null
  campaign_state: CampaignState
  is_canceled: boolean
  state: number | null
  code: number | null
  attempt: number | null
  message_id: Buffer | null
  message_version: number | null
  sent_at: Date | null
}

/** Oldest first. Empty if the device is in none of the audiences. The same for every campaign of a chain. */
export async function readAttempts(
  pool: Pool,
  campaignId: string,
  deviceId: number,
): Promise<DeviceAttempt[]> {
  const { rows } = await pool.query<Row>({
    name: 'read-attempts',
    text: ATTEMPTS,
    values: [campaignId, deviceId],
  })
  return rows.map(viewOf)
}

/**
 * Batches are ordered by device: only the first one that ends at or after the device can contain it, or, of a campaign at local
 * times, one of those that end with it.
 */
const ATTEMPTS = `
SELECT c.id, c.resend_of, c.resend_only::text, c.state::text AS campaign_state, b.state = 'canceled' AS is_canceled,
  x.state, x.code, x.attempt, x.message_id, x.message_version, x.sent_at
FROM campaigns one
JOIN campaigns c ON c.id = coalesce(one.chain_id, one.id) OR c.chain_id = coalesce(one.chain_id, one.id)
CROSS JOIN LATERAL (
  SELECT seq, through_id FROM batches WHERE campaign_id = c.id AND through_id >= $2::bigint ORDER BY seq LIMIT 1
) f
CROSS JOIN LATERAL (
  SELECT state FROM batches
  WHERE campaign_id = c.id AND seq >= f.seq AND through_id = f.through_id AND $2::bigint = ANY (device_ids)
  ORDER BY seq LIMIT 1
) b
LEFT JOIN deliveries x ON x.campaign_id = c.id AND x.device_id = $2::bigint
WHERE one.id = $1
ORDER BY c.id`

function viewOf(row: Row): DeviceAttempt {
  const result = resultOf(row)
  return {
    campaignId: row.id,
    resendOf: row.resend_of,
    resendOnly: row.resend_only,
    campaignState: row.campaign_state,
    ...result,
    attempt: row.attempt,
    ...resultIds(result.code, row.message_id),
    messageVersion: result.state === 'waiting' ? null : shownVersion(result.state, row.message_version),
    sentAt: row.sent_at,
  }
}

function resultOf({ state, code, is_canceled }: Row): Pick<DeviceAttempt, 'state' | 'code' | 'meaning'> {
  if (state !== null && code !== null) {
    const name = deliveryCodeOf(code)
    return { state: deliveryStateOf(state), code: name, meaning: DELIVERY_CODES[name].meaning }
  }
  return is_canceled
    ? { state: 'canceled', code: null, meaning: CANCELED_MEANING }
    : { state: 'waiting', code: null, meaning: 'Not sent yet, or to be tried again.' }
}
