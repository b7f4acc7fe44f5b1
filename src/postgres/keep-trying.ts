/**
 * Repeats a statement until PostgreSQL executes it, however long that takes: results that FCM has returned exist
 * nowhere else. Gives up only if the statement can never succeed, or the process has no time left.
 */
import { setTimeout as wait } from 'node:timers/promises'
import type { Logger } from '../process/logger.ts'

/**
 * SQLSTATE classes after which the same statement fails again: data (22), constraints (23), syntax and names (42). All
 * other errors are temporary: a full disk, a read-only standby, a deadlock, a server that restarts.
 */
const PERMANENT = /^(22|23|42)...$/

/** Statements that have failed and are being repeated. */
let waiting = 0

/** Whether a statement of this process has failed and is being repeated. */
export function isWaitingForDatabase(): boolean {
  return waiting > 0
}

export async function keepTrying<T>(
  run: () => Promise<T>,
  { what, giveUp, log }: { what: string; giveUp: AbortSignal; log: Logger },
): Promise<T> {
  let hasFailed = false
  try {
    for (let delayMs = 50; ; delayMs = Math.min(delayMs * 2, 2_000)) {
      try {
        return await run()
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? String(error.code) : ''
        if (PERMANENT.test(code) || giveUp.aborted) throw error
        log.warn({ err: error, what }, 'a statement failed; trying again')
        if (!hasFailed) waiting += 1
        hasFailed = true
        await wait(delayMs, undefined, { signal: giveUp }).catch(() => {})
      }
    }
  } finally {
    if (hasFailed) waiting -= 1
  }
}
