/**
 * Detects that a campaign fails for a reason of its own, so that it pauses before it uses up its audience.
 * Dead addresses do not count: they are a fault of the device list, not of the campaign.
 */
import { DELIVERY_CODES, type DeliveryCode, howToGoOn } from '../domain/delivery-result.ts'
import type { Result } from '../domain/outcome.ts'
import type { Complaint } from './complaint.ts'

export interface ErrorLimits {
  /** Results of one batch that are needed before the share of failures is judged. */
  minimum: number
  /** Percentage of them that may fail. */
  percent: number
}

export class ErrorWatch {
  readonly #limits: ErrorLimits
  #results = 0
  readonly #failures = new Map<DeliveryCode, number>()

  constructor(limits: ErrorLimits) {
    this.#limits = limits
  }

  add({ state, code }: Pick<Result, 'state' | 'code'>, count = 1): void {
    if (state === 'skipped' || DELIVERY_CODES[code].class === 'dead_address') return
    this.#results += count
    if (state === 'failed') this.#failures.set(code, (this.#failures.get(code) ?? 0) + count)
  }

  /** True: too large a share has failed, of too few results to tell. */
  get isSuspicious(): boolean {
    return this.#results < this.#limits.minimum && this.#isTooMany
  }

  /** Returns why the campaign has to pause if too many messages failed, else null. */
  complaint(): Complaint | null {
    const failed = this.#failed
    const { minimum, percent } = this.#limits
    if (this.#results < minimum || !this.#isTooMany) return null
    const [code] = [...this.#failures].sort((a, b) => b[1] - a[1])[0] ?? ['unspecified' as DeliveryCode]
    const { class: kind, meaning } = DELIVERY_CODES[code]
    return {
      reason: kind === 'bad_message' ? 'message_refused' : 'too_many_errors',
      detail: `${failed} of ${this.#results} messages of one batch failed, most of them with "${code}": ${meaning}`,
      advice: `${howToGoOn(code)} (The limit is ${percent} %: ERROR_PAUSE_PERCENT.)`,
      code,
    }
  }

  get #failed(): number {
    return [...this.#failures.values()].reduce((sum, count) => sum + count, 0)
  }

  get #isTooMany(): boolean {
    return this.#failed * 100 > this.#results * this.#limits.percent
  }
}
