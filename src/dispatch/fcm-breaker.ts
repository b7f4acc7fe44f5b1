/**
 * Keeps a dispatcher from sending batch after batch to an FCM that does not answer. Each project has its own.
 *
 *   closed ──too many faults in a row──> open ──after a while──> half open ──FCM answers──> closed
 *                                         ^                         └── it does not ──> open
 *
 * A fault says something about FCM or the way to it: a 5xx, a connection that fails or breaks, no answer in time. Dead
 * addresses and rejected messages are answers; so is a 429, which the rate limit handles. Faults are counted by message,
 * over all batches of a project in this process, and any answer resets the count: a share of 503s never opens the breaker.
 *
 * While it is half open, one message is sent as a probe, and batches are refused.
 */
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
import { type BreakerOpened, breakerOpened } from '../process/operator-events.ts'

export interface BreakerOptions {
  /** The name of the project, for the log and the alert. */
  project: string
  /** Messages in a row that end in a fault before it opens. */
  faults: number
  /** How long it stays open before it lets a batch through as a probe. */
  waitMs: number
  log: Logger
}

const FAULTS: readonly CodeClass[] = ['fcm_fault', 'in_doubt']

export class FcmBreaker {
  readonly #options: BreakerOptions
  readonly #policy
  #inARow = 0
  #openUntil = 0
  #isReported = false

  constructor(options: BreakerOptions) {
    this.#options = options
    this.#policy = circuitBreaker(
      handleWhenResult((isDown) => isDown === true),
      // Faults in a row are counted by message, below: one batch with too many is enough for the policy.
      // The policy measures by the clock of the wall: set back an hour, it would stay open for an hour. `attempt` measures.
      { halfOpenAfter: Number.NEGATIVE_INFINITY, breaker: new ConsecutiveBreaker(1) },
    )
    this.#policy.onBreak(() => this.#opened())
    this.#policy.onReset(() => this.#closed())
  }

  /** Call this with every outcome. Returns true if FCM seems to be down: send no more. */
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
    // An undocumented answer proves neither that FCM works nor that it is down.
    if (outcome.code !== 'unspecified') this.#inARow = 0
    return false
  }

  /**
   * Calls `send` if something may be sent now. Returns false if not; nothing was sent then. A probe is to be short: until it
   * has ended, nobody knows whether FCM answers.
   */
  async attempt(send: (isProbe: boolean) => Promise<void>): Promise<boolean> {
    // The policy would wait for the probe, which may take as long as a request may, and hold a slot for that time.
    if (this.#policy.state === CircuitState.HalfOpen) return false
    if (this.#policy.state === CircuitState.Open && performance.now() < this.#openUntil) return false
    try {
      await this.#policy.execute(async () => {
        await send(this.#policy.state === CircuitState.HalfOpen)
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

  /** Milliseconds until a batch may be tried; 0 when it is closed. */
  get waitMs(): number {
    switch (this.#policy.state) {
      case CircuitState.Open:
        return Math.max(1, Math.ceil(this.#openUntil - performance.now()))
      case CircuitState.HalfOpen:
        return this.#options.waitMs
      default:
        return 0
    }
  }

  get #isDown(): boolean {
    return this.#inARow >= this.#options.faults
  }

  #opened(): void {
    const { project, waitMs, log } = this.#options
    this.#openUntil = performance.now() + waitMs
    if (this.#isReported) return
    this.#isReported = true
    breakerOpened.publish({ project, faults: this.#inARow } satisfies BreakerOpened)
    log.error(
      { project, faults: this.#inARow, waitMs },
      'FCM does not answer: batches are released, and one is tried from time to time. Check the network and status.firebase.google.com',
    )
  }

  #closed(): void {
    // The probe may have had nothing to send. Then the next fault opens the breaker again, without another report.
    if (this.#isDown) return
    this.#isReported = false
    this.#options.log.info({ project: this.#options.project }, 'FCM answers again')
  }
}
