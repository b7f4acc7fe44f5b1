/** Devices that did not get the message, counted by state and code, each with its meaning and advice. */
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
}

/** Most frequent first. Read from the partial index: the cost grows with the failures, not with the audience. */
export async function readFailures(pool: Pool, campaignId: string): Promise<FailureCount[]> {
  const { rows } = await pool.query<{ state: number; code: number; count: number }>({
    name: 'read-failures',
    text: `SELECT state, code, count(*) AS count FROM deliveries
           WHERE campaign_id = $1 AND state <> ${DELIVERY_STATES.sent.number} GROUP BY state, code ORDER BY count DESC, state, code`,
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
    }
  })
}
