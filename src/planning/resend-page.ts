/**
 * The audience of a resend: the devices with a given state in the campaign it repeats, by keyset. It reads recorded
 * results and not a condition over devices, so it is exactly those devices. Devices that are gone by now are included;
 * they are checked when the message leaves, like all others, and get a result that says so.
 */
import type { Resent } from '../domain/campaign.ts'
import { codesOf, DELIVERY_CODES, DELIVERY_STATES, type NotSentState } from '../domain/delivery-result.ts'

/**
 * SQL for one page of ids in ascending order, column `id`. $2 cursor, $3 upper bound, $4 devices per page; `origin` is
 * the placeholder of the campaign that is repeated.
 */
export function resendPage(only: Resent, origin: string): string {
  return only === 'canceled' ? canceled(origin) : recorded(only, origin)
}

/**
 * The partial index of deliveries that are not sent is ordered by code, then device. So each code of the state is read
 * on its own, and the lowest ids of all of them are taken: a page costs a page, however many devices lie in between.
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

/** Canceled devices have no delivery: they are in canceled batches. Batches are ordered by device as by number. */
function canceled(origin: string): string {
  return `
  SELECT i.id FROM batches b CROSS JOIN LATERAL unnest(b.device_ids) AS i (id)
  WHERE b.campaign_id = ${origin}::uuid AND b.state = 'canceled' AND b.canceled > 0
    AND b.through_id > $2::bigint AND i.id > $2::bigint AND i.id <= $3::bigint
    AND NOT EXISTS (SELECT FROM deliveries x WHERE x.campaign_id = ${origin}::uuid AND x.device_id = i.id)
  ORDER BY b.seq, i.id LIMIT $4::int`
}
