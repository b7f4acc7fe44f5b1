/**
 * Processes of ours as one: started together, watched, stopped together. Behind `npm start`, `npm run dev`, the
 * demo and the load harness.
 *
 * Promises: none of them outlives this process, however it ends. Asked to, they are signalled and awaited; if this
 * process is killed, the broken IPC channel tells them. They are sessions of their own, so a Ctrl-C in the terminal
 * reaches this process alone, which stops them in its own time: a second signal would tell them to hurry.
 */
import { type ChildProcess, fork, type StdioOptions } from 'node:child_process'
import { once } from 'node:events'

export interface ProcessSpec {
  /** Unique in its group: "dispatcher 2". */
  name: string
  file: string
  /** `--max-semi-space-size`: Node's default depends on the machine's memory, and so would ours. */
  semiSpaceMb: number
  /** Over the group's. */
  env?: Readonly<Record<string, string>>
}

/** What a process said about itself when it was ready. */
export type Facts = Readonly<Record<string, unknown>>

export interface ProcessGroupOptions {
  env: Readonly<Record<string, string | undefined>>
  /** Where output goes; inherited unless given. A file outlives us, a pipe does not. */
  output?: number | 'inherit' | 'pipe'
  /** Called with each process that was started. */
  onStart?: (name: string, child: ChildProcess) => void
  /** A process ended that nobody had stopped. Return true to have it started again, after a pause. */
  onLoss: (name: string, how: string) => boolean
}

/** Pauses before a restart double from the first to the longest; a process that lived that long starts afresh. */
const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 30_000
/** Longer than a process of ours allows itself (STOP_TIMEOUT_MS and 5 s): only one that hangs is killed. */
const KILL_AFTER_MS = 45_000

/**
 * The old generation is collected when it is two and a half times of what was alive. Left to itself it grows to four times
 * of what is alive, with messages long answered: measured on a dispatcher at full rate, a peak of 205 MB instead of
 * 166. At 100 per cent it is 150 MB for a tenth more CPU time.
 */
const HEAP_GROWTH = ['--heap-growing-percent=150']

interface Member {
  spec: ProcessSpec
  child: ChildProcess
  startedAt: number
  pauseMs: number
  restart?: NodeJS.Timeout
}

export class ProcessGroup {
  readonly #options: ProcessGroupOptions
  readonly #members = new Map<string, Member>()
  #isStopping = false

  constructor(options: ProcessGroupOptions) {
    this.#options = options
  }

  /** Resolves when the process does its work. Rejects when it ends before that; it is not tried again then. */
  async start(spec: ProcessSpec): Promise<Facts> {
    if (this.#isStopping) throw new Error(`${spec.name} was not started: everything is being stopped`)
    const member: Member = { spec, child: this.#fork(spec), startedAt: Date.now(), pauseMs: FIRST_PAUSE_MS }
    this.#members.set(spec.name, member)
    const facts = await untilReady(member.child, spec.name)
    this.#watch(member)
    return facts
  }

  /** Process ids by name, of those that run now. */
  get pids(): Map<string, number> {
    const running = [...this.#members.values()].filter(({ child }) => isRunning(child))
    return new Map(running.map(({ spec, child }) => [spec.name, child.pid as number]))
  }

  /** What each says to `{ask: what}`, by its name; who has ended or is silent for `patienceMs` is left out. */
  async ask(what: string, patienceMs = 5_000): Promise<Map<string, Facts>> {
    const answers = new Map<string, Facts>()
    const asked = [...this.#members.values()].map(async ({ spec, child }) => {
      const answer = await answerOf(child, what, patienceMs)
      if (answer !== null) answers.set(spec.name, answer)
    })
    await Promise.all(asked)
    return answers
  }

  /** Ends one at once, as a crash would. Whether it comes back is for `onLoss` to say. */
  kill(name: string): void {
    this.#members.get(name)?.child.kill('SIGKILL')
  }

  /** Resolves when all have ended. `killed` names those that had to be killed. */
  async stop(): Promise<{ killed: string[] }> {
    this.#isStopping = true
    const killed: string[] = []
    const ends = [...this.#members.values()].map(async ({ spec, child, restart }) => {
      clearTimeout(restart)
      if (!isRunning(child)) return
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      const timer = setTimeout(() => {
        killed.push(spec.name)
        child.kill('SIGKILL')
      }, KILL_AFTER_MS)
      await ended
      clearTimeout(timer)
    })
    await Promise.all(ends)
    return { killed }
  }

  /** Tells those that are still stopping not to wait for what is in hand. */
  hurry(): void {
    for (const { child } of this.#members.values()) if (isRunning(child)) child.kill('SIGTERM')
  }

  #fork(spec: ProcessSpec): ChildProcess {
    const output = this.#options.output ?? 'inherit'
    const stdio: StdioOptions = ['ignore', output, output, 'ipc']
    const execArgv = [`--max-semi-space-size=${spec.semiSpaceMb}`, ...HEAP_GROWTH]
    const child = fork(spec.file, [], {
      env: { ...this.#options.env, ...spec.env },
      stdio,
      execArgv,
      detached: true,
    })
    // What the operating system reports about a child must not end this process; its exit is what counts.
    child.on('error', () => {})
    this.#options.onStart?.(spec.name, child)
    return child
  }

  #watch(member: Member): void {
    if (isRunning(member.child)) member.child.once('exit', () => this.#lost(member))
    else this.#lost(member)
  }

  #lost(member: Member): void {
    const { child, spec } = member
    if (this.#isStopping || !this.#options.onLoss(spec.name, howItEnded(child))) return
    const hasLivedLong = Date.now() - member.startedAt > LONGEST_PAUSE_MS
    const pauseMs = hasLivedLong ? FIRST_PAUSE_MS : member.pauseMs
    member.pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
    member.restart = setTimeout(() => {
      member.child = this.#fork(spec)
      member.startedAt = Date.now()
      this.#watch(member)
    }, pauseMs)
  }
}

async function untilReady(child: ChildProcess, name: string): Promise<Facts> {
  return await new Promise((resolve, reject) => {
    const onMessage = (message: unknown) => {
      if (!isReady(message)) return
      settle()
      const { ready: _, ...facts } = message
      resolve(facts)
    }
    const onEnd = () => {
      settle()
      reject(new Error(`The ${name} process ended with ${howItEnded(child)} before it was ready.`))
    }
    const settle = () => {
      child.off('message', onMessage).off('exit', onEnd).off('error', onEnd)
    }
    child.on('message', onMessage).on('exit', onEnd).on('error', onEnd)
  })
}

async function answerOf(child: ChildProcess, what: string, patienceMs: number): Promise<Facts | null> {
  if (!child.connected) return null
  return await new Promise((resolve) => {
    const settle = (answer: Facts | null) => {
      clearTimeout(timer)
      child.off('message', onMessage).off('exit', onEnd)
      resolve(answer)
    }
    const onMessage = (message: unknown) => {
      const isAnswer = typeof message === 'object' && message !== null && 'answer' in message
      if (isAnswer && message.answer === what) settle(message as Facts)
    }
    const onEnd = () => settle(null)
    const timer = setTimeout(onEnd, patienceMs)
    child.on('message', onMessage).on('exit', onEnd)
    child.send({ ask: what }, (error) => error && onEnd())
  })
}

function isReady(message: unknown): message is { ready: true } & Facts {
  return typeof message === 'object' && message !== null && 'ready' in message && message.ready === true
}

function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null
}

function howItEnded({ exitCode, signalCode }: ChildProcess): string {
  return signalCode ?? `exit status ${exitCode ?? 'unknown'}`
}
