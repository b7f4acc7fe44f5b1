/**
 * Kills processes, and starts again what has ended, as whoever runs Carillon in production does (systemd, Docker,
 * `npm start`). One that ends by itself after it was ready is remembered: Carillon outlives its servers' outages.
 */
import { setTimeout as wait } from 'node:timers/promises'
import type { ProcessGroup, ProcessSpec } from '../../src/process/process-group.ts'

const PAUSE_MS = 500
/** Starting takes a second; with PostgreSQL away, as long as that is. */
const PATIENCE_MS = 60_000

interface Ward {
  spec: ProcessSpec
  isKilled: boolean
  /** Resolves when it does its work. */
  ready: Promise<void>
}

export class Supervisor {
  readonly #processes: ProcessGroup
  readonly #wards: Map<string, Ward>
  readonly #ending = new AbortController()
  /** Ended by themselves, with how. */
  readonly deaths: string[] = []
  /** Starts that failed, because a server was away: the next one is tried. */
  failedStarts = 0

  /** All of them run already. */
  constructor(processes: ProcessGroup, specs: readonly ProcessSpec[]) {
    this.#processes = processes
    this.#wards = new Map(
      specs.map((spec) => [spec.name, { spec, isKilled: false, ready: Promise.resolve() }]),
    )
  }

  /** To be told of every end. */
  lost(name: string, how: string): void {
    const ward = this.#wards.get(name)
    if (ward === undefined || this.#ending.signal.aborted) return
    if (!ward.isKilled) this.deaths.push(`${name} (${how})`)
    ward.isKilled = false
    ward.ready = this.#startAgain(ward)
    ward.ready.catch(() => {})
  }

  /** Waits until it does its work; a process that is only starting holds nothing that could be lost. */
  async kill(name: string): Promise<void> {
    await this.whenReady(name)
    const ward = this.#ward(name)
    ward.isKilled = true
    const before = ward.ready
    this.#processes.kill(name)
    while (ward.ready === before && !this.#ending.signal.aborted) await wait(2)
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

  /** Starts nothing any more. */
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
