/**
 * The batches of one page of a campaign at local times: each for the zones of one clock, with the instant at which it leaves.
 */

import { DELIVERY_CODES } from '../domain/delivery-result.ts'
import type { Queryable } from '../postgres/pool.ts'
import { OTHER_DEVICE, type PageSql } from './page-sql.ts'
import type { PlannedPage } from './plan-campaign.ts'
import { NO_ZONE, type ZoneTable } from './zone-table.ts'

/**
 * `values`: those of every page, $1 to $8. A zone that is met for the first time is worked out, and the page is read again: an
 * audience has a few hundred of them at most, and mostly all come on the first page.
 */
export async function insertLocalBatches(
  tx: Queryable,
  source: PageSql,
  values: readonly unknown[],
  table: ZoneTable,
  isOncePerMember = false,
): Promise<PlannedPage> {
  const text = insertSql(source.sql, values.length + source.values.length, isOncePerMember)
  for (;;) {
    const { places, names } = table.asJson
    const { rows } = await tx.query<PlannedPage & { unknown: string[] | null }>(text, [
      ...values,
      ...source.values,
      places,
      names,
      table.clocks.map(({ at }) => at),
      table.clocks.map(({ code }) => code && DELIVERY_CODES[code].number),
    ])
    const page = rows[0]
    if (page === undefined) throw new Error('a page of a plan returned no row')
    if (page.unknown === null) return page
    table.add(page.unknown)
  }
}

/**
 * As insertSql in plan-campaign.ts, and after the values of the page: zones to places and zones to names (JSON), and of each
 * place the instant and the code. Inserts nothing if a zone is not among them, and returns those. Looked up in JSON and not
 * joined: a join is a nested loop when a page is planned.
 *
 * That a device is left out for another of its member goes before what its zone says: the zone may be sent to after all, when the
 * campaign is edited or sent at once, and then the device still gets nothing.
 *
 * All batches of a page have its last device in `through_id`, because their devices lie across each other.
 */
function insertSql(page: string, given: number, isOncePerMember: boolean): string {
  const [places, names, instants, codes] = [1, 2, 3, 4].map((n) => `$${given + n}`)
  return `/* plan-page */
WITH ${page}, zoned AS MATERIALIZED (
  SELECT p.id, p.member_id, ${isOncePerMember ? 'p.best_id IS DISTINCT FROM p.id' : 'false'} AS is_other, coalesce(z.timezone, '${NO_ZONE}') AS zone, (${places}::jsonb ->> coalesce(z.timezone, '${NO_ZONE}'))::int AS place
  FROM ${isOncePerMember ? 'best' : 'page'} p LEFT JOIN LATERAL (
    SELECT m.timezone FROM devices d JOIN members m ON m.id = d.member_id WHERE d.id = p.id LIMIT 1) z ON true
), unknown AS MATERIALIZED (
  SELECT array_agg(DISTINCT zone) AS zones FROM zoned WHERE place IS NULL
), numbered AS (
  SELECT *, (row_number() OVER (PARTITION BY place, is_other ORDER BY id) - 1) / $5::int AS part, max(id) OVER () AS last_id
  FROM zoned WHERE (SELECT zones IS NULL FROM unknown)
), grouped AS (
  SELECT place, is_other, part, max(last_id) AS last_id, array_agg(id ORDER BY id) AS device_ids,
    CASE WHEN count(member_id) > 0 THEN array_agg(member_id ORDER BY id) END AS member_ids, count(*)::int AS size,
    array_agg(DISTINCT coalesce(${names}::jsonb ->> zone, zone)) AS zones
  FROM numbered GROUP BY place, is_other, part
), inserted AS (
  INSERT INTO batches (campaign_id, seq, through_id, device_ids, member_ids, size, state, canceled, send_at, zones, skip_code)
  SELECT $1::uuid, $6::int - 1 + row_number() OVER (ORDER BY place, is_other, part), last_id, device_ids, member_ids, size,
    $7::batch_state, CASE WHEN $8::boolean THEN size ELSE 0 END, (${instants}::timestamptz[])[place + 1], zones,
    coalesce(${OTHER_DEVICE}, (${codes}::smallint[])[place + 1])
  FROM grouped
  RETURNING size, through_id
)
SELECT count(*) AS batches, coalesce(sum(size), 0)::int AS devices, max(through_id) AS last_id,
  (SELECT reached FROM looked) AS reached, (SELECT zones FROM unknown) AS unknown
FROM inserted`
}
