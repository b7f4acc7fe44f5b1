/**
 * What demo, dev and load have in common as commands of a terminal: wrong options are one sentence and status 2; a
 * signal stops the run where it is, undoes in reverse order what was opened, and ends with the signal's own status;
 * a second signal does not wait. Whatever way it ends, nothing that was started is left.
 */
import { constants } from 'node:os'
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { Progress } from './progress.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
/** One Ctrl-C arrives twice: from the terminal, and from npm, which passes it on. */
const SAME_SIGNAL_MS = 500

/** The command line asks for something that there is not. */
export class UsageError extends Error {}

/** Something outside is missing or wrong: the sentence says what to do, a stack would not. */
export class SetupError extends Error {}

/** Ended before its end, for a reason of its own that is no mistake: with an exit status that says so. */
export class InterruptedError extends Error {
  readonly status: number

  constructor(message: string, status: number) {
    super(message)
    this.status = status
  }
}

export interface Command {
  /** Closed in reverse order at the end, however it comes. */
  stack: AsyncDisposableStack
  /** Aborted by a signal. What is awaited for long must listen to it. */
  signal: AbortSignal
  progress: Progress
}

/** Runs `deed`, whose result becomes the exit status. Ends the process. */
export async function runCommand(deed: (command: Command) => Promise<number>): Promise<never> {
  const interruption = new AbortController()
  const progress = new Progress()
  let status = 0
  let signalledAt = Number.NEGATIVE_INFINITY
  for (const name of SIGNALS) {
    process.on(name, () => {
      const now = performance.now()
      if (now - signalledAt < SAME_SIGNAL_MS) return
      signalledAt = now
      status = 128 + constants.signals[name]
      if (interruption.signal.aborted) process.exit(status)
      progress.stop()
      say('\nStopping.')
      interruption.abort()
    })
  }
  // A reader that went away (`| head`) and a mistake in a timer still have to pass through the end of this function.
  let fail = (_: Error) => {}
  const failed = new Promise<never>((_, reject) => {
    fail = reject
  })
  failed.catch(() => {})
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) process.on(event, fail)
  process.stdout.on('error', fail)

  const stack = new AsyncDisposableStack()
  try {
    status = await Promise.race([deed({ stack, signal: interruption.signal, progress }), failed])
  } catch (error) {
    progress.stop()
    if (!interruption.signal.aborted) status = report(error)
  }
  try {
    await stack.disposeAsync()
  } catch (error) {
    status ||= report(error)
  }
  process.exit(status)
}

function report(error: unknown): number {
  if (error instanceof UsageError) {
    say(`${error.message}\n--help lists the options.`)
    return 2
  }
  if (error instanceof InterruptedError) {
    say(error.message)
    return error.status
  }
  if (error instanceof SetupError) say(error.message)
  else if ((error as NodeJS.ErrnoException).code !== 'EPIPE')
    say(error instanceof Error ? error.stack : error)
  return 1
}

/** For people. stdout is for results alone. */
export function say(line: unknown = ''): void {
  process.stderr.write(`${line}\n`)
}

export type Values<T extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ options: T; strict: true }>
>['values']

export function parseOptions<const T extends ParseArgsOptionsConfig>(args: string[], options: T): Values<T> {
  try {
    return parseArgs({ args, options, strict: true }).values
  } catch (error) {
    const message = (error as Error).message
    // Node goes on to explain how to pass a positional argument; there is none.
    throw new UsageError(message.replace(/\. To specify a positional argument.*$/s, '.').replace(/\.?$/, '.'))
  }
}

export function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= min && value <= max) return value
  throw new UsageError(`--${name} is "${text}"; expected a whole number from ${min} to ${max}.`)
}

/** A part of the whole, such as 0.02. */
export function share(name: string, text: string): number {
  const value = Number(text)
  if (text !== '' && value >= 0 && value <= 1) return value
  throw new UsageError(`--${name} is "${text}"; expected a number from 0 to 1, such as 0.02.`)
}
