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
 * If the one that was kept may not be sent to any more when its member's next device is planned, it is decided anew.
 *
 * Without a row, a first device on an earlier page has come into the audience since: it became active, or its member came to match
 * the filter. Either another device of the member was planned on its page, and then this one is none of those that are meant, or
 * none was, and then it is decided now among those that are left. The batches say which; they are read once for a page, and only if
 * it has such members.
 */
const chosen = (condition: string) => `edge AS MATERIALIZED (
  SELECT min(id) AS first_id, max(id) AS last_id FROM page
), own AS MATERIALIZED (
  SELECT p.id, p.member_id, f.ids, f.first_id, f.last_id, c.device_id AS kept_id FROM page p CROSS JOIN LATERAL (
    SELECT min(d.id) AS first_id, max(d.id) AS last_id, array_agg(d.id ORDER BY d.last_seen_at DESC, d.id DESC) AS ids
    FROM devices d JOIN members m ON m.id = d.member_id
    WHERE d.member_id = p.member_id AND d.id <= $3::bigint AND d.state = 'active' AND (${condition})) f
  LEFT JOIN LATERAL (SELECT device_id FROM campaign_chosen WHERE f.first_id < (SELECT first_id FROM edge)
    AND campaign_id = $1::uuid AND campaign_chosen.member_id = p.member_id LIMIT 1) c ON true
), early AS MATERIALIZED (
  SELECT DISTINCT e.id, o.member_id FROM own o CROSS JOIN LATERAL (
    SELECT id FROM devices WHERE member_id = o.member_id AND id < (SELECT first_id FROM edge)) e
  WHERE o.kept_id IS NULL AND o.first_id < (SELECT first_id FROM edge)
), placed AS MATERIALIZED (
  SELECT id, member_id, min(first_seq) OVER reach AS first_seq, min(last_seq) OVER reach AS last_seq FROM (
    SELECT id, member_id, id AS through_id, NULL::int AS first_seq, NULL::int AS last_seq FROM early
    UNION ALL SELECT NULL, NULL, through_id, min(seq), max(seq) FROM batches
      WHERE campaign_id = $1::uuid AND EXISTS (SELECT FROM early) GROUP BY through_id) x
  WINDOW reach AS (ORDER BY through_id DESC)
), decided AS MATERIALIZED (
  SELECT e.member_id FROM placed e CROSS JOIN LATERAL (
    SELECT FROM batches b WHERE b.campaign_id = $1::uuid AND b.seq BETWEEN e.first_seq AND e.last_seq
      AND b.member_ids[array_position(b.device_ids, e.id)] = e.member_id LIMIT 1) b
  WHERE e.id IS NOT NULL
), best AS MATERIALIZED (
  SELECT o.id, o.member_id, o.last_id, o.kept_id, CASE
    WHEN o.first_id >= edge.first_id THEN o.ids[1]
    WHEN o.kept_id < edge.first_id OR o.kept_id = ANY (o.ids) THEN o.kept_id
    WHEN o.member_id IN (SELECT member_id FROM decided) THEN NULL
    ELSE (SELECT i.id FROM unnest(o.ids) WITH ORDINALITY AS i (id, place) WHERE i.id >= edge.first_id ORDER BY i.place LIMIT 1)
    END AS best_id
  FROM own o CROSS JOIN edge
), kept AS (
  INSERT INTO campaign_chosen (campaign_id, member_id, device_id)
  SELECT DISTINCT $1::uuid, b.member_id, b.best_id FROM best b CROSS JOIN edge
  WHERE b.best_id IS NOT NULL AND b.best_id IS DISTINCT FROM b.kept_id AND b.last_id > edge.last_id ORDER BY 2
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
