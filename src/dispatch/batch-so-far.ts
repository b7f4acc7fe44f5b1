/**
 * What all attempts at a batch have recorded so far. An attempt of a slow campaign sends a few messages, which say too little
 * about a platform or a campaign.
 */
import type { Platform } from '../domain/campaign.ts'
import {
  DELIVERY_STATES,
  type DeliveryCode,
  type DeliveryState,
  deliveryCodeOf,
  deliveryStateOf,
} from '../domain/delivery-result.ts'
import type { Pool } from '../postgres/pool.ts'
import type { Claim } from './batch-store.ts'

/** Whether a device of the batch that is of this platform has the result `sent`. */
export async function hasSentTo(
  pool: Pool,
  { campaignId, seq }: Claim,
  platform: Platform,
): Promise<boolean> {
  const { rowCount } = await pool.query({
    name: 'batch-has-sent-to',
    text: `SELECT FROM ${RESULTS}
           CROSS JOIN LATERAL (SELECT platform FROM devices WHERE id = i.id LIMIT 1) d
           WHERE b.campaign_id = $1 AND b.seq = $2 AND x.state = ${DELIVERY_STATES.sent.number} AND d.platform = $3::platform
           LIMIT 1`,
    values: [campaignId, seq, platform],
  })
  return rowCount === 1
}

export interface Recorded {
  state: DeliveryState
  code: DeliveryCode
  count: number
}

/** The results of the batch, counted by state and code: of the current version of the message. */
export async function readRecorded(
  pool: Pool,
  { campaignId, seq, messageVersion }: Claim,
): Promise<Recorded[]> {
  const { rows } = await pool.query<{ state: number; code: number; count: number }>({
    name: 'batch-recorded',
    text: `SELECT x.state, x.code, count(*) FROM ${RESULTS}
           WHERE b.campaign_id = $1 AND b.seq = $2 AND coalesce(x.message_version, 1) = $3
           GROUP BY x.state, x.code`,
    values: [campaignId, seq, messageVersion],
  })
  return rows.map(({ state, code, count }) => ({
    state: deliveryStateOf(state),
    code: deliveryCodeOf(code),
    count,
  }))
}

const RESULTS = `batches b CROSS JOIN LATERAL unnest(b.device_ids) AS i (id)
  CROSS JOIN LATERAL (SELECT state, code, message_version FROM deliveries WHERE campaign_id = $1 AND device_id = i.id LIMIT 1) x`
