/**
 * Detects that a campaign fails for a reason of its own, so that it pauses before it uses up its audience.
 * Dead addresses do not count: they are a fault of the device list, not of the campaign.
 */
import { DELIVERY_CODES, type DeliveryCode } from '../domain/delivery-result.ts'
import type { Result } from '../domain/outcome.ts'

export interface ErrorLimits {
  /** Results of one attempt that are needed before the share of failures is judged. */
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

  add({ state, code }: Result): void {
    if (state === 'skipped' || DELIVERY_CODES[code].class === 'dead_address') return
    this.#results += 1
    if (state === 'failed') this.#failures.set(code, (this.#failures.get(code) ?? 0) + 1)
  }

  /** Returns a sentence for the admin if too many messages failed, else null. */
  complaint(): string | null {
    const failed = [...this.#failures.values()].reduce((sum, count) => sum + count, 0)
    const { minimum, percent } = this.#limits
    if (this.#results < minimum || failed * 100 <= this.#results * percent) return null
    const [code] = [...this.#failures].sort((a, b) => b[1] - a[1])[0] ?? ['unspecified' as DeliveryCode]
    const { meaning, advice } = DELIVERY_CODES[code]
    return `${failed} of ${this.#results} messages of one batch failed, most of them with "${code}": ${meaning} ${advice} Then resume, or cancel. (The limit is ${percent} %: ERROR_PAUSE_PERCENT.)`
  }
}
