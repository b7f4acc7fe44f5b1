/**
 * A page of an audience, by keyset. It starts where few rows are: named members are looked up by their names, all others
 * are walked by the index of a project's active devices. Devices that are gone or of another project cost nothing.
 */
import { audiencePredicate } from '../audience/audience-predicate.ts'
import type { Audience } from '../domain/campaign.ts'
import type { PageSql } from './page-sql.ts'

/** $9 and $10 are the first values of the predicate: the project, and the names if members are named. */
export function audiencePage(projectId: number, audience: Audience): PageSql {
  const { sql: condition, values } = audiencePredicate(projectId, audience, 8)
  if ('filter' in audience) return { sql: filtered(condition), values }
  const devices = 'all' in audience ? 'devices d' : DEVICES_OF_NAMED
  return {
    sql: `page AS MATERIALIZED (
  SELECT d.id, ${'all' in audience ? 'NULL::bigint AS member_id' : 'd.member_id'} FROM ${devices}
  WHERE d.id > $2::bigint AND d.id <= $3::bigint AND d.state = 'active' AND (${condition})
  ORDER BY d.id LIMIT $4::int
), looked AS (SELECT NULL::bigint AS reached)`,
    values,
  }
}

/** OFFSET 0 keeps PostgreSQL from starting anywhere else, for example with all devices in the order of their ids. */
const DEVICES_OF_NAMED = `(SELECT id, external_id FROM members WHERE external_id = ANY($10::text[]) OFFSET 0) m
  CROSS JOIN LATERAL (SELECT * FROM devices WHERE member_id = m.id OFFSET 0) d`

/**
 * Devices looked at in one page. With a filter that few devices match, the campaign's row would otherwise be locked while
 * all devices are read, and pausing or enqueueing the campaign would have to wait.
 */
const LOOKED_AT = 100_000

const filtered = (condition: string) => `looked AS MATERIALIZED (
  SELECT (SELECT id FROM devices
    WHERE project_id = $9::smallint AND state = 'active' AND id > $2::bigint AND id <= $3::bigint
    ORDER BY id OFFSET greatest(${LOOKED_AT}, $4::int) - 1 LIMIT 1) AS reached
), page AS MATERIALIZED (
  SELECT d.id, d.member_id FROM devices d JOIN members m ON m.id = d.member_id
  WHERE d.id > $2::bigint AND d.id <= coalesce((SELECT reached FROM looked), $3::bigint) AND d.state = 'active'
    AND (${condition})
  ORDER BY d.id LIMIT $4::int
)`
