/**
 * What all commands share: options with --help; wrong options are one sentence and status 2; a signal aborts the run,
 * closes in reverse order what was opened, and ends with the signal's status; a second signal ends at once.
 */
import { constants } from 'node:os'
import { helpOf, type Usage, UsageError } from './options.ts'
import { Progress } from './progress.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
/** One Ctrl-C arrives twice: from the terminal and from npm, which passes it on. */
const SAME_SIGNAL_MS = 500

/** Something outside is missing or wrong. The message says what to do; a stack would not help. */
export class SetupError extends Error {}

/** The run was ended early, with an exit status of its own. */
export class InterruptedError extends Error {
  readonly status: number

  constructor(message: string, status: number) {
    super(message)
    this.status = status
  }
}

export interface Command {
  /** Closed in reverse order when the command ends, for whatever reason. */
  stack: AsyncDisposableStack
  /** Aborted by a signal. */
  signal: AbortSignal
  progress: Progress
}

/** Prints the help text, or parses the options and calls `run`, whose result becomes the exit status. Ends the process. */
export async function runCommand<T>(
  usage: Usage,
  parse: (args: string[]) => T,
  run: (options: T, command: Command) => Promise<number>,
  args = process.argv.slice(2),
): Promise<never> {
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
  // A closed stdout (`| head`) and an error in a timer must reach the cleanup below.
  const failed = Promise.withResolvers<never>()
  failed.promise.catch(() => {})
  for (const event of ['uncaughtException', 'unhandledRejection']) process.on(event, failed.reject)
  process.stdout.on('error', failed.reject)

  const stack = new AsyncDisposableStack()
  try {
    if (args.some((arg) => arg === '--help' || arg === '-h')) process.stdout.write(helpOf(usage))
    else {
      const command = { stack, signal: interruption.signal, progress }
      status = await Promise.race([run(parse(args), command), failed.promise])
    }
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
  if (error instanceof UsageError) say(`${error.message}\n--help lists the options.`)
  else if (error instanceof SetupError || error instanceof InterruptedError) say(error.message)
  else if ((error as NodeJS.ErrnoException).code !== 'EPIPE')
    say(error instanceof Error ? error.stack : error)
  if (error instanceof UsageError) return 2
  return error instanceof InterruptedError ? error.status : 1
}

/** Messages go to stderr; stdout is for results only. */
export function say(line: unknown = ''): void {
  process.stderr.write(`${line}\n`)
}
