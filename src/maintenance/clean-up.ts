/**
 * The cleanup that runs every ten minutes: creates and drops partitions, retires stale devices, deletes expired rows.
 * Every step is bounded and safe to run in several processes at once.
 */
import { pruneExpired } from '../access/prune-expired.ts'
import { DELIVERY_CODES } from '../domain/delivery-result.ts'
import { forgetProcesses } from '../health/heartbeat.ts'
import { dropOldPartitions, makePartitionsAhead } from '../postgres/partitions.ts'
import type { Pool } from '../postgres/pool.ts'
import { dropClosedBudgets } from '../projects/rate-limit.ts'

export const CLEAN_UP_INTERVAL_MS = 600_000
const MAX_RETIRED = 10_000

/** Returns what was done, for the log. */
export async function cleanUp(
  pool: Pool,
  options: { deviceStaleDays: number; deliveryRetentionMonths: number },
): Promise<{
  droppedPartitions: string[]
  retiredDevices: number
  deletedIdempotencyKeys: number
  deletedProcesses: number
  deletedSessions: number
}> {
  await makePartitionsAhead(pool)
  const pruned = await pruneExpired(pool)
  await dropClosedBudgets(pool)
  const deletedProcesses = await forgetProcesses(pool)
  // These two are last: they may take long, or fail to get a lock.
  const retiredDevices = await retireStaleDevices(pool, options.deviceStaleDays)
  const droppedPartitions = await dropOldPartitions(pool, options.deliveryRetentionMonths)
  return {
    droppedPartitions,
    retiredDevices,
    deletedIdempotencyKeys: pruned.idempotencyKeys,
    deletedProcesses,
    deletedSessions: pruned.sessions,
  }
}

/**
 * FCM refuses the token of a device that has not connected for 270 days, and each refusal counts against the quota. A
 * device that registers again becomes active again. 0 days: never.
 */
async function retireStaleDevices(pool: Pool, days: number): Promise<number> {
  if (days === 0) return 0
  const { rowCount } = await pool.query({
    name: 'maintenance-retire-devices',
    text: `UPDATE devices SET state = 'gone', gone_at = now(), gone_code = $3 WHERE id IN (
             SELECT id FROM devices WHERE state = 'active' AND last_seen_at < now() - make_interval(days => $1) LIMIT $2
           )`,
    values: [days, MAX_RETIRED, DELIVERY_CODES.unregistered.number],
  })
  return rowCount ?? 0
}
