/**
 * Measures recovery times. For each fault a condition is checked ten times a second until it holds:
 *
 *   dispatcher killed    every batch in hand at that moment is done, has a later attempt, or waits because FCM asked for it
 *   planner killed       the plan has gone on, or there is nothing left to plan
 *   maintenance killed   it is ready again
 *   API killed           it answers a request again
 *   server outage        from the moment the server is back: another batch is begun
 *
 * When the campaign is closed, everything has recovered.
 */
import { setTimeout as wait } from 'node:timers/promises'

const LOOK_MS = 100

export interface Recovery {
  kind: string
  seconds: number
}

interface Open {
  kind: string
  since: number
  hasRecovered: () => Promise<boolean>
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
  add(kind: string, since: number, hasRecovered: () => Promise<boolean>): void {
    this.#open.push({ kind, since, hasRecovered })
  }

  /** Kinds that have not recovered yet. */
  get open(): string[] {
    return this.#open.map(({ kind }) => kind)
  }

  /** The campaign is closed. */
  closeAll(): void {
    for (const open of this.#open) this.#close(open)
  }

  async end(): Promise<void> {
    this.#ending.abort()
    await this.#watching
  }

  async #watch(): Promise<void> {
    while (!this.#ending.signal.aborted) {
      await Promise.all(
        this.#open.map(async (open) => {
          if (await open.hasRecovered().catch(() => false)) this.#close(open)
        }),
      )
      await wait(LOOK_MS, undefined, { signal: this.#ending.signal }).catch(() => {})
    }
  }

  #close(open: Open): void {
    if (!this.#open.includes(open)) return
    this.#open = this.#open.filter((other) => other !== open)
    this.done.push({ kind: open.kind, seconds: (performance.now() - open.since) / 1000 })
  }
}
