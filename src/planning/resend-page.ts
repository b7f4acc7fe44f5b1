/**
 * The audience of a resend: the devices with a given result in the campaign it repeats, by keyset. It reads the recorded
 * results and not a condition over devices, so it contains exactly those devices. Those that have been deleted or are gone
 * since are included: the dispatcher checks them when it sends, like all others, and records why they were skipped.
 */
import type { Resent } from '../domain/campaign.ts'
import { codesOf, DELIVERY_CODES, DELIVERY_STATES, type NotSentState } from '../domain/delivery-result.ts'

/**
 * SQL for one page of ids in ascending order, column `id`. $2 cursor, $3 upper bound, $4 devices in a page; `origin` is the
 * placeholder of the campaign that is repeated.
 */
export function resendPage(only: Resent, origin: string): string {
  return only === 'canceled' ? canceled(origin) : recorded(only, origin)
}

/**
 * The index of deliveries that were not sent is ordered by code and then by device. So each code is walked separately and
 * the lowest ids of all are taken: the cost of a page does not depend on how many messages were sent in between.
 */
function recorded(state: NotSentState, origin: string): string {
  const codes = codesOf(state).map((code) => DELIVERY_CODES[code].number)
  return `
  SELECT x.id FROM unnest(ARRAY[${codes.join(', ')}]::smallint[]) AS k (code)
  CROSS JOIN LATERAL (
    SELECT device_id AS id FROM deliveries
    WHERE campaign_id = ${origin}::uuid AND state = ${DELIVERY_STATES[state].number} AND code = k.code
      AND device_id > $2::bigint AND device_id <= $3::bigint
    ORDER BY device_id LIMIT $4::int
  ) x
  ORDER BY x.id LIMIT $4::int`
}

/** Canceled devices have no row in `deliveries`; they are in canceled batches. Batch numbers ascend with device ids. */
function canceled(origin: string): string {
  return `
  SELECT i.id FROM batches b CROSS JOIN LATERAL unnest(b.device_ids) AS i (id)
  WHERE b.campaign_id = ${origin}::uuid AND b.state = 'canceled' AND b.canceled > 0
    AND b.through_id > $2::bigint AND i.id > $2::bigint AND i.id <= $3::bigint
    AND NOT EXISTS (SELECT FROM deliveries x WHERE x.campaign_id = ${origin}::uuid AND x.device_id = i.id)
  ORDER BY b.seq, i.id LIMIT $4::int`
}
