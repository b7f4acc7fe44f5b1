/**
 * Deletes expired sessions and idempotency keys. The one exception to "access tables go through Prisma": the maintenance
 * process runs it, and loading Prisma there would cost 30 MB for two statements. It only deletes rows that have
 * expired and never changes one, so every other write to these tables still goes one way.
 */
import { IDEMPOTENCY_HOURS } from '../domain/retention.ts'
import type { Pool } from '../postgres/pool.ts'
import { IDLE_MS } from './sessions.ts'

/** Safe to run in several processes, like the next. Returns how many were deleted. */
export async function pruneSessions(pool: Pool): Promise<number> {
  const { rowCount } = await pool.query(
    'DELETE FROM sessions WHERE expires_at <= now() OR seen_at <= now() - make_interval(secs => $1)',
    [IDLE_MS / 1000],
  )
  return rowCount ?? 0
}

/** At most `limit`, the oldest first: after a day without maintenance there may be a million. */
export async function pruneIdempotencyKeys(pool: Pool, limit: number): Promise<number> {
  const { rowCount } = await pool.query(
    `DELETE FROM idempotency_keys WHERE (caller_id, key) IN (
       SELECT caller_id, key FROM idempotency_keys WHERE created_at < now() - make_interval(hours => $2)
       ORDER BY created_at LIMIT $1 FOR UPDATE SKIP LOCKED)`,
    [limit, IDEMPOTENCY_HOURS],
  )
  return rowCount ?? 0
}
