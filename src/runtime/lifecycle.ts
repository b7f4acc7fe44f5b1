/**
 * Starting and stopping a process. Boot registers what must be undone; stopping undoes it in reverse order, so
 * the database, opened first, is closed last, after everything that still writes to it.
 *
 *   SIGTERM, SIGINT, or the parent gone   stop steps run, each told by `hurry` when the time is up
 *   second signal, or STOP_TIMEOUT_MS     `hurry` is aborted: steps stop waiting for what is in hand
 *   third signal, or 5 s after `hurry`    exit 1 at once; leases and guards make that safe, only slower to recover
 */
import { type Config, ConfigError, loadConfig } from './config.ts'
import { createLogger, type Logger } from './logger.ts'

const SIGNALS = ['SIGTERM', 'SIGINT'] as const
const AFTER_HURRY_MS = 5_000

export interface ProcessContext {
  config: Config
  log: Logger
  /** Registers a stop step. Every step runs even if another fails. */
  onStop(what: string, step: (hurry: AbortSignal) => Promise<unknown> | unknown): void
  /** Says that the process does its work now; `facts` go to the log and to a parent process. */
  ready(facts?: Record<string, unknown>): void
  /** Stops the process as a signal would; `error` makes it exit with 1. */
  stop(why: string, error?: Error): void
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
  const log = createLogger(name, config.logLevel)
  const steps: { what: string; step: (hurry: AbortSignal) => unknown }[] = []
  const hurry = new AbortController()
  let signals = 0
  let exitCode = 0
  let isStopping = false

  const stop = (why: string, error?: Error) => {
    if (error) exitCode = 1
    if (isStopping) return
    isStopping = true
    void (async () => {
      log[error ? 'error' : 'info']({ why, ...(error && { err: error }) }, 'stopping')
      const soft = setTimeout(() => hurry.abort(), config.stopTimeoutMs)
      hurry.signal.addEventListener('abort', () => {
        log.warn('not everything in hand could be finished in time; the rest is handed back')
        setTimeout(() => process.exit(1), AFTER_HURRY_MS).unref()
      })
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
    signals += 1
    if (signals === 1) stop(signal)
    else if (signals === 2) hurry.abort()
    else process.exit(1)
  }
  for (const signal of SIGNALS) process.on(signal, onSignal)
  // Started by another process of ours (demo, load, start): must not outlive it, however that one ended.
  if (process.connected) process.on('disconnect', () => stop('the parent process is gone'))
  process.on('uncaughtException', (error) => stop('uncaught exception', error))
  process.on('unhandledRejection', (reason) =>
    stop('unhandled rejection', reason instanceof Error ? reason : new Error(String(reason))),
  )

  try {
    await boot({
      config,
      log,
      onStop: (what, step) => steps.push({ what, step }),
      ready: (facts = {}) => {
        log.info(facts, 'ready')
        process.send?.({ ready: true, ...facts })
      },
      stop,
    })
  } catch (error) {
    stop('could not start', error as Error)
  }
}
