/**
 * What FCM has answered in one attempt, and what follows from it: results to record, a reason to stop, a reason to pause
 * the campaign, a platform to halt, and how long the batch waits before it is tried again.
 */
import type { PauseReason, Platform } from '../domain/campaign.ts'
import { DELIVERY_CODES } from '../domain/delivery-result.ts'
import type { Outcome } from '../domain/outcome.ts'
import { noOutcomes, type OutcomeCounts } from '../process/counters.ts'
import type { DeviceResult } from '../results/result-writer.ts'
import type { Recorded } from './batch-so-far.ts'
import type { BatchDevice, Claim } from './batch-store.ts'
import { type ErrorLimits, ErrorWatch } from './error-watch.ts'
import { PlatformWatch } from './platform-watch.ts'
import type { AttemptFacts, Stop } from './release-batch.ts'
import { isLastPass, type RetryPolicy, retryDelayMs } from './retry-policy.ts'
import { type AttemptRules, settleOutcome } from './settle-outcome.ts'

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
  readonly #rules: AttemptRules
  readonly #errors: ErrorWatch
  readonly #platforms: PlatformWatch
  #complaint: { reason: PauseReason; detail: string } | undefined
  #tally = noOutcomes()
  #waitMs = 0
  #backOffMs = 0
  #hasPending = false
  /** Positions of the devices that were sent to and have no result. */
  readonly #tried = new Set<number>()

  constructor(claim: Claim, options: AnswersOptions) {
    this.#claim = claim
    this.#options = options
    this.#rules = { guarantee: claim.guarantee, isLast: isLastPass(claim, options.retry) }
    this.#errors = new ErrorWatch(options.errorLimits)
    this.#platforms = new PlatformWatch(claim.haltedPlatforms)
  }

  /** Why the campaign has to pause. The first reason is kept. */
  get complaint(): { reason: PauseReason; detail: string } | undefined {
    return this.#complaint
  }

  get facts(): Pick<AttemptFacts, 'waitMs' | 'backOffMs' | 'isOnlyHeld'> {
    return {
      waitMs: this.#waitMs,
      backOffMs: this.#backOffMs,
      isOnlyHeld: this.#platforms.waiting > 0 && !this.#hasPending,
    }
  }

  /** Positions of the devices that were sent to and have no result: they wait for the next pass. */
  get tried(): ReadonlySet<number> {
    return this.#tried
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

  /**
   * Returns false if the device keeps its turn in this pass: its message was refused because of us or of the project, and
   * says nothing about the device.
   */
  take({ id, position, platform, address }: BatchDevice, outcome: Outcome): boolean {
    this.#tally[outcome.kind] += 1
    if (outcome.kind === 'sent') this.#platforms.accepted(platform)
    const isAboutPlatform =
      outcome.kind === 'rejected' && DELIVERY_CODES[outcome.code].class === 'push_credential'
    const hasResult =
      !(isAboutPlatform && this.#platforms.refused({ id, position }, platform)) &&
      this.#settle(id, outcome, address)
    if (hasResult) return true
    if (outcome.kind === 'blocked' || (outcome.kind === 'retry_later' && outcome.scope === 'project'))
      return false
    this.#tried.add(position)
    return true
  }

  /** False: what has been refused waits for the next pass, like a 503. `left`: devices that this pass has still to send to. */
  mayJudge(left: number): boolean {
    return left === 0 || this.#rules.isLast
  }

  /** Platforms that have refused messages in this attempt and accepted none. */
  get doubtedPlatforms(): Platform[] {
    return this.#platforms.doubted
  }

  /** An earlier attempt has sent to this platform. */
  platformWorks(platform: Platform): void {
    this.#platforms.accepted(platform)
  }

  /** Too many of this attempt's few messages have failed. Judge them with those of the batch: `judgeErrors`. */
  get areErrorsSuspicious(): boolean {
    return this.#errors.isSuspicious
  }

  /** With all results of the batch that are recorded, those of this attempt included. */
  judgeErrors(recorded: readonly Recorded[]): void {
    const errors = new ErrorWatch(this.#options.errorLimits)
    for (const { count, ...result } of recorded) errors.add(result, count)
    const detail = errors.complaint()
    if (detail !== null) this.complain('too_many_errors', detail, 'too_many_errors')
  }

  /** Call this when all answers have arrived. Returns the platforms to halt; where a platform is not at fault, its refused devices fail. */
  judgePlatforms(): Platform[] {
    const { halted, failed } = this.#platforms.verdict(this.#rules.isLast)
    for (const { id, position } of failed) {
      this.#tried.delete(position)
      this.#settle(id, { kind: 'rejected', code: 'third_party_auth_error' })
    }
    return halted
  }

  /** The campaign cannot go on until an operator has acted. */
  complain(reason: PauseReason, detail: string, stop: Stop): void {
    this.#complaint ??= { reason, detail }
    this.#options.stop(stop)
  }

  /** Delays the next attempt as if FCM had asked for it: this one failed because of us. */
  backOff(): void {
    this.waitAtLeast(retryDelayMs(this.#claim.spent, this.#options.retry))
  }

  waitAtLeast(ms: number): void {
    this.#waitMs = Math.max(this.#waitMs, ms)
  }

  /** Returns whether the device has a result now. `sentTo`: what FCM was asked about. */
  #settle(deviceId: number, outcome: Outcome, sentTo: string | null = null): boolean {
    const result = settleOutcome(outcome, this.#rulesFor(outcome))
    if (result === null) this.#hasPending = true
    else {
      this.#errors.add(result)
      // In the last pass no other address can be tried any more.
      const isOver = this.#rules.isLast || result.addressIsDead === 'no'
      this.#options.record({ deviceId, ...result, ...(!isOver && sentTo !== null && { sentTo }) })
      const detail = this.#errors.complaint()
      if (detail !== null) this.complain('too_many_errors', detail, 'too_many_errors')
    }
    if (outcome.kind === 'blocked') {
      const { meaning, advice } = DELIVERY_CODES[outcome.code]
      this.complain(outcome.code, `${meaning} ${advice} ${outcome.detail}`, 'blocked')
    } else if (outcome.kind === 'retry_later') {
      this.#retryLater(outcome)
    } else if (outcome.kind === 'in_doubt' && result === null) {
      this.#retryDevice(retryDelayMs(this.#claim.spent, this.#options.retry))
    }
    return result !== null
  }

  /** The project's quota says nothing about the device: only the age limit makes it final, not that this pass is the last. */
  #rulesFor(outcome: Outcome): AttemptRules {
    if (outcome.kind !== 'retry_later' || outcome.scope !== 'project') return this.#rules
    return { ...this.#rules, isLast: this.#claim.ageMs >= this.#options.retry.ageMs }
  }

  #retryDevice(delayMs: number): void {
    this.#backOffMs = Math.max(this.#backOffMs, delayMs)
  }

  #retryLater({ code, scope, afterMs }: Extract<Outcome, { kind: 'retry_later' }>): void {
    // Retry-After is a minimum and does not replace the back-off: a server that always says "1 s" would use up the
    // attempts in seconds. Two exceptions: a new access token is worth trying at once, and a quota's time is exact.
    const isExact = afterMs !== undefined && (code === 'credential_refused' || scope === 'project')
    const { spent } = this.#claim
    const delayMs = isExact ? afterMs : Math.max(afterMs ?? 0, retryDelayMs(spent, this.#options.retry))
    if (scope === 'device') {
      this.#retryDevice(delayMs)
      return
    }
    this.waitAtLeast(delayMs)
    this.#options.overQuota(delayMs)
  }
}
