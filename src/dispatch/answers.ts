/**
 * What FCM has answered in one attempt, and what follows from it: results to record, a reason to stop, a reason to pause
 * the campaign, a platform to halt, and how long the batch waits before it is tried again.
 */
import type { Platform } from '../domain/campaign.ts'
import { DELIVERY_CODES, type DeliveryCode, howToGoOn } from '../domain/delivery-result.ts'
import type { Outcome } from '../domain/outcome.ts'
import { noOutcomes, type OutcomeCounts } from '../process/counters.ts'
import { withoutAddress } from '../push/fcm/said-by-fcm.ts'
import type { DeviceResult } from '../results/result-writer.ts'
import { AddressWatch } from './address-watch.ts'
import type { Recorded } from './batch-so-far.ts'
import type { BatchDevice, Claim } from './batch-store.ts'
import type { Complaint } from './complaint.ts'
import { type ErrorLimits, ErrorWatch } from './error-watch.ts'
import { type PlatformCode, PlatformWatch } from './platform-watch.ts'
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
  /** What FCM said: for each code of this attempt the first answer. */
  said: (code: DeliveryCode, detail: string) => void
  /** So many addresses were refused that the list may be wrong. Called once. */
  doubtAddresses: () => void
}

export class Answers {
  readonly #claim: Claim
  readonly #options: AnswersOptions
  readonly #rules: AttemptRules
  readonly #errors: ErrorWatch
  readonly #platforms: PlatformWatch
  readonly #addresses = new AddressWatch()
  /** By code. */
  readonly #said = new Map<DeliveryCode, string>()
  #complaint: Complaint | undefined
  #doubtsAddresses = false
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
  get complaint(): Complaint | undefined {
    return this.#complaint
  }

  /** What FCM said first, in this attempt. */
  saidOf(code: DeliveryCode): string | undefined {
    return this.#said.get(code)
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
    else this.#keepSaid(outcome, address)
    const code = aboutPlatform(outcome)
    const waits = code !== null && this.#platforms.refused({ id, position, code }, platform)
    const hasResult = !waits && this.#settle(id, outcome, address)
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
    this.#complainOf(errors)
  }

  /** How many addresses FCM called invalid, if it accepted none: 0 if there is nothing to judge (judgeAddresses). */
  get suspiciousAddresses(): number {
    return this.#claim.judgesAddresses && this.#addresses.isSuspicious ? this.#addresses.refused : 0
  }

  /** Call this when all answers have arrived. Returns the platforms to halt; where a platform is not at fault, its refused devices fail. */
  judgePlatforms(): Platform[] {
    const { halted, failed } = this.#platforms.verdict(this.#rules.isLast)
    for (const { id, position, code } of failed) {
      this.#tried.delete(position)
      this.#settle(id, { kind: 'rejected', code })
    }
    return halted
  }

  /** The campaign cannot go on until an operator has acted. */
  complain(complaint: Complaint, stop: Stop): void {
    this.#complaint ??= complaint
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
      this.#addresses.add(result)
      // In the last pass no other address can be tried any more.
      const isOver = this.#rules.isLast || result.addressIsDead === 'no'
      this.#options.record({ deviceId, ...result, ...(!isOver && sentTo !== null && { sentTo }) })
      this.#complainOf(this.#errors)
      this.#lookAtAddresses()
    }
    if (outcome.kind === 'blocked') {
      const { code } = outcome
      const said = withoutAddress(outcome.detail, sentTo ?? '')
      const detail = `${DELIVERY_CODES[code].meaning} ${said}`
      this.complain({ reason: code, detail, advice: howToGoOn(code) }, 'blocked')
    } else if (outcome.kind === 'retry_later') {
      this.#retryLater(outcome)
    } else if (outcome.kind === 'in_doubt' && result === null) {
      this.#retryDevice(retryDelayMs(this.#claim.spent, this.#options.retry))
    }
    return result !== null
  }

  #complainOf(errors: ErrorWatch): void {
    const complaint = errors.complaint()
    if (complaint !== null) this.complain(complaint, 'too_many_errors')
  }

  #lookAtAddresses(): void {
    if (this.#doubtsAddresses || !this.#claim.judgesAddresses || !this.#addresses.isConvinced) return
    this.#doubtsAddresses = true
    this.#options.doubtAddresses()
  }

  #keepSaid(outcome: Outcome, address: string | null): void {
    if (!('detail' in outcome) || outcome.kind === 'blocked' || this.#said.has(outcome.code)) return
    const said = withoutAddress(outcome.detail ?? '', address ?? '')
    if (said === '') return
    this.#said.set(outcome.code, said)
    this.#options.said(outcome.code, said)
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

/** The code of a refusal that may concern the platform of the device rather than the device. */
function aboutPlatform(outcome: Outcome): PlatformCode | null {
  return outcome.kind === 'rejected' && isPlatformCode(outcome.code) ? outcome.code : null
}

function isPlatformCode(code: DeliveryCode): code is PlatformCode {
  const { class: kind } = DELIVERY_CODES[code]
  return kind === 'push_setup' || kind === 'push_device'
}
