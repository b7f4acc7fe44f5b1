/**
 * The audience of a resend: the devices with a given result in the campaign it repeats, by keyset. It reads the recorded
 * results and not a condition over devices, so it contains exactly those devices. Those that have been deleted or are gone
 * since are included: the dispatcher checks them when it sends, like all others, and records why they were skipped.
 */
import { WAS_LEFT_OUT } from '../campaigns/resend-choice.ts'
import type { Resent } from '../domain/campaign.ts'
import { codesOf, DELIVERY_CODES, DELIVERY_STATES, type NotSentState } from '../domain/delivery-result.ts'
import type { PageSql } from './page-sql.ts'

/** $9 is the campaign that is repeated. `codes`: the numbers of the reasons that are repeated; null: all of them. */
/** `isOncePerMember`: which device of a member it is was decided for the original. The canceled ones are of both kinds. */
export function resendPage(
  only: Resent,
  originId: string,
  codes: readonly number[] | null,
  isOncePerMember = false,
): PageSql {
  const sql = only === 'canceled' ? CANCELED : recorded(only, codes)
  if (!isOncePerMember) return { sql, values: [originId] }
  const isOther =
    only === 'canceled' ? `p.id = ANY (SELECT unnest(device_ids) FROM part WHERE is_other)` : 'false'
  return {
    sql: `${sql}, best AS MATERIALIZED (SELECT p.id, p.member_id, CASE WHEN NOT (${isOther}) THEN p.id END AS best_id FROM page p)`,
    values: [originId],
  }
}

/**
 * The index of deliveries that were not sent is ordered by code and then by device. So each code is walked separately and
 * the lowest ids of all are taken: the cost of a page does not depend on how many messages were sent in between.
 *
 * The member for whom a message was is in the batch: in one of those with the first `through_id` that reaches as far as the
 * device. There is one, or those of a page of a campaign at local times, whose devices lie across each other. Found by one pass
 * over both in the order of ids, because a join of devices with the contents of batches
 * is a nested loop when a page is planned (plan-campaign.ts): 20,000 of 40,000 devices took longer than the statement timeout.
 */
function recorded(state: NotSentState, only: readonly number[] | null): string {
  const codes = only ?? codesOf(state).map((code) => DELIVERY_CODES[code].number)
  return `ids AS MATERIALIZED (
  SELECT x.id FROM unnest(ARRAY[${codes.join(', ')}]::smallint[]) AS k (code)
  CROSS JOIN LATERAL (
    SELECT device_id AS id FROM deliveries
    WHERE campaign_id = $9::uuid AND state = ${DELIVERY_STATES[state].number} AND code = k.code
      AND device_id > $2::bigint AND device_id <= $3::bigint
    ORDER BY device_id LIMIT $4::int
  ) x
  ORDER BY x.id LIMIT $4::int
), placed AS MATERIALIZED (
  SELECT id, min(first_seq) OVER reach AS first_seq, min(last_seq) OVER reach AS last_seq FROM (
    SELECT id, id AS through_id, NULL::int AS first_seq, NULL::int AS last_seq FROM ids
    UNION ALL SELECT NULL, through_id, min(seq), max(seq) FROM batches
      WHERE campaign_id = $9::uuid AND through_id > $2::bigint GROUP BY through_id) x
  WINDOW reach AS (ORDER BY through_id DESC)
), page AS MATERIALIZED (
  SELECT p.id, b.member_ids[array_position(b.device_ids, p.id)] AS member_id
  FROM placed p LEFT JOIN LATERAL (
    SELECT device_ids, member_ids FROM batches
    WHERE campaign_id = $9::uuid AND seq BETWEEN p.first_seq AND p.last_seq AND member_ids IS NOT NULL AND p.id = ANY(device_ids)
    ORDER BY seq LIMIT 1) b ON true
  WHERE p.id IS NOT NULL
), looked AS (SELECT NULL::bigint AS reached)`
}

/** Of batches of 500, as many devices as an audience's page looks at. */
const BATCHES_LOOKED_AT = 200

/**
 * Canceled devices have no row in `deliveries`; they are in canceled batches. `through_id` ascends with the numbers of batches,
 * and those that have the same are looked at together: their devices lie across each other.
 */
const CANCELED = `reach AS MATERIALIZED (
  SELECT max(through_id) AS id, count(*) AS batches FROM (
    SELECT through_id FROM batches b
    WHERE campaign_id = $9::uuid AND state = 'canceled' AND canceled > 0 AND through_id > $2::bigint AND NOT ${WAS_LEFT_OUT}
    ORDER BY seq LIMIT ${BATCHES_LOOKED_AT}) x
), part AS MATERIALIZED (
  SELECT device_ids, member_ids, skip_code IS NOT DISTINCT FROM ${DELIVERY_CODES.other_device.number} AS is_other FROM batches b
  WHERE campaign_id = $9::uuid AND state = 'canceled' AND canceled > 0 AND NOT ${WAS_LEFT_OUT}
    AND through_id > $2::bigint AND through_id <= (SELECT id FROM reach)
), page AS MATERIALIZED (
  SELECT i.id, i.member_id FROM part b CROSS JOIN LATERAL unnest(b.device_ids, b.member_ids) AS i (id, member_id)
  WHERE i.id > $2::bigint AND i.id <= $3::bigint
    AND NOT EXISTS (SELECT FROM deliveries x WHERE x.campaign_id = $9::uuid AND x.device_id = i.id)
  ORDER BY i.id LIMIT $4::int
), looked AS (
  SELECT CASE WHEN batches = ${BATCHES_LOOKED_AT} THEN id END AS reached FROM reach
)`
