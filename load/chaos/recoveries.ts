/**
 * Measures recovery times. For each fault a condition is checked ten times a second until it holds:
 *
 *   dispatcher killed    the batches that it had in hand have gone on in another one (in-hand.ts)
 *   dispatcher frozen or cut off from PostgreSQL   the same, if it was for so long that they were taken from it
 *   planner killed       the plan has gone on, or there is nothing left to plan
 *   maintenance killed   it is ready again
 *   API killed           it answers a request again
 *   restart              a killed process of any kind is ready again: its supervisor's half second, and its start
 *   server outage, full disk, network   from the moment all is well again: another batch is begun
 *
 * When the campaign is closed, everything has recovered.
 */
import { setTimeout as wait } from 'node:timers/promises'

const LOOK_MS = 100

export interface Recovery {
  kind: string
  seconds: number
}

/** True: now. Seconds: so long after the fault, as was seen later. Null: the fault has hit nothing. */
type Recovered = boolean | { seconds: number | null }

interface Open {
  kind: string
  since: number
  hasRecovered: () => Promise<Recovered>
}

export class Recoveries {
  readonly done: Recovery[] = []
  #open: Open[] = []
  readonly #ending = new AbortController()
  readonly #watching: Promise<void>

  constructor() {
    this.#watching = this.#watch()
  }

  /** `hasRecovered` may reject while a server is down. */
  add(kind: string, since: number, hasRecovered: () => Promise<Recovered>): void {
    this.#open.push({ kind, since, hasRecovered })
  }

  /** Kinds that have not recovered yet. */
  get open(): string[] {
    return this.#open.map(({ kind }) => kind)
  }

  /** The campaign is closed. */
  async closeAll(): Promise<void> {
    await this.#look()
    for (const open of this.#open) this.#close(open, true)
  }

  async end(): Promise<void> {
    this.#ending.abort()
    await this.#watching
  }

  async #watch(): Promise<void> {
    while (!this.#ending.signal.aborted) {
      await this.#look()
      await wait(LOOK_MS, undefined, { signal: this.#ending.signal }).catch(() => {})
    }
  }

  async #look(): Promise<void> {
    await Promise.all(
      this.#open.map(async (open) => {
        const recovered = await open.hasRecovered().catch((): Recovered => false)
        if (recovered !== false) this.#close(open, recovered)
      }),
    )
  }

  #close(open: Open, recovered: Exclude<Recovered, false>): void {
    if (!this.#open.includes(open)) return
    this.#open = this.#open.filter((other) => other !== open)
    const seconds = recovered === true ? (performance.now() - open.since) / 1000 : recovered.seconds
    if (seconds !== null) this.done.push({ kind: open.kind, seconds })
  }
}
