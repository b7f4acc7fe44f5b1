/**
 * Periodic cleaning: creates partitions ahead and drops old ones, retires stale tokens, deletes expired rows. Every step
 * is bounded, so that it blocks nothing for long, and safe to run in several processes.
 */

import { pruneExpired } from '../access/prune-expired.ts'
import { DELIVERY_CODES } from '../domain/delivery-result.ts'
import { forgetProcesses } from '../health/heartbeat.ts'
import { dropOldPartitions, makePartitionsAhead } from '../postgres/partitions.ts'
import type { Pool } from '../postgres/pool.ts'
import { dropClosedBudgets } from '../projects/rate-limit.ts'

export const HOUSEKEEPING_INTERVAL_MS = 600_000
const STALE_AT_ONCE = 10_000

/** Returns the counts, for the log. */
export async function keepHouse(
  pool: Pool,
  options: { deviceStaleDays: number; deliveryRetentionMonths: number },
): Promise<{
  droppedPartitions: string[]
  retiredDevices: number
  prunedIdempotencyKeys: number
  prunedSessions: number
  forgottenProcesses: number
}> {
  await makePartitionsAhead(pool)
  const pruned = await pruneExpired(pool)
  await dropClosedBudgets(pool)
  const forgottenProcesses = await forgetProcesses(pool)
  // Last, because these two can take long or be refused a lock.
  const retiredDevices = await retireStaleDevices(pool, options.deviceStaleDays)
  const droppedPartitions = await dropOldPartitions(pool, options.deliveryRetentionMonths)
  return {
    droppedPartitions,
    retiredDevices,
    prunedIdempotencyKeys: pruned.idempotencyKeys,
    prunedSessions: pruned.sessions,
    forgottenProcesses,
  }
}

/**
 * FCM refuses a token that was not connected for 270 days, and each refusal counts against the quota. An app that is
 * used again registers again, which makes its device active. 0 days: never.
 */
async function retireStaleDevices(pool: Pool, days: number): Promise<number> {
  if (days === 0) return 0
  const { rowCount } = await pool.query(
    `UPDATE devices SET state = 'gone', gone_at = now(), gone_code = $3 WHERE id IN (
       SELECT id FROM devices WHERE state = 'active' AND last_seen_at < now() - make_interval(days => $1) LIMIT $2
     )`,
    [days, STALE_AT_ONCE, DELIVERY_CODES.unregistered.number],
  )
  return rowCount ?? 0
}
