/**
 * Starting and stopping a process. Boot registers what must be undone; stopping undoes it in reverse order, so
 * the database, opened first, is closed last, after everything that still writes to it.
 *
 *   SIGTERM, SIGINT, or the parent gone   stop steps run, each told by `hurry` when the time is up
 *   second signal, or STOP_TIMEOUT_MS     `hurry` is aborted: steps stop waiting for what is in hand
 *   third signal, or 5 s after `hurry`    exit 1 at once; leases and guards make that safe, only slower to recover
 */
import { once } from 'node:events'
import { type Config, ConfigError, loadConfig } from '../config/config.ts'
import { toError } from '../domain/errors.ts'
import { answerFigures } from './counters.ts'
import { createLogger, type Logger } from './logger.ts'
import { RecentErrors } from './recent-errors.ts'

const SIGNALS = ['SIGTERM', 'SIGINT'] as const
const AFTER_HURRY_MS = 5_000
/** One Ctrl-C arrives up to three times: from the terminal, from npm, and from the process that started this one. */
const SAME_SIGNAL_MS = 500

export interface ProcessContext {
  /** api, planner, dispatcher, … */
  role: string
  config: Config
  log: Logger
  recentErrors: RecentErrors
  /** Registers a stop step. Every step runs even if another fails. */
  onStop(what: string, step: (hurry: AbortSignal) => Promise<unknown> | unknown): void
  /** Says that the process does its work now; `facts` go to the log and to a parent process. */
  ready(facts?: Record<string, unknown>): void
  /** Stops the process as a signal would; `error` makes it exit with 1. */
  stop(why: string, error?: Error): void
  /** Why the process is stopping; null while it is not. */
  stopReason(): string | null
}

/** Never returns to the caller's hands: ends in process.exit. A start-up mistake is one line and exit status 1. */
export async function runProcess(
  name: string,
  boot: (context: ProcessContext) => Promise<void>,
): Promise<void> {
  let config: Config
  try {
    config = loadConfig()
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exit(1)
  }
  const recentErrors = new RecentErrors()
  const log = createLogger(name, config.logLevel, recentErrors)
  const steps: { what: string; step: (hurry: AbortSignal) => unknown }[] = []
  const hurry = new AbortController()
  let signals = 0
  let lastSignalAt = Number.NEGATIVE_INFINITY
  let exitCode = 0
  let stopReason: string | null = null
  let booting: Promise<void> = Promise.resolve()

  const stop = (why: string, error?: Error) => {
    if (error) exitCode = 1
    if (stopReason !== null) {
      if (error) log.error({ why, err: error }, 'and this went wrong while stopping')
      return
    }
    stopReason = why
    void (async () => {
      log[error ? 'error' : 'info']({ why, ...(error && { err: error }) }, 'stopping')
      const soft = setTimeout(() => hurry.abort(), config.stopTimeoutMs)
      hurry.signal.addEventListener('abort', () => {
        log.warn('not everything in hand could be finished in time; the rest is released')
        setTimeout(() => process.exit(1), AFTER_HURRY_MS)
      })
      // What is still being opened cannot be closed yet. After an error, waiting for it could be in vain.
      if (!error) await Promise.race([booting.catch(() => {}), once(hurry.signal, 'abort')])
      for (const { what, step } of steps.reverse()) {
        try {
          await step(hurry.signal)
        } catch (stepError) {
          exitCode = 1
          log.error({ err: stepError, what }, 'a stop step failed')
        }
      }
      clearTimeout(soft)
      log.info({ exitCode }, 'stopped')
      process.exit(exitCode)
    })()
  }

  const onSignal = (signal: NodeJS.Signals) => {
    const now = performance.now()
    if (now - lastSignalAt < SAME_SIGNAL_MS) return
    lastSignalAt = now
    signals += 1
    if (signals === 1) stop(signal)
    else if (signals === 2) hurry.abort()
    else process.exit(1)
  }
  for (const signal of SIGNALS) process.on(signal, onSignal)
  process.on('uncaughtException', (error) => stop('uncaught exception', error))
  process.on('unhandledRejection', (reason) => stop('unhandled rejection', toError(reason)))
  // Started by another process of ours (demo, load, start): must not outlive it, however that one ended.
  const onParentGone = () => stop('the parent process is gone')
  process.on('disconnect', onParentGone)
  if (process.send && !process.connected) onParentGone()
  answerFigures()

  try {
    booting = boot({
      role: name,
      config,
      log,
      recentErrors,
      onStop: (what, step) => steps.push({ what, step }),
      ready: (facts = {}) => {
        log.info(facts, 'ready')
        // The parent may go at any moment; 'disconnect' tells us, so a failed send need not.
        if (process.connected) process.send?.({ ready: true, ...facts }, undefined, undefined, () => {})
      },
      stop,
      stopReason: () => stopReason,
    })
    await booting
  } catch (error) {
    // Whoever is told to stop in the middle of starting may well fail to start.
    if (stopReason !== null && exitCode === 0) log.warn({ err: error }, 'starting was interrupted')
    else stop('could not start', toError(error))
  }
}
