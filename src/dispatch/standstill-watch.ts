/**
 * Notices that a dispatcher stands still while there is work: a promise that never settles, an entry nobody takes.
 * Everything it waits for by intention has an end of its own, so silence that outlives all of these is a fault of ours,
 * and a fresh process is the cure.
 *
 * Moving means: an entry taken, a message answered, a result committed, an attempt ended. Nothing is wrong while nothing is to be done, the
 * breaker is open, memory is short, or PostgreSQL is away or slow. Rate limits and pauses need no exception: a batch that has
 * to wait longer than two seconds for its turn is released, and a campaign that is paused ends its attempts.
 */
export interface StandstillOptions {
  /** Longer than anything that is waited for on purpose. */
  patienceMs: number
  /** Another one whenever something has moved. */
  progress: () => string
  /** True: standing still has a reason, which passes. */
  isExcused: () => boolean
  batchesInHand: () => number
  /** Entries that nobody has taken. May reject: then nobody knows of any. */
  waitingJobs: () => Promise<number>
  onStandstill: (seconds: number) => void
  clock?: () => number
}

export class StandstillWatch {
  readonly #options: StandstillOptions
  readonly #clock: () => number
  #progress: string
  #movedAt: number
  #isOver = false

  constructor(options: StandstillOptions) {
    this.#options = options
    this.#clock = options.clock ?? (() => performance.now())
    this.#progress = options.progress()
    this.#movedAt = this.#clock()
  }

  /** To be called each second. Tells of a standstill once. */
  async look(): Promise<void> {
    const { progress, isExcused, batchesInHand, waitingJobs, patienceMs, onStandstill } = this.#options
    const now = this.#clock()
    const seen = progress()
    if (seen !== this.#progress || isExcused()) {
      this.#progress = seen
      this.#movedAt = now
    }
    if (this.#isOver || now - this.#movedAt < patienceMs) return
    // Only now is the queue asked: an idle dispatcher asks it once in a patience.
    const hasWork = batchesInHand() > 0 || (await waitingJobs().catch(() => 0)) > 0
    if (progress() !== this.#progress) return
    if (!hasWork) {
      this.#movedAt = now
      return
    }
    this.#isOver = true
    onStandstill(Math.round((now - this.#movedAt) / 1000))
  }
}

export interface Waits {
  leaseMs: number
  requestTimeoutMs: number
  statementTimeoutMs: number
}

/** Twice the longest of what a dispatcher waits for on purpose: an answer, a statement, the end of a lease. */
export function standstillPatienceMs({ leaseMs, requestTimeoutMs, statementTimeoutMs }: Waits): number {
  // The pool gives a statement up two seconds after the server should have.
  return 2 * Math.max(leaseMs, requestTimeoutMs, statementTimeoutMs + 2_000)
}
