/**
 * Keeps a dispatcher from sending batch after batch to an FCM that does not answer.
 *
 *   closed ──so many faults in a row──> open ──after a while──> half open ──FCM answers──> closed
 *                                         ^                         └── it does not ──> open
 *
 * A fault is what says something about FCM or the way to it: 5xx, a connection that fails or breaks, no answer in
 * time. Dead tokens and refused messages are answers; a 429 is one too, and the rate limit heeds it. Faults are counted by
 * message, over all batches of this process, and any answer sets the count to zero: a share of 503s never opens it.
 *
 * Half open, one batch is let through and the others wait for what becomes of it; it stops at its first fault.
 */
import { setTimeout as wait } from 'node:timers/promises'
import {
  BrokenCircuitError,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhenResult,
} from 'cockatiel'
import type { DeliveryCode } from '../domain/delivery-result.ts'
import type { Outcome } from '../domain/outcome.ts'
import type { BreakerState } from '../health/process-health.ts'
import type { Logger } from '../process/logger.ts'
import { breakerOpened } from '../process/operator-events.ts'

export interface BreakerOptions {
  /** Messages in a row that end in a fault before it opens. */
  faults: number
  /** How long it stays open before a batch is let through to see. */
  waitMs: number
  log: Logger
}

const FAULTS: readonly DeliveryCode[] = [
  'unavailable',
  'internal',
  'connection_failed',
  'answer_lost',
  'deadline_exceeded',
]

export class FcmBreaker {
  readonly #options: BreakerOptions
  readonly #policy
  #inARow = 0
  #openUntil = 0
  #isSaid = false

  constructor(options: BreakerOptions) {
    this.#options = options
    this.#policy = circuitBreaker(
      handleWhenResult((isDown) => isDown === true),
      // What counts as too many in a row is decided by message, below: one batch that says so is enough.
      { halfOpenAfter: options.waitMs, breaker: new ConsecutiveBreaker(1) },
    )
    this.#policy.onBreak(() => this.#opened())
    this.#policy.onReset(() => this.#closed())
  }

  /** Takes every outcome. True: FCM is down as far as can be seen from here, send no more. */
  isDownAfter(outcome: Outcome): boolean {
    if (outcome.kind !== 'retry_later' && outcome.kind !== 'in_doubt') {
      this.#inARow = 0
      return false
    }
    if (FAULTS.includes(outcome.code)) {
      this.#inARow += 1
      return this.#isDown
    }
    // An answer that FCM does not document tells nothing either way.
    if (outcome.code !== 'unspecified') this.#inARow = 0
    return false
  }

  /** Sends one batch if it may be sent now. Resolves to false when it may not, and nothing was sent. */
  async attempt(send: () => Promise<void>): Promise<boolean> {
    try {
      await this.#policy.execute(async () => {
        await send()
        return this.#isDown
      })
      return true
    } catch (error) {
      if (error instanceof BrokenCircuitError) return false
      throw error
    }
  }

  get state(): BreakerState {
    const { state } = this.#policy
    return state === CircuitState.Open ? 'open' : state === CircuitState.HalfOpen ? 'half_open' : 'closed'
  }

  /** Until a batch may be tried; 0 unless it is open. */
  get waitMs(): number {
    if (this.#policy.state !== CircuitState.Open) return 0
    return Math.max(1, Math.ceil(this.#openUntil - performance.now()))
  }

  /**
   * Resolves when a batch may be tried. Whoever takes batches waits here after each: otherwise an open breaker would
   * take every batch there is in turn, only to release it.
   */
  async rest(cutShort: AbortSignal): Promise<void> {
    if (this.waitMs === 0) return
    await wait(this.waitMs, undefined, { signal: cutShort }).catch(() => undefined)
  }

  get #isDown(): boolean {
    return this.#inARow >= this.#options.faults
  }

  #opened(): void {
    const { waitMs, log } = this.#options
    this.#openUntil = performance.now() + waitMs
    if (this.#isSaid) return
    this.#isSaid = true
    breakerOpened.publish({ faults: this.#inARow })
    log.error(
      { faults: this.#inARow, waitMs },
      'FCM does not answer: batches are released, and one is tried every now and then. Check the network and status.firebase.google.com',
    )
  }

  #closed(): void {
    // The batch that was let through may have had nothing to send; then the next fault opens it again, unsaid.
    if (this.#isDown) return
    this.#isSaid = false
    this.#options.log.info('FCM answers again')
  }
}
