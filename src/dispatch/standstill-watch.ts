/**
 * Detects that a dispatcher makes no progress although there is work, for example because a promise never settles or a job
 * is never taken. Every intended wait has a timeout, so a longer wait is a bug; restarting the process resolves it.
 *
 * Progress is a job taken, a message answered, a result committed or an attempt ended. A lack of progress is no standstill
 * while there is no work, slots rest because FCM is down or has told the project to wait, memory is short, or PostgreSQL is
 * unavailable or slow. Pauses need no exception: they end the campaign's attempts.
 */
export interface StandstillOptions {
  /** Milliseconds without progress that count as a standstill. Longer than every intended wait. */
  patienceMs: number
  /** Returns a different string after each progress. */
  progress: () => string
  /** Returns true while there is a known, temporary reason for making no progress. */
  isExcused: () => boolean
  batchesInHand: () => number
  /** Jobs waiting on the queue. A rejection counts as none. */
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

  /** Call it once a second. Calls `onStandstill` at most once. */
  async look(): Promise<void> {
    const { progress, isExcused, batchesInHand, waitingJobs, patienceMs, onStandstill } = this.#options
    const now = this.#clock()
    const seen = progress()
    if (seen !== this.#progress || isExcused()) {
      this.#progress = seen
      this.#movedAt = now
    }
    if (this.#isOver || now - this.#movedAt < patienceMs) return
    // The queue is asked last, so that an idle dispatcher asks only once every `patienceMs`.
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

/** Twice the longest intended wait of a dispatcher: for an answer, a statement or the end of a lease. */
export function standstillPatienceMs({ leaseMs, requestTimeoutMs, statementTimeoutMs }: Waits): number {
  // The pool abandons a statement two seconds after the server should have canceled it.
  return 2 * Math.max(leaseMs, requestTimeoutMs, statementTimeoutMs + 2_000)
}
