/**
 * Runs a deed again and again, never twice at once. A failure is logged when it starts and once more when it is
 * over, with how long it lasted: a database that is away for an hour is two lines, not seven thousand.
 */
import type { Logger } from './logger.ts'

export interface Repeated {
  /** Resolves when the run in progress, if any, has ended. */
  stop(): Promise<void>
}

/** The first run starts at once; each next one `intervalMs` after the end of the one before. */
export function repeat(
  what: string,
  intervalMs: number,
  deed: () => Promise<unknown>,
  log: Logger,
): Repeated {
  let timer: NodeJS.Timeout | undefined
  let isStopped = false
  let failingSince: number | undefined

  const run = async (): Promise<void> => {
    try {
      await deed()
      if (failingSince !== undefined) {
        log.info({ what, seconds: Math.round((Date.now() - failingSince) / 1000) }, 'works again')
        failingSince = undefined
      }
    } catch (error) {
      if (failingSince === undefined) log.error({ err: error, what }, 'fails, and is tried again')
      failingSince ??= Date.now()
    }
    if (!isStopped) timer = setTimeout(() => (running = run()), intervalMs)
  }
  let running = run()
  return {
    async stop() {
      isStopped = true
      clearTimeout(timer)
      await running
    },
  }
}
