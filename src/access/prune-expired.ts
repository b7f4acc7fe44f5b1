/**
 * Deletes expired sessions and idempotency keys. The one exception to "access tables go through Prisma": the maintenance
 * process runs it, and loading Prisma there would cost 30 MB for two statements. It only deletes rows that have
 * expired and never changes one, so every other write to these tables still goes one way.
 */
import type { Pool } from '../postgres/pool.ts'
import { IDLE_MS } from './sessions.ts'

/** Safe to run in several processes. Returns how many rows were deleted. */
export async function pruneExpired(pool: Pool): Promise<{ sessions: number; idempotencyKeys: number }> {
  const sessions = await pool.query(
    'DELETE FROM sessions WHERE expires_at <= now() OR seen_at <= now() - make_interval(secs => $1)',
    [IDLE_MS / 1000],
  )
  const idempotencyKeys = await pool.query(
    `DELETE FROM idempotency_keys WHERE created_at < now() - interval '24 hours'`,
  )
  return { sessions: sessions.rowCount ?? 0, idempotencyKeys: idempotencyKeys.rowCount ?? 0 }
}
