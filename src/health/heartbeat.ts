/**
 * Writes a process's row in `processes` every two seconds, so that an admin sees who lives and how it does.
 *
 * Promises: delays nobody and never ends the process. A beat has one connection of the process's own pool for one
 * statement and is given up after two seconds; while the database is away there is one line in the log, not one a beat.
 */
import { hostname } from 'node:os'
import type { QueryConfig } from 'pg'
import type { Pool } from '../postgres/pool.ts'
import type { Logger } from '../process/logger.ts'
import { repeat } from '../process/repeat.ts'
import { VERSION } from '../process/version.ts'
import { within } from '../process/within.ts'
import type { ProcessHealth } from './process-health.ts'

export const HEARTBEAT_MS = 2_000
const PATIENCE_MS = 2_000

export interface HeartbeatOptions {
  pool: Pool
  id: string
  role: string
  signs: () => ProcessHealth
  log: Logger
  intervalMs?: number
}

export interface Heartbeat {
  /** The last beat: says that the process has ended, and why. Never rejects, and takes four seconds at most. */
  end(reason: string): Promise<void>
}

export function startHeartbeat(options: HeartbeatOptions): Heartbeat {
  const { pool, id, role, signs, log, intervalMs = HEARTBEAT_MS } = options
  // Beats that wait must not pile up in the pool: each is over, and its connection free, before the next but one.
  const beat = (reason: string | null) => {
    const values = [id, role, hostname(), process.pid, VERSION, signs(), reason]
    return within(PATIENCE_MS, pool.query({ text: BEAT, values, query_timeout: PATIENCE_MS } as QueryConfig))
  }
  const beating = repeat('heartbeat', intervalMs, () => beat(null), log)
  return {
    async end(reason) {
      await within(PATIENCE_MS, beating.stop()).catch(() => {})
      await beat(reason).catch((error: Error) =>
        log.warn({ err: error }, 'the end could not be written down'),
      )
    },
  }
}

/**
 * $1 id, $2 role, $3 host, $4 pid, $5 version, $6 figures, $7 why it has ended or null. The row may have been pruned.
 * A beat that was given up here may still be carried out there: none changes what the last one has said.
 */
const BEAT = `
INSERT INTO processes (id, role, host, pid, version, figures, stopped_at, exit_reason)
VALUES ($1, $2, $3, $4, $5, $6, CASE WHEN $7::text IS NOT NULL THEN now() END, $7)
ON CONFLICT (id) DO UPDATE SET
  seen_at = now(), figures = excluded.figures, stopped_at = excluded.stopped_at, exit_reason = excluded.exit_reason
WHERE processes.stopped_at IS NULL`

/** Rows of those that have ended or fallen silent a day ago. Returns how many. */
export async function forgetProcesses(pool: Pool): Promise<number> {
  const { rowCount } = await pool.query(`DELETE FROM processes WHERE seen_at < now() - interval '1 day'`)
  return rowCount ?? 0
}
