/**
 * Notices that a campaign fails for a reason of its own, so that it pauses instead of burning through its audience.
 * Dead tokens do not count: they say something about the list, not about the campaign.
 */
import { DELIVERY_CODES, type DeliveryCode } from '../results/delivery-code.ts'
import type { Result } from './settle-outcome.ts'

/** Results of one attempt before its share says anything. */
const ENOUGH = 100
const TOLERATED_SHARE = 0.5
const HARMLESS: readonly DeliveryCode[] = ['unregistered', 'invalid_token']

export class ErrorWatch {
  #results = 0
  readonly #failures = new Map<DeliveryCode, number>()

  add({ state, code }: Result): void {
    if (state === 'skipped' || HARMLESS.includes(code)) return
    this.#results += 1
    if (state === 'failed') this.#failures.set(code, (this.#failures.get(code) ?? 0) + 1)
  }

  /** A sentence for the admin when too many fail, else null. */
  complaint(): string | null {
    const failed = [...this.#failures.values()].reduce((sum, count) => sum + count, 0)
    if (this.#results < ENOUGH || failed <= this.#results * TOLERATED_SHARE) return null
    const [code] = [...this.#failures].sort((a, b) => b[1] - a[1])[0] ?? ['unspecified' as DeliveryCode]
    const { meaning, advice } = DELIVERY_CODES[code]
    return `${failed} of ${this.#results} messages of one batch failed, most of them with "${code}": ${meaning} ${advice}`
  }
}
