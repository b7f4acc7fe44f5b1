/** Devices that did not get the message, counted by state and code, each with its meaning, advice and what FCM said first. */
import {
  DELIVERY_CODES,
  DELIVERY_STATES,
  type DeliveryCode,
  deliveryCodeOf,
  deliveryStateOf,
  type NotSentState,
} from '../domain/delivery-result.ts'
import type { Pool } from '../postgres/pool.ts'

export interface FailureCount {
  state: NotSentState
  code: DeliveryCode
  count: number
  meaning: string
  advice: string
  /** In FCM's own words: its first answer with this code. Null: it did not answer, or was not asked. */
  fcmSaid: string | null
}

/** Most frequent first. Read from the partial index: the cost grows with the failures, not with the audience. */
export async function readFailures(pool: Pool, campaignId: string): Promise<FailureCount[]> {
  const { rows } = await pool.query<{ state: number; code: number; count: number; said: string | null }>({
    name: 'read-failures',
    text: `SELECT f.*, s.detail AS said FROM (
             SELECT state, code, count(*) AS count FROM deliveries
             WHERE campaign_id = $1 AND state <> ${DELIVERY_STATES.sent.number} GROUP BY state, code) f
           LEFT JOIN campaign_samples s ON s.campaign_id = $1 AND s.code = f.code
           ORDER BY f.count DESC, f.state, f.code`,
    values: [campaignId],
  })
  return rows.map((row) => {
    const code = deliveryCodeOf(row.code)
    const { meaning, advice } = DELIVERY_CODES[code]
    return {
      state: deliveryStateOf(row.state) as NotSentState,
      code,
      count: row.count,
      meaning,
      advice,
      fcmSaid: row.said,
    }
  })
}
