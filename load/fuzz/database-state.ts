/** All rows of all tables as one number, so that it can be seen whether a refused request has changed anything. */
import type { Pool } from '../../src/postgres/pool.ts'

/** Written whether or not a request is refused: when a key, a session or a process was last seen, and for how long. */
const PASSING = ['last_used_at', 'last_seen_at', 'seen_at', 'expires_at']
/** Not of the requests: heartbeats, and what migrations have done. */
const NOT_OURS = ['processes', '_prisma_migrations']

export async function databaseState(pool: Pool): Promise<string> {
  const { rows: tables } = await pool.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace
       AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> ALL ($1) ORDER BY relname`,
    [NOT_OURS],
  )
  const sums = tables.map(
    ({ name }) =>
      `(SELECT count(*) || ':' || coalesce(sum(hashtextextended((to_jsonb(t) - $1::text[])::text, 0)), 0) FROM "${name}" t)`,
  )
  const { rows } = await pool.query<{ state: string }>(`SELECT concat_ws(' ', ${sums.join(', ')}) AS state`, [
    PASSING,
  ])
  return rows[0]?.state ?? ''
}
