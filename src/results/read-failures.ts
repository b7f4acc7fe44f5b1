/** Who did not get it, counted by reason, each with a sentence and what to do: the first thing an admin asks for. */

import {
  DELIVERY_CODES,
  type DeliveryCode,
  type DeliveryState,
  deliveryCodeOf,
  deliveryStateOf,
} from '../domain/delivery-result.ts'
import type { Pool } from '../postgres/pool.ts'

export interface FailureCount {
  state: Exclude<DeliveryState, 'sent'>
  code: DeliveryCode
  count: number
  meaning: string
  advice: string
}

/** Most frequent first. Answered from the partial index, so it costs what did not get through, not the audience. */
export async function readFailures(pool: Pool, campaignId: string): Promise<FailureCount[]> {
  const { rows } = await pool.query<{ state: number; code: number; count: number }>({
    name: 'read-failures',
    text: `SELECT state, code, count(*) AS count FROM deliveries
           WHERE campaign_id = $1 AND state <> 1 GROUP BY state, code ORDER BY count DESC, state, code`,
    values: [campaignId],
  })
  return rows.map((row) => {
    const code = deliveryCodeOf(row.code)
    const { meaning, advice } = DELIVERY_CODES[code]
    return {
      state: deliveryStateOf(row.state) as FailureCount['state'],
      code,
      count: row.count,
      meaning,
      advice,
    }
  })
}
