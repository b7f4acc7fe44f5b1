/**
 * The audience of a resend: the devices with a given result in the campaign it repeats, by keyset. It reads the recorded
 * results and not a condition over devices, so it contains exactly those devices. Those that have been deleted or are gone
 * since are included: the dispatcher checks them when it sends, like all others, and records why they were skipped.
 */
import type { Resent } from '../domain/campaign.ts'
import { codesOf, DELIVERY_CODES, DELIVERY_STATES, type NotSentState } from '../domain/delivery-result.ts'
import type { PageSql } from './page-sql.ts'

/** $9 is the campaign that is repeated. */
export function resendPage(only: Resent, originId: string): PageSql {
  return { sql: only === 'canceled' ? CANCELED : recorded(only), values: [originId] }
}

/**
 * The index of deliveries that were not sent is ordered by code and then by device. So each code is walked separately and
 * the lowest ids of all are taken: the cost of a page does not depend on how many messages were sent in between.
 */
function recorded(state: NotSentState): string {
  const codes = codesOf(state).map((code) => DELIVERY_CODES[code].number)
  return `ids AS MATERIALIZED (
  SELECT x.id FROM unnest(ARRAY[${codes.join(', ')}]::smallint[]) AS k (code)
  CROSS JOIN LATERAL (
    SELECT device_id AS id FROM deliveries
    WHERE campaign_id = $9::uuid AND state = ${DELIVERY_STATES[state].number} AND code = k.code
      AND device_id > $2::bigint AND device_id <= $3::bigint
    ORDER BY device_id LIMIT $4::int
  ) x
  ORDER BY x.id LIMIT $4::int
), meant_for AS MATERIALIZED (
  SELECT u.id, u.member_id FROM batches b CROSS JOIN LATERAL unnest(b.device_ids, b.member_ids) AS u (id, member_id)
  WHERE b.campaign_id = $9::uuid AND b.member_ids IS NOT NULL AND b.through_id > $2::bigint
    AND b.seq <= (SELECT min(seq) FROM batches
      WHERE campaign_id = $9::uuid AND through_id >= (SELECT max(id) FROM ids))
), page AS MATERIALIZED (
  SELECT id, m.member_id FROM ids LEFT JOIN meant_for m USING (id)
), looked AS (SELECT NULL::bigint AS reached)`
}

/** Of batches of 500, as many devices as an audience's page looks at. */
const BATCHES_LOOKED_AT = 200

/** Canceled devices have no row in `deliveries`; they are in canceled batches. Batch numbers ascend with device ids. */
const CANCELED = `part AS MATERIALIZED (
  SELECT seq, device_ids, member_ids, through_id FROM batches
  WHERE campaign_id = $9::uuid AND state = 'canceled' AND canceled > 0 AND through_id > $2::bigint
  ORDER BY seq LIMIT ${BATCHES_LOOKED_AT}
), page AS MATERIALIZED (
  SELECT i.id, i.member_id FROM part b CROSS JOIN LATERAL unnest(b.device_ids, b.member_ids) AS i (id, member_id)
  WHERE i.id > $2::bigint AND i.id <= $3::bigint
    AND NOT EXISTS (SELECT FROM deliveries x WHERE x.campaign_id = $9::uuid AND x.device_id = i.id)
  ORDER BY b.seq, i.id LIMIT $4::int
), looked AS (
  SELECT CASE WHEN count(*) = ${BATCHES_LOOKED_AT} THEN max(through_id) END AS reached FROM part
)`
