/**
 * Repeats what PostgreSQL cannot do at the moment, for as long as it takes: results that FCM has given exist nowhere
 * else. It is given up only when it is hopeless, or when the process has no time left.
 */
import type { Logger } from '../process/logger.ts'

/**
 * SQLSTATE classes that say the statement is wrong, not the moment: data (22), constraints (23), syntax and names (42).
 * Everything else passes: a full disk, a read-only standby, a deadlock, a server that restarts.
 */
const HOPELESS = /^(22|23|42)...$/

/** Deeds that have failed and are being tried again. */
let waiting = 0

/** True: something cannot be done until PostgreSQL can do it again. */
export function isWaitingForDatabase(): boolean {
  return waiting > 0
}

export async function patiently<T>(
  deed: () => Promise<T>,
  { what, giveUp, log }: { what: string; giveUp: AbortSignal; log: Logger },
): Promise<T> {
  let hasFailed = false
  try {
    for (let delayMs = 50; ; delayMs = Math.min(delayMs * 2, 2_000)) {
      try {
        return await deed()
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? String(error.code) : ''
        if (HOPELESS.test(code) || giveUp.aborted) throw error
        log.warn({ err: error, what }, 'the database cannot do it now; trying again')
        if (!hasFailed) waiting += 1
        hasFailed = true
        await pause(delayMs, giveUp)
      }
    }
  } finally {
    if (hasFailed) waiting -= 1
  }
}

function pause(ms: number, cutShort: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      cutShort.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    cutShort.addEventListener('abort', done)
  })
}
