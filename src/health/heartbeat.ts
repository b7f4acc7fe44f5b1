/**
 * Writes the process's row in `processes` every two seconds, so that an admin sees which processes run and their health.
 *
 * Promises: never blocks other work and never ends the process. A heartbeat uses one connection of the process's pool for
 * one statement and gives up after two seconds. A database outage is one line in the log, not one per heartbeat.
 */
import { hostname } from 'node:os'
import type { QueryConfig } from 'pg'
import { HEARTBEAT_HOURS } from '../domain/retention.ts'
import type { Pool } from '../postgres/pool.ts'
import type { Logger } from '../process/logger.ts'
import { repeat } from '../process/repeat.ts'
import { VERSION } from '../process/version.ts'
import { within } from '../process/within.ts'
import type { ProcessHealth } from './process-health.ts'

/** FIGURES_AGE_S of campaigns/count-in-flight.ts is the same time: that folder comes before this one. */
const HEARTBEAT_MS = 2_000
const TIMEOUT_MS = 2_000

export interface HeartbeatOptions {
  pool: Pool
  id: string
  role: string
  health: () => ProcessHealth
  log: Logger
  intervalMs?: number
}

export interface Heartbeat {
  /** Writes the last heartbeat, with the reason for the end. Never rejects; takes four seconds at most. */
  end(reason: string): Promise<void>
}

export function startHeartbeat(options: HeartbeatOptions): Heartbeat {
  const { pool, id, role, health, log, intervalMs = HEARTBEAT_MS } = options
  // Waiting heartbeats must not pile up in the pool: each is over, and its connection free, before the next but one.
  const beat = (reason: string | null) => {
    const values = [id, role, hostname(), process.pid, VERSION, health(), reason]
    return within(TIMEOUT_MS, pool.query({ text: BEAT, values, query_timeout: TIMEOUT_MS } as QueryConfig))
  }
  const beating = repeat('heartbeat', intervalMs, () => beat(null), log)
  return {
    async end(reason) {
      await within(TIMEOUT_MS, beating.stop()).catch(() => {})
      await beat(reason).catch((error: Error) =>
        log.warn({ err: error }, 'the last heartbeat could not be written'),
      )
    },
  }
}

/**
 * $1 id, $2 role, $3 host, $4 pid, $5 version, $6 figures, $7 reason for the end or null. Inserts the row if it is new or
 * was pruned. The server may still execute a heartbeat that timed out here, so none changes a row with `stopped_at`.
 */
const BEAT = `
INSERT INTO processes (id, role, host, pid, version, figures, stopped_at, exit_reason)
VALUES ($1, $2, $3, $4, $5, $6, CASE WHEN $7::text IS NOT NULL THEN now() END, $7)
ON CONFLICT (id) DO UPDATE SET
  seen_at = now(), figures = excluded.figures, stopped_at = excluded.stopped_at, exit_reason = excluded.exit_reason
WHERE processes.stopped_at IS NULL`

/** Deletes the rows of processes that ended, or stopped writing heartbeats, a day ago. Returns how many. */
export async function forgetProcesses(pool: Pool): Promise<number> {
  const { rowCount } = await pool.query(
    'DELETE FROM processes WHERE seen_at < now() - make_interval(hours => $1)',
    [HEARTBEAT_HOURS],
  )
  return rowCount ?? 0
}
