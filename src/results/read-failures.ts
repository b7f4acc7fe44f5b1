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

interface Row {
  asOf: Date
  /** Null, with the others, in the only row of a campaign without failures. */
  state: number | null
  code: number
  count: number
  said: string | null
}

/** Most frequent first. Read from the partial index: the cost grows with the failures, not with the audience. */
export async function readFailures(
  pool: Pool,
  campaignId: string,
): Promise<{ asOf: Date; failures: FailureCount[] }> {
  const { rows } = await pool.query<Row>({
    name: 'read-failures',
    text: `SELECT t.as_of AS "asOf", f.*, s.detail AS said FROM (SELECT statement_timestamp() AS as_of) t
           LEFT JOIN (
             SELECT state, code, count(*) AS count FROM deliveries
             WHERE campaign_id = $1 AND state <> ${DELIVERY_STATES.sent.number} GROUP BY state, code) f ON true
           LEFT JOIN campaign_samples s ON s.campaign_id = $1 AND s.code = f.code
           ORDER BY f.count DESC, f.state, f.code`,
    values: [campaignId],
  })
  const failures = rows.flatMap(({ state, count, said, ...row }) => {
    if (state === null) return []
    const code = deliveryCodeOf(row.code)
    const { meaning, advice } = DELIVERY_CODES[code]
    return [{ state: deliveryStateOf(state) as NotSentState, code, count, meaning, advice, fcmSaid: said }]
  })
  return { asOf: (rows[0] as Row).asOf, failures }
}
