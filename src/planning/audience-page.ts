/**
 * A page of an audience, by keyset. It starts where few rows are: named members are looked up by their names, all others
 * are walked by the index of a project's active devices. Devices that are gone or of another project cost nothing.
 */
import { audiencePredicate } from '../audience/audience-predicate.ts'
import type { Audience } from '../domain/campaign.ts'
import type { PageSql } from './page-sql.ts'

/** $9 and $10 are the first values of the predicate: the project, and the names if members are named. */
export function audiencePage(projectId: number, audience: Audience, isOncePerMember = false): PageSql {
  const { sql: condition, values } = audiencePredicate(projectId, audience, 8)
  const page = pageOf(audience, condition, values, isOncePerMember)
  return isOncePerMember ? { ...page, sql: `${page.sql}, ${chosen(condition)}` } : page
}

function pageOf(audience: Audience, condition: string, values: unknown[], isOncePerMember: boolean): PageSql {
  if ('filter' in audience) return { sql: filtered(condition), values }
  const devices = 'all' in audience ? 'devices d' : DEVICES_OF_NAMED
  return {
    sql: `page AS MATERIALIZED (
  SELECT d.id, ${'all' in audience && !isOncePerMember ? 'NULL::bigint AS member_id' : 'd.member_id'} FROM ${devices}
  WHERE d.id > $2::bigint AND d.id <= $3::bigint AND d.state = 'active' AND (${condition})
  ORDER BY d.id LIMIT $4::int
), looked AS (SELECT NULL::bigint AS reached)`,
    values,
  }
}

/**
 * Which device of its member is meant: the one that was seen last, of those that are in the audience. It is decided when the
 * first of them, in the order of ids, is planned, and kept if others are on later pages: another one may have been seen by then.
 * One that comes to a member whose device is planned already is none of those that are meant.
 */
const chosen = (condition: string) => `best AS MATERIALIZED (
  SELECT p.id, p.member_id, f.first_id, f.last_id, CASE WHEN f.first_id >= (SELECT min(id) FROM page) THEN f.best_id
    ELSE (SELECT device_id FROM campaign_chosen WHERE campaign_id = $1::uuid AND campaign_chosen.member_id = p.member_id LIMIT 1) END AS best_id
  FROM page p CROSS JOIN LATERAL (
    SELECT min(d.id) AS first_id, max(d.id) AS last_id, (array_agg(d.id ORDER BY d.last_seen_at DESC, d.id DESC))[1] AS best_id
    FROM devices d JOIN members m ON m.id = d.member_id
    WHERE d.member_id = p.member_id AND d.id <= $3::bigint AND d.state = 'active' AND (${condition})) f
), kept AS (
  INSERT INTO campaign_chosen (campaign_id, member_id, device_id)
  SELECT DISTINCT $1::uuid, member_id, best_id FROM best
  WHERE first_id = id AND last_id > (SELECT max(id) FROM page) ORDER BY 2
  ON CONFLICT (campaign_id, member_id) DO UPDATE SET device_id = excluded.device_id
)`

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
