/**
 * Runs a function repeatedly, never concurrently. Logs the first failure in a row and the first success after it, with
 * the duration: a database outage of an hour is two lines, not seven thousand.
 */
import type { Logger } from './logger.ts'

export interface Repeated {
  /** Resolves when a run in progress has ended. */
  stop(): Promise<void>
}

/** The first run starts at once; each later one starts `intervalMs` after the previous one has ended. */
export function repeat(what: string, intervalMs: number, run: () => Promise<unknown>, log: Logger): Repeated {
  let timer: NodeJS.Timeout | undefined
  let isStopped = false
  let failingSince: number | undefined

  const attempt = async (): Promise<void> => {
    try {
      await run()
      if (failingSince !== undefined) {
        log.info({ what, seconds: Math.round((Date.now() - failingSince) / 1000) }, 'succeeds again')
        failingSince = undefined
      }
    } catch (error) {
      if (failingSince === undefined) log.error({ err: error, what }, 'failed; retrying until it succeeds')
      failingSince ??= Date.now()
    }
    if (!isStopped) timer = setTimeout(() => (running = attempt()), intervalMs)
  }
  let running = attempt()
  return {
    async stop() {
      isStopped = true
      clearTimeout(timer)
      await running
    },
  }
}
