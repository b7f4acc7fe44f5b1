/**
 * Renews the leases of all batches that this process is sending, with one statement, and tells a batch when it has to
 * stop: it was taken over, its campaign was paused or canceled, or the database has not answered for so long that the
 * lease may have expired. The interval is also the longest time until a pause takes effect.
 */
import type { Pool } from '../postgres/pool.ts'
import type { Logger } from '../process/logger.ts'
import { type Held, renewLeases } from './batch-store.ts'

export type LostBecause = 'taken_over' | 'campaign_stopped' | 'lease_expired'

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

  /**
   * Returns the function that stops renewing. `claimedAt`: performance.now() before the claim was sent, so that the lease
   * is never assumed to be longer than it is.
   */
  hold(batch: Held, claimedAt: number, onLost: (why: LostBecause) => void): () => void {
    if (this.#held.size === 0) this.#heardAt = performance.now()
    this.#held.set(batch, { until: claimedAt + this.#leaseMs, onLost })
    return () => this.#held.delete(batch)
  }

  /** Milliseconds since a renewal was last answered. 0: no batch is in hand. */
  get silentMs(): number {
    return this.#held.size === 0 ? 0 : performance.now() - this.#heardAt
  }

  /** Stops renewing. Call this when no batch is in hand any more. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#renewing
  }

  #tick(): void {
    const now = performance.now()
    for (const entry of this.#held.values()) if (now >= entry.until) entry.onLost('lease_expired')
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
      if (answer === undefined) entry.onLost('taken_over')
      else if (answer.campaignState !== 'sending') entry.onLost('campaign_stopped')
      else entry.until = askedAt + this.#leaseMs
    }
  }
}
