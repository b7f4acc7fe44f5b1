/**
 * How long it takes until it goes on. For each thing that happened, one question is asked of what it disturbed, ten
 * times a second, until the answer is yes:
 *
 *   a dispatcher killed   every batch that was in hand at that moment is done, or in the hands of a later attempt,
 *                         or waits because FCM asked for it
 *   a planner killed      the plan has gone on (not asked when there was nothing left to plan)
 *   maintenance killed         it does its work again
 *   the API killed        it answers a request again
 *   a server's outage     from the moment it is back: another batch is begun
 *
 * Whatever is open when the counts are closed has recovered by then.
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

  /** `hasRecovered` may fail as long as what it asks is away. */
  add(kind: string, since: number, hasRecovered: () => Promise<boolean>): void {
    this.#open.push({ kind, since, hasRecovered })
  }

  /** Kinds that have not recovered yet. */
  get open(): string[] {
    return this.#open.map(({ kind }) => kind)
  }

  /** The counts are closed. */
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
