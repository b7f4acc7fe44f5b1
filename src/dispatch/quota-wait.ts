/** How one attempt waits for the rate limits of its project and its campaign: not for long, and then not at all. */
import { setTimeout as wait } from 'node:timers/promises'
import type { Pool } from '../postgres/pool.ts'
import { type Budget, reserve } from '../projects/rate-limit.ts'

/**
 * So long may an attempt wait for rate limits, all its waits together. Then the batch is released: it waits in PostgreSQL, and
 * another campaign has its place in this dispatcher. (BullMQ starts no further job before one ends, whatever number of them it
 * is allowed.)
 */
export const LONGEST_WAIT_MS = 2_000

export class QuotaWait {
  readonly #pool: Pool
  readonly #signal: AbortSignal
  #waitedMs = 0
  #refusedMs = 0
  #isProjectsLimit = false
  #waitsFor: 'project' | 'campaign' | null = null

  /** Aborted: waits no longer. */
  constructor(pool: Pool, signal: AbortSignal) {
    this.#pool = pool
    this.#signal = signal
  }

  /** Whose rate limit it waits for now. */
  get waitsFor(): 'project' | 'campaign' | null {
    return this.#waitsFor
  }

  /** Milliseconds until it is worth asking again for what was refused; 0 if nothing was. */
  get refusedMs(): number {
    return this.#refusedMs
  }

  /** Milliseconds until a batch of the project would wait for its rate limit, and not be refused at once; mostly 0. */
  get projectRefusesMs(): number {
    return this.#isProjectsLimit ? Math.max(0, this.#refusedMs - LONGEST_WAIT_MS) : 0
  }

  /** Reserves from each budget, the project's first, and waits. False: that would take too long. */
  async reserve(budgets: readonly Budget[], messages: number): Promise<boolean> {
    for (const budget of budgets) {
      if (this.#signal.aborted) return true
      const longestMs = Math.max(0, LONGEST_WAIT_MS - this.#waitedMs)
      const { isGranted, waitMs } = await reserve(this.#pool, budget, messages, longestMs)
      if (!isGranted) {
        this.#refusedMs = waitMs
        this.#isProjectsLimit = budget === budgets[0]
        return false
      }
      if (waitMs === 0) continue
      this.#waitedMs += waitMs
      this.#waitsFor = budget === budgets[0] ? 'project' : 'campaign'
      await wait(waitMs, undefined, { signal: this.#signal }).catch(() => undefined)
      this.#waitsFor = null
    }
    return true
  }
}
