/**
 * Starts, watches and stops a group of child processes. Used by `npm start`, `npm run dev`, the demo and the load
 * harness.
 *
 * Promises: no child outlives this process. `stop` signals the children and waits for them; if this process is killed,
 * they notice the closed IPC channel. Each child is in a session of its own, so a Ctrl-C in the terminal reaches only
 * this process: a second SIGINT from the terminal would make the children stop without waiting.
 */
import { type ChildProcess, fork, type StdioOptions } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

export interface ProcessSpec {
  /** Unique within the group, such as "dispatcher 2". */
  name: string
  file: string
  /** `--max-semi-space-size`. Set because Node's default depends on the machine's memory. */
  semiSpaceMb: number
  /** The program that runs it instead of this process's Node; ends as that does. */
  execPath?: string
  /** Overrides the group's variables. */
  env?: Readonly<Record<string, string>>
}

/** What a process reported when it was ready. */
export type Facts = Readonly<Record<string, unknown>>

export interface ProcessGroupOptions {
  env: Readonly<Record<string, string | undefined>>
  /** Where output goes; inherited by default. A file still works after this process has ended, a pipe does not. */
  output?: number | 'inherit' | 'pipe'
  /** Called for each process that was started. */
  onStart?: (name: string, child: ChildProcess) => void
  /** Called when a process ends without `stop`. If it returns true, the process is restarted after a pause. */
  onLoss: (name: string, how: string) => boolean
}

/** The pause before a restart doubles up to the longest. It is reset if the process lived at least that long. */
const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 30_000
/** Longer than a process takes to stop (STOP_TIMEOUT_MS and 5 s): only a process that hangs is killed. */
const KILL_AFTER_MS = 45_000

/**
 * Collects the old generation when it reaches 2.5 times its live size; V8's default is 4 times. Measured on a dispatcher
 * at full rate: a peak of 166 MB instead of 205. At 100 per cent it is 150 MB for a tenth more CPU time.
 */
const HEAP_GROWTH = ['--heap-growing-percent=150']

/**
 * Node keeps what it has compiled there, so that a process that was killed is back sooner: the API in 0.65 s instead of 0.93,
 * the planner in 0.20 instead of 0.33. Where the folder cannot be written, Node does without it.
 */
const COMPILE_CACHE = join(import.meta.dirname, '../../node_modules/.cache/compiled')

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

  /** Resolves when the process is ready. Rejects if it ends before that; it is not restarted in that case. */
  async start(spec: ProcessSpec): Promise<Facts> {
    if (this.#isStopping) throw new Error(`${spec.name} was not started: the group is being stopped`)
    const member: Member = { spec, child: this.#fork(spec), startedAt: Date.now(), pauseMs: FIRST_PAUSE_MS }
    this.#members.set(spec.name, member)
    const facts = await untilReady(member.child, spec.name)
    this.#watch(member)
    return facts
  }

  /** Process ids by name, of the running processes. */
  get pids(): Map<string, number> {
    const running = [...this.#members.values()].filter(({ child }) => isRunning(child))
    return new Map(running.map(({ spec, child }) => [spec.name, child.pid as number]))
  }

  /** Answers to `{ask: what}` by process name. Ended processes and those that do not answer within `timeoutMs` are left out. */
  async ask(what: string, timeoutMs = 5_000): Promise<Map<string, Facts>> {
    const answers = new Map<string, Facts>()
    const asked = [...this.#members.values()].map(async ({ spec, child }) => {
      const answer = await answerOf(child, what, timeoutMs)
      if (answer !== null) answers.set(spec.name, answer)
    })
    await Promise.all(asked)
    return answers
  }

  /** Kills a process, as a crash would. `onLoss` decides whether it is restarted. */
  kill(name: string): void {
    this.#members.get(name)?.child.kill('SIGKILL')
  }

  /** Resolves when all processes have ended. `killed` names those that had to be killed. */
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

  /** Makes stopping processes stop without waiting for work in progress. */
  hurry(): void {
    for (const { child } of this.#members.values()) if (isRunning(child)) child.kill('SIGTERM')
  }

  #fork(spec: ProcessSpec): ChildProcess {
    const output = this.#options.output ?? 'inherit'
    const stdio: StdioOptions = ['ignore', output, output, 'ipc']
    const execArgv = [`--max-semi-space-size=${spec.semiSpaceMb}`, ...HEAP_GROWTH]
    const child = fork(spec.file, [], {
      env: { NODE_COMPILE_CACHE: COMPILE_CACHE, ...this.#options.env, ...spec.env },
      stdio,
      execArgv,
      ...(spec.execPath !== undefined && { execPath: spec.execPath }),
      detached: true,
    })
    // Without a listener, an error event of a child would end this process. The child's exit is handled in #watch.
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

async function answerOf(child: ChildProcess, what: string, timeoutMs: number): Promise<Facts | null> {
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
    const timer = setTimeout(onEnd, timeoutMs)
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
