/**
 * Keeps a dispatcher from sending batch after batch while FCM does not answer.
 *
 *   closed ──too many consecutive faults──> open ──after waitMs──> half open ──FCM answers──> closed
 *                                            ^                         └── it does not ──> open
 *
 * A fault says something about FCM or the connection to it: 5xx, a connection that fails or breaks, no answer in
 * time. Dead tokens, refused messages and 429 are answers (the rate limit handles 429). Faults are counted by message,
 * over all batches of this process, and any answer resets the count, so a mix of 503s and answers never opens it.
 *
 * Half open, one batch is sent while the others wait for its outcome; it stops at its first fault.
 */
import { setTimeout as wait } from 'node:timers/promises'
import {
  BrokenCircuitError,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhenResult,
} from 'cockatiel'
import { type CodeClass, DELIVERY_CODES } from '../domain/delivery-result.ts'
import type { Outcome } from '../domain/outcome.ts'
import type { BreakerState } from '../health/process-health.ts'
import type { Logger } from '../process/logger.ts'
import { breakerOpened } from '../process/operator-events.ts'

export interface BreakerOptions {
  /** Consecutive messages that end in a fault before it opens. */
  faults: number
  /** How long it stays open before one batch is tried. */
  waitMs: number
  log: Logger
}

const FAULTS: readonly CodeClass[] = ['fcm_fault', 'in_doubt']

export class FcmBreaker {
  readonly #options: BreakerOptions
  readonly #policy
  #inARow = 0
  #openUntil = 0
  #isLogged = false

  constructor(options: BreakerOptions) {
    this.#options = options
    this.#policy = circuitBreaker(
      handleWhenResult((isDown) => isDown === true),
      // Consecutive faults are counted by message, below, so one batch that reports too many is enough.
      { halfOpenAfter: options.waitMs, breaker: new ConsecutiveBreaker(1) },
    )
    this.#policy.onBreak(() => this.#opened())
    this.#policy.onReset(() => this.#closed())
  }

  /** Call with every outcome. Returns true if FCM looks down from here: send no more. */
  isDownAfter(outcome: Outcome): boolean {
    if (outcome.kind !== 'retry_later' && outcome.kind !== 'in_doubt') {
      this.#inARow = 0
      return false
    }
    const kind = DELIVERY_CODES[outcome.code].class
    if (FAULTS.includes(kind)) {
      this.#inARow += 1
      return this.#isDown
    }
    if (kind !== 'undocumented') this.#inARow = 0
    return false
  }

  /** Sends one batch if that is allowed now. Resolves to false if it is not, and nothing was sent. */
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

  /** Time until a batch may be tried; 0 unless it is open. */
  get waitMs(): number {
    if (this.#policy.state !== CircuitState.Open) return 0
    return Math.max(1, Math.ceil(this.#openUntil - performance.now()))
  }

  /**
   * Resolves when a batch may be tried. Wait here after each batch: otherwise a dispatcher with an open breaker would
   * claim every batch in turn, only to release it.
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
    if (this.#isLogged) return
    this.#isLogged = true
    breakerOpened.publish({ faults: this.#inARow })
    log.error(
      { faults: this.#inARow, waitMs },
      'FCM does not answer: batches are released, and one is tried from time to time. Check the network and status.firebase.google.com',
    )
  }

  #closed(): void {
    // The batch that was tried may have had nothing to send; then the next fault opens it again, without a log line.
    if (this.#isDown) return
    this.#isLogged = false
    this.#options.log.info('FCM answers again')
  }
}
