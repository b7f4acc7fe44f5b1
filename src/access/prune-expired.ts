/**
 * Deletes expired sessions, old secrets of API keys and idempotency keys. The one exception to "access tables go through Prisma": the maintenance
 * process runs it, and loading Prisma there would cost 30 MB for three statements. It only deletes rows that have
 * expired and never changes one, so every other write to these tables still goes one way.
 */
import { IDEMPOTENCY_HOURS, OLD_SECRET_DAYS } from '../domain/retention.ts'
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

/** Few: a rotation deletes those of its key that have ended. */
export async function pruneOldSecrets(pool: Pool): Promise<number> {
  const { rowCount } = await pool.query(
    'DELETE FROM api_key_old_secrets WHERE ends_at < now() - make_interval(hours => 24 * $1)',
    [OLD_SECRET_DAYS],
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
