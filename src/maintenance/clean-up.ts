/**
 * What is done now and then: partitions made ahead and dropped, stale tokens retired, spent rows deleted. Every step
 * is bounded, so that none of them holds anything up, and safe to run in several processes.
 */

import { pruneSessions } from '../access/sessions.ts'
import { DELIVERY_CODES } from '../domain/delivery-result.ts'
import { forgetProcesses } from '../health/heartbeat.ts'
import { dropOldPartitions, makePartitionsAhead } from '../postgres/partitions.ts'
import type { Pool } from '../postgres/pool.ts'
import { dropClosedBudgets } from '../projects/rate-limit.ts'

export const HOUSEKEEPING_INTERVAL_MS = 600_000
const STALE_AT_ONCE = 10_000

/** Returns what was done, for the log. */
export async function keepHouse(
  pool: Pool,
  options: { deviceStaleDays: number; deliveryRetentionMonths: number },
): Promise<{
  droppedPartitions: string[]
  retiredDevices: number
  forgottenKeys: number
  forgottenProcesses: number
  prunedSessions: number
}> {
  await makePartitionsAhead(pool)
  const { rowCount } = await pool.query(
    `DELETE FROM idempotency_keys WHERE created_at < now() - interval '24 hours'`,
  )
  const prunedSessions = await pruneSessions(pool)
  await dropClosedBudgets(pool)
  const forgottenProcesses = await forgetProcesses(pool)
  // The two that may take long or be refused a lock come last.
  const retiredDevices = await retireStaleDevices(pool, options.deviceStaleDays)
  const droppedPartitions = await dropOldPartitions(pool, options.deliveryRetentionMonths)
  return {
    droppedPartitions,
    retiredDevices,
    forgottenKeys: rowCount ?? 0,
    forgottenProcesses,
    prunedSessions,
  }
}

/**
 * FCM refuses a token that was not connected for 270 days, and each refusal counts against the quota. An app that
 * comes back registers again and is active again. 0 days: never.
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
