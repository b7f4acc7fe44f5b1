/**
 * Keeps the leases of the batches in this process's hands, with one statement for all of them, and tells a batch
 * when it has to stop: taken over, campaign paused or canceled, or the database not heard of for so long that the
 * lease may have run out. The interval is also the bound on how long a pause takes to bite.
 */
import type { Pool } from '../postgres/pool.ts'
import type { Logger } from '../process/logger.ts'
import { type Held, renewLeases } from './batch-store.ts'

export type LostBecause = 'taken over' | 'campaign stopped' | 'lease ran out'

const LONGEST_INTERVAL_MS = 1_000

export class LeaseKeeper {
  readonly #pool: Pool
  readonly #leaseMs: number
  readonly #log: Logger
  readonly #held = new Map<Held, { until: number; onLost: (why: LostBecause) => void }>()
  readonly #timer: NodeJS.Timeout
  #renewing: Promise<void> | undefined
  #heardAt = 0

  constructor(pool: Pool, leaseMs: number, log: Logger) {
    this.#pool = pool
    this.#leaseMs = leaseMs
    this.#log = log
    this.#timer = setInterval(() => this.#tick(), Math.min(LONGEST_INTERVAL_MS, leaseMs / 4))
  }

  /** `claimedAt`: performance.now() from before the claim was sent, so that the lease is never thought longer than it is. */
  hold(batch: Held, claimedAt: number, onLost: (why: LostBecause) => void): () => void {
    if (this.#held.size === 0) this.#heardAt = performance.now()
    this.#held.set(batch, { until: claimedAt + this.#leaseMs, onLost })
    return () => this.#held.delete(batch)
  }

  /** For how long nothing was heard of the leases that should have been renewed. 0: nothing is in hand. */
  get silentMs(): number {
    return this.#held.size === 0 ? 0 : performance.now() - this.#heardAt
  }

  /** Stops renewing. Call when nothing is in hand any more. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#renewing
  }

  #tick(): void {
    const now = performance.now()
    for (const entry of this.#held.values()) if (now >= entry.until) entry.onLost('lease ran out')
    if (this.#held.size === 0 || this.#renewing !== undefined) return
    this.#renewing = this.#renew()
      .catch((error: Error) => this.#log.warn({ err: error }, 'leases could not be renewed'))
      .finally(() => {
        this.#renewing = undefined
      })
  }

  async #renew(): Promise<void> {
    const asked = [...this.#held.keys()]
    const askedAt = performance.now()
    const renewed = await renewLeases(this.#pool, asked, this.#leaseMs)
    this.#heardAt = performance.now()
    for (const batch of asked) {
      const entry = this.#held.get(batch)
      if (entry === undefined) continue
      const answer = renewed.find(
        (one) =>
          one.seq === batch.seq && one.campaignId === batch.campaignId && one.attempt === batch.attempt,
      )
      if (answer === undefined) entry.onLost('taken over')
      else if (answer.campaignState !== 'sending') entry.onLost('campaign stopped')
      else entry.until = askedAt + this.#leaseMs
    }
  }
}
