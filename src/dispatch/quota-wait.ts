/** How one attempt waits for the rate limits of its project and its campaign: not for long, and then not at all. */
import { setTimeout as wait } from 'node:timers/promises'
import type { Pool } from '../postgres/pool.ts'
import { type Budget, readWait, reserve } from '../projects/rate-limit.ts'
import type { Asker, QuotaLine } from './quota-line.ts'

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

  /**
   * Waits for its turn, and reserves from the project's rate limit, and then from the campaign's own if it has one. False: that
   * would take too long.
   */
  async reserve(line: QuotaLine, asker: Asker, own: Budget | null, messages: number): Promise<boolean> {
    if (own !== null) {
      // Asked before: what was reserved from the project for a message that may not leave yet would be lost.
      const ownMs = (await readWait(this.#pool, own)) ?? 0
      if (ownMs > this.#longestMs) return this.#refuse(ownMs, false)
    }
    const signal = this.#signal
    if (signal.aborted) return true
    let began: number | undefined
    const onWait = () => {
      began ??= performance.now()
      this.#waitsFor = 'project'
    }
    const granted = await line.reserve(asker, messages, this.#longestMs, { signal, onWait })
    this.#waitsFor = null
    // Not what statements took: without a quota that is used up, a slow database is no reason to release the batch.
    if (began !== undefined) this.#waitedMs += performance.now() - began
    if (signal.aborted) return true
    if (!granted.isGranted) return this.#refuse(granted.waitMs, true)
    await this.#wait('project', granted.waitMs)
    if (own === null || signal.aborted) return true
    const { isGranted, waitMs } = await reserve(this.#pool, own, messages, this.#longestMs)
    if (!isGranted) return this.#refuse(waitMs, false)
    await this.#wait('campaign', waitMs)
    return true
  }

  get #longestMs(): number {
    return Math.max(0, LONGEST_WAIT_MS - this.#waitedMs)
  }

  #refuse(waitMs: number, isProjectsLimit: boolean): false {
    this.#refusedMs = waitMs
    this.#isProjectsLimit = isProjectsLimit
    return false
  }

  async #wait(whose: 'project' | 'campaign', waitMs: number): Promise<void> {
    if (waitMs === 0) return
    this.#waitedMs += waitMs
    this.#waitsFor = whose
    await wait(waitMs, undefined, { signal: this.#signal }).catch(() => undefined)
    this.#waitsFor = null
  }
}
