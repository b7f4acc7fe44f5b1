/**
 * What FCM has answered in one attempt, and what follows from it: results to record, a reason to stop, a reason to pause
 * the campaign, a platform to halt, and how long the batch waits before it is tried again.
 */
import type { PauseReason, Platform } from '../domain/campaign.ts'
import { DELIVERY_CODES } from '../domain/delivery-result.ts'
import type { Outcome } from '../domain/outcome.ts'
import { noOutcomes, type OutcomeCounts } from '../process/counters.ts'
import type { DeviceResult } from '../results/record-results.ts'
import type { BatchDevice, Claim } from './batch-store.ts'
import { type ErrorLimits, ErrorWatch } from './error-watch.ts'
import { PlatformWatch } from './platform-watch.ts'
import type { AttemptFacts, Stop } from './release-batch.ts'
import { isLastAttempt, type RetryPolicy, retryDelayMs } from './retry-policy.ts'
import { settleOutcome } from './settle-outcome.ts'

export interface AnswersOptions {
  retry: RetryPolicy
  errorLimits: ErrorLimits
  record: (result: DeviceResult) => void
  stop: (why: Stop) => void
  /** A 429 for the whole project: no dispatcher may send for this long. */
  overQuota: (waitMs: number) => void
}

export class Answers {
  readonly #claim: Claim
  readonly #options: AnswersOptions
  readonly #rules: { guarantee: Claim['guarantee']; isLast: boolean }
  readonly #errors: ErrorWatch
  readonly #platforms: PlatformWatch
  #complaint: { reason: PauseReason; detail: string } | undefined
  #tally = noOutcomes()
  #delayMs = 0
  #hasPending = false
  #isDoubtful = false

  constructor(claim: Claim, options: AnswersOptions) {
    this.#claim = claim
    this.#options = options
    this.#rules = { guarantee: claim.guarantee, isLast: isLastAttempt(claim, options.retry) }
    this.#errors = new ErrorWatch(options.errorLimits)
    this.#platforms = new PlatformWatch(claim.haltedPlatforms)
  }

  /** Why the campaign has to pause. The first reason is kept. */
  get complaint(): { reason: PauseReason; detail: string } | undefined {
    return this.#complaint
  }

  get facts(): Omit<AttemptFacts, 'stop'> {
    return {
      delayMs: this.#delayMs,
      isDoubtful: this.#isDoubtful,
      isOnlyHeld: this.#platforms.waiting > 0 && !this.#hasPending,
      wasRefused: this.#platforms.wasRefused,
    }
  }

  /** Returns true if the device's platform waits for an operator: nothing is sent to it. */
  holdsBack({ platform }: BatchDevice): boolean {
    return this.#platforms.holdsBack(platform)
  }

  /** Returns the outcomes since the last call. */
  takeTally(): OutcomeCounts {
    const tally = this.#tally
    this.#tally = noOutcomes()
    return tally
  }

  take({ id, platform }: BatchDevice, outcome: Outcome): void {
    this.#tally[outcome.kind] += 1
    if (outcome.kind === 'sent') this.#platforms.accepted(platform)
    const isAboutPlatform =
      outcome.kind === 'rejected' && DELIVERY_CODES[outcome.code].class === 'push_credential'
    if (!isAboutPlatform || !this.#platforms.refused(id, platform)) this.#settle(id, outcome)
  }

  /** Call this when all answers have arrived. Returns the platforms to halt; where a platform is not at fault, its refused devices fail. */
  judgePlatforms(): Platform[] {
    const { halted, failed } = this.#platforms.verdict(this.#rules.isLast)
    for (const deviceId of failed) {
      this.#settle(deviceId, { kind: 'rejected', code: 'third_party_auth_error' })
    }
    return halted
  }

  /** The campaign cannot go on until an operator has acted. */
  complain(reason: PauseReason, detail: string, stop: Stop): void {
    this.#complaint ??= { reason, detail }
    this.#options.stop(stop)
  }

  /** Delays the next attempt as if FCM had asked for it: this one failed because of us or of PostgreSQL. */
  backOff(): void {
    this.#delayMs = Math.max(this.#delayMs, retryDelayMs(this.#claim.spent, this.#options.retry))
  }

  #settle(deviceId: number, outcome: Outcome): void {
    const result = settleOutcome(outcome, this.#rules)
    if (result === null) this.#hasPending = true
    else {
      this.#errors.add(result)
      this.#options.record({ deviceId, ...result })
      const detail = this.#errors.complaint()
      if (detail !== null) this.complain('too_many_errors', detail, 'too_many_errors')
    }
    if (outcome.kind === 'blocked') {
      const { meaning, advice } = DELIVERY_CODES[outcome.code]
      this.complain(outcome.code, `${meaning} ${advice} ${outcome.detail}`, 'blocked')
    } else if (outcome.kind === 'retry_later') {
      this.#retryLater(outcome)
    } else if (outcome.kind === 'in_doubt' && result === null) {
      this.#isDoubtful = true
      this.backOff()
    }
  }

  #retryLater({ code, scope, afterMs }: Extract<Outcome, { kind: 'retry_later' }>): void {
    // Retry-After is a minimum and does not replace the back-off: a server that always says "1 s" would use up the
    // attempts in seconds. Two exceptions: a new access token is worth trying at once, and a quota's time is exact.
    const isExact = afterMs !== undefined && (code === 'credential_refused' || scope === 'project')
    const { spent } = this.#claim
    const delayMs = isExact ? afterMs : Math.max(afterMs ?? 0, retryDelayMs(spent, this.#options.retry))
    this.#delayMs = Math.max(this.#delayMs, delayMs)
    if (scope === 'project') this.#options.overQuota(delayMs)
  }
}
