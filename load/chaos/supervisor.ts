/**
 * Kills processes, and restarts those that have ended, as systemd, Docker or `npm start` would. A process that ends by itself
 * after it was ready is recorded: Carillon must survive outages of its servers.
 */
import { setTimeout as wait } from 'node:timers/promises'
import type { ProcessGroup, ProcessSpec } from '../../src/process/process-group.ts'

const PAUSE_MS = 500
/** Starting takes a second, or as long as PostgreSQL is down. */
const PATIENCE_MS = 60_000

interface Ward {
  spec: ProcessSpec
  isKilled: boolean
  /** Resolves when the process is ready. */
  ready: Promise<void>
}

export class Supervisor {
  readonly #processes: ProcessGroup
  readonly #wards: Map<string, Ward>
  readonly #ending = new AbortController()
  /** Processes that ended by themselves, and how. */
  readonly deaths: string[] = []
  /** Starts that failed because a server was down, and were tried again. */
  failedStarts = 0

  /** All of them must be running. */
  constructor(processes: ProcessGroup, specs: readonly ProcessSpec[]) {
    this.#processes = processes
    this.#wards = new Map(
      specs.map((spec) => [spec.name, { spec, isKilled: false, ready: Promise.resolve() }]),
    )
  }

  /** Must be called when a process has ended. */
  lost(name: string, how: string): void {
    const ward = this.#wards.get(name)
    if (ward === undefined || this.#ending.signal.aborted) return
    if (!ward.isKilled) this.deaths.push(`${name} (${how})`)
    ward.isKilled = false
    ward.ready = this.#startAgain(ward)
    ward.ready.catch(() => {})
  }

  /** Waits until the process is ready: one that is starting holds nothing that could be lost. */
  async kill(name: string): Promise<void> {
    await this.whenReady(name)
    const ward = this.#ward(name)
    ward.isKilled = true
    const before = ward.ready
    this.#processes.kill(name)
    while (ward.ready === before && !this.#ending.signal.aborted) await wait(2)
  }

  /** Stops it with SIGSTOP, as a busy or suspended machine would, until `thaw` resolves. */
  async freeze(name: string, thaw: Promise<void>): Promise<void> {
    const pid = this.#processes.pids.get(name)
    if (pid === undefined) return
    process.kill(pid, 'SIGSTOP')
    await thaw
    // It may have been killed, and another started.
    if (this.#processes.pids.get(name) === pid) process.kill(pid, 'SIGCONT')
  }

  async whenReady(name: string): Promise<void> {
    const patience = AbortSignal.timeout(PATIENCE_MS)
    await Promise.race([
      this.#ward(name).ready,
      new Promise((_, reject) => {
        patience.addEventListener('abort', () =>
          reject(new Error(`The ${name} process did not come back in ${PATIENCE_MS / 1000} s.`)),
        )
      }),
    ])
  }

  /** Restarts nothing from now on. */
  async end(): Promise<void> {
    this.#ending.abort()
    await Promise.allSettled([...this.#wards.values()].map(({ ready }) => ready))
  }

  async #startAgain({ spec }: Ward): Promise<void> {
    for (;;) {
      await wait(PAUSE_MS, undefined, { signal: this.#ending.signal })
      try {
        await this.#processes.start(spec)
        return
      } catch {
        this.failedStarts += 1
      }
    }
  }

  #ward(name: string): Ward {
    const ward = this.#wards.get(name)
    if (ward === undefined) throw new Error(`there is no process "${name}"`)
    return ward
  }
}
