/**
 * Starts and stops a process. `boot` registers stop steps; they run in reverse order, so the database, which is opened
 * first, is closed last, after everything that writes to it.
 *
 *   SIGTERM, SIGINT, or the parent is gone   the stop steps run; each gets the abort signal `hurry`
 *   second signal, or STOP_TIMEOUT_MS        `hurry` is aborted: steps stop waiting for work in progress
 *   third signal, or 5 s after `hurry`       exit 1 at once; leases and guards make this safe, but recovery takes longer
 */
import { once } from 'node:events'
import { flushCompileCache } from 'node:module'
import { type Config, ConfigError, configWarnings, loadConfig } from '../config/config.ts'
import { toError } from '../domain/errors.ts'
import { nameProcess } from './acting.ts'
import { answerFigures } from './counters.ts'
import { createLogger, type Logger } from './logger.ts'
import { RecentErrors } from './recent-errors.ts'

const SIGNALS = ['SIGTERM', 'SIGINT'] as const
const AFTER_HURRY_MS = 5_000
/** One Ctrl-C may arrive three times: from the terminal, from npm, and from the parent process. */
const SAME_SIGNAL_MS = 500

export interface ProcessContext {
  /** api, planner, dispatcher, … */
  role: string
  config: Config
  log: Logger
  recentErrors: RecentErrors
  /** Registers a stop step. All steps run, even if one fails. */
  onStop(what: string, step: (hurry: AbortSignal) => Promise<unknown> | unknown): void
  /** Reports that the process has started; `facts` go to the log and to the parent process. */
  ready(facts?: Record<string, unknown>): void
  /** Stops the process like a signal; with `error` it exits with 1. */
  stop(why: string, error?: Error): void
  /** Why the process is stopping, or null if it is not stopping. */
  stopReason(): string | null
}

/** Runs until process.exit. A configuration error prints one line and exits with 1. */
export async function runProcess(
  name: string,
  boot: (context: ProcessContext) => Promise<void>,
  /** Neither planner nor maintenance sends anything: they need no credentials, and are best given none. */
  { needsFcm = true } = {},
): Promise<void> {
  let config: Config
  try {
    config = loadConfig(undefined, { needsFcm })
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exit(1)
  }
  nameProcess(name)
  const recentErrors = new RecentErrors()
  const log = createLogger(name, config.logLevel, recentErrors)
  for (const warning of configWarnings()) log.warn(warning)
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
      if (error) log.error({ why, err: error }, 'another error while stopping')
      return
    }
    stopReason = why
    void (async () => {
      log[error ? 'error' : 'info']({ why, ...(error && { err: error }) }, 'stopping')
      const soft = setTimeout(() => hurry.abort(), config.stopTimeoutMs)
      hurry.signal.addEventListener('abort', () => {
        log.warn('the stop timeout has passed; work in progress is released')
        setTimeout(() => process.exit(1), AFTER_HURRY_MS)
      })
      // Resources that are still being opened cannot be closed yet. After an error, boot may never finish.
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
  // A child process (of demo, load or start) must not outlive its parent, however the parent ended.
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
        // The parent may end at any moment. 'disconnect' reports that, so a failed send can be ignored.
        if (process.connected) process.send?.({ ready: true, ...facts }, undefined, undefined, () => {})
        // Node does that at its end, which a killed process never comes to. Nothing is written the second time.
        flushCompileCache()
      },
      stop,
      stopReason: () => stopReason,
    })
    await booting
  } catch (error) {
    // Stopping during the start often makes the start fail; that is not an error.
    if (stopReason !== null && exitCode === 0) log.warn({ err: error }, 'starting was interrupted')
    else stop('could not start', toError(error))
  }
}
