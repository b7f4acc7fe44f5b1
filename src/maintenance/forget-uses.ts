/** Deletes the uses of members (dispatch/cap-store.ts) that no frequency cap looks at any more, and those of erased members. */
import { MOST_KEPT_DAYS } from '../domain/caps.ts'
import type { Pool } from '../postgres/pool.ts'

/** Rows looked at by one statement, and statements of one cleanup: an index by time would cost each message more than this. */
const PART = 10_000
const MOST_PARTS = 20

/** Where the last cleanup of this process has ended. */
const reached = new WeakMap<Pool, number>()

/**
 * Each call goes on where the last one has ended, and begins anew when it has come to the end. However CAPS is set in this process:
 * a row that it does not need may be needed by others. Returns how many rows were deleted.
 */
export async function forgetUses(pool: Pool): Promise<number> {
  let total = 0
  for (let part = 0; part < MOST_PARTS; part++) {
    const after = reached.get(pool) ?? 0
    const { rows } = await pool.query<{ last: number | null; deleted: number }>({
      name: 'maintenance-forget-uses',
      // A locked row is being used.
      text: `WITH part AS MATERIALIZED (
               SELECT member_id FROM member_uses WHERE member_id > $1 ORDER BY member_id LIMIT $2
             ), old AS MATERIALIZED (
               SELECT u.member_id AS id FROM part p JOIN member_uses u ON u.member_id = p.member_id
               WHERE NOT EXISTS (SELECT FROM unnest(u.used_at) AS at WHERE at > now() - make_interval(hours => 24 * $3::int))
                 OR NOT EXISTS (SELECT FROM members m WHERE m.id = u.member_id)
               ORDER BY u.member_id FOR UPDATE OF u SKIP LOCKED
             ), gone AS (
               DELETE FROM member_uses u USING old WHERE u.member_id = old.id RETURNING u.member_id)
             SELECT (SELECT max(member_id) FROM part) AS last, (SELECT count(*) FROM gone)::int AS deleted`,
      values: [after, PART, MOST_KEPT_DAYS],
    })
    const { last = null, deleted = 0 } = rows[0] ?? {}
    total += deleted
    reached.set(pool, last ?? 0)
    if (last === null) break
  }
  return total
}
