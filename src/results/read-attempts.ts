/**
 * What was tried to get one message to one device: its result in a campaign, and in every resend of it. Resends are
 * campaigns, so the history is read along the chain; a device is in a resend only if the result before says why.
 */
import type { CampaignState, Resent } from '../domain/campaign.ts'
import {
  DELIVERY_CODES,
  type DeliveryCode,
  deliveryCodeOf,
  deliveryStateOf,
} from '../domain/delivery-result.ts'
import type { Pool } from '../postgres/pool.ts'
import { unpackMessageId } from './message-id.ts'
import { LISTED_STATES, type ListedState } from './read-deliveries.ts'

/** `waiting`: its campaign is on its way, and the device has no result yet. */
export const ATTEMPT_STATES = [...LISTED_STATES, 'waiting'] as const
export type AttemptState = (typeof ATTEMPT_STATES)[number]

export interface DeviceAttempt {
  campaignId: string
  /** Null: the first of the chain. */
  resendOf: string | null
  resendOnly: Resent | null
  campaignState: CampaignState
  state: AttemptState
  code: DeliveryCode | null
  meaning: string
  /** The try at its batch that brought the result; tries before it ended without one. */
  attempt: number | null
  messageId: string | null
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
  sent_at: Date | null
}

/** Oldest first; empty when the device is in the audience of none of them. Any campaign of a chain gives the same. */
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

/** Batches ascend by device: the first one that ends at or after the device has it, or none does. */
const ATTEMPTS = `
SELECT c.id, c.resend_of, c.resend_only::text, c.state::text AS campaign_state, b.state = 'canceled' AS is_canceled,
  x.state, x.code, x.attempt, x.message_id, x.sent_at
FROM campaigns one
JOIN campaigns c ON c.id = coalesce(one.chain_id, one.id) OR c.chain_id = coalesce(one.chain_id, one.id)
CROSS JOIN LATERAL (
  SELECT state, device_ids FROM batches WHERE campaign_id = c.id AND through_id >= $2::bigint ORDER BY seq LIMIT 1
) b
LEFT JOIN deliveries x ON x.campaign_id = c.id AND x.device_id = $2::bigint
WHERE one.id = $1 AND $2::bigint = ANY (b.device_ids)
ORDER BY c.id`

function viewOf(row: Row): DeviceAttempt {
  const code = row.code === null ? null : deliveryCodeOf(row.code)
  const state: ListedState | 'waiting' =
    row.state !== null ? deliveryStateOf(row.state) : row.is_canceled ? 'canceled' : 'waiting'
  return {
    campaignId: row.id,
    resendOf: row.resend_of,
    resendOnly: row.resend_only,
    campaignState: row.campaign_state,
    state,
    code,
    meaning: code === null ? WITHOUT_CODE[state as keyof typeof WITHOUT_CODE] : DELIVERY_CODES[code].meaning,
    attempt: row.attempt,
    messageId: row.message_id && unpackMessageId(row.message_id),
    sentAt: row.sent_at,
  }
}

const WITHOUT_CODE = {
  canceled: 'The campaign was canceled before its turn.',
  waiting: 'Its turn is still to come, or FCM is to be asked again.',
}
