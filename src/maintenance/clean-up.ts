/**
 * The cleanup that runs every ten minutes: creates and drops partitions, retires and deletes devices, deletes expired
 * rows. Every step is safe to run in several processes at once, and stands alone: one that fails or is slow (each
 * statement has its time limit) does not keep the next from running.
 *
 * Its cost does not grow with what is stored: large tables are read by an index and changed in parts. Sessions, old secrets, rate limits
 * and processes have no index for it; they are a handful of rows, because this deletes them.
 */
import { pruneIdempotencyKeys, pruneOldSecrets, pruneSessions } from '../access/prune-expired.ts'
import { cutEvents } from '../audit/cut-events.ts'
import { writeDeeds } from '../audit/note-deeds.ts'
import { pruneTests } from '../campaigns/test-records.ts'
import { DELIVERY_CODES } from '../domain/delivery-result.ts'
import type { RetentionSettings } from '../domain/retention.ts'
import { forgetProcesses } from '../health/heartbeat.ts'
import { dropOldPartitions, findOldestMonth, makePartitionsAhead } from '../postgres/partitions.ts'
import type { Pool, Queryable } from '../postgres/pool.ts'
import { dropClosedBudgets } from '../projects/rate-limit.ts'
import { forgetUses } from './forget-uses.ts'

export const CLEAN_UP_INTERVAL_MS = 600_000

/** 0 for `deviceStaleDays`: devices are not retired; for the other two that may be 0: what they are about is kept for ever. */
export type CleanUpOptions = RetentionSettings

const STEPS = {
  madePartitions: makePartitionsAhead,
  droppedPartitions: (pool: Pool, options: CleanUpOptions) =>
    dropOldPartitions(pool, options.deliveryRetentionMonths, { beforeCommit: noteDropped }),
  closedBudgets: dropClosedBudgets,
  deletedProcesses: forgetProcesses,
  deletedSessions: pruneSessions,
  deletedOldSecrets: pruneOldSecrets,
  deletedIdempotencyKeys: (pool: Pool) => inParts((limit) => pruneIdempotencyKeys(pool, limit)),
  deletedAuditEvents: (pool: Pool, options: CleanUpOptions) => cutEvents(pool, options.auditRetentionDays),
  forgottenUses: forgetUses,
  deletedTests: (pool: Pool, { testRetentionDays: days }: CleanUpOptions) =>
    days === 0 ? 0 : inParts((limit) => pruneTests(pool, days, limit)),
  retiredDevices: (pool: Pool, { deviceStaleDays: days }: CleanUpOptions) =>
    days === 0 ? 0 : inParts((limit) => retireStaleDevices(pool, days, limit)),
  deletedDevices: async (pool: Pool, options: CleanUpOptions) =>
    options.deliveryRetentionMonths === 0 ? 0 : await deleteGoneDevices(pool),
}

/** Returns what was done, for the log, by the names of the steps. If steps have failed, all others were done and the first failure is thrown. */
export async function cleanUp(pool: Pool, options: CleanUpOptions): Promise<Record<string, unknown>> {
  const done: Record<string, unknown> = {}
  const failures: unknown[] = []
  for (const [name, step] of Object.entries(STEPS)) {
    try {
      const result = await step(pool, options)
      if (result !== undefined) done[name] = result
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
  return done
}

const noteDropped = (tx: Queryable, partition: string) =>
  writeDeeds(tx, [
    {
      deed: 'retention.results_deleted',
      subject: { kind: 'retention', id: 'results' },
      detail: { partition },
    },
  ])

/** Rows changed by one statement: a fraction of a second, so that nobody waits long for one of them. */
const PART = 10_000
/** Of one step. What is left is done by the next cleanup. */
const MAX_PARTS = 100

async function inParts(change: (limit: number) => Promise<number>): Promise<number> {
  let total = 0
  for (let part = 0; part < MAX_PARTS; part++) {
    const changed = await change(PART)
    total += changed
    if (changed < PART) break
  }
  return total
}

/**
 * FCM refuses the address of a device that has not connected for 270 days, and each refusal counts against the quota. A
 * device that registers again becomes active again.
 */
async function retireStaleDevices(pool: Pool, days: number, limit: number): Promise<number> {
  const { rowCount } = await pool.query({
    name: 'maintenance-retire-devices',
    // A locked device is registering just now.
    text: `UPDATE devices SET state = 'gone', gone_at = now(), gone_code = $3 WHERE id IN (
             SELECT id FROM devices WHERE state = 'active' AND last_seen_at < now() - make_interval(hours => 24 * $1)
             ORDER BY last_seen_at LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED)`,
    values: [days, limit, DELIVERY_CODES.unregistered.number],
  })
  return rowCount ?? 0
}

/**
 * A device that is gone is kept as long as there are results of campaigns from before: they refer to it, and if its app
 * comes back with the same address, it is the same device. No plan walks it meanwhile.
 */
async function deleteGoneDevices(pool: Pool): Promise<number> {
  const oldest = await findOldestMonth(pool)
  if (oldest === null) return 0
  return await inParts(async (limit) => {
    const { rowCount } = await pool.query({
      name: 'maintenance-delete-gone',
      text: `DELETE FROM devices WHERE id IN (
               SELECT id FROM devices WHERE state = 'gone' AND gone_at < $1
               ORDER BY gone_at LIMIT $2 FOR UPDATE SKIP LOCKED)`,
      values: [oldest, limit],
    })
    return rowCount ?? 0
  })
}
