/**
 * One attempt at a claimed batch.
 *
 *   open the project's lane → load devices → check them now → per window: reserve quota → (mark launched) → send →
 *   record → end
 *
 * A window is handed to the sender as a whole, which starts its messages as its limit allows and none while results pile up
 * unwritten (results/result-writer.ts): that is what bounds how many messages a crash repeats.
 *
 * A device is looked up at most FRESH_MS before its message leaves (invariant 15). What the sender has not started by then
 * comes back and is looked up again: its member may have opted out while FCM was slow or the database away.
 */
import { notePushBack } from '../campaigns/note-push-back.ts'
import type { DeliveryCode } from '../domain/delivery-result.ts'
import { keepTrying } from '../postgres/keep-trying.ts'
import { isTransient } from '../postgres/pool.ts'
import { addOutcomes } from '../process/counters.ts'
import { ProjectError } from '../projects/project.ts'
import { slowDown } from '../projects/rate-limit.ts'
import type { PushMessage } from '../push/push-message.ts'
import type { ResultRecorder } from '../results/result-recorder.ts'
import type { ResultWriter } from '../results/result-writer.ts'
import { Answers } from './answers.ts'
import { type Claim, clearLaunched, endAttempt, markLaunched, recountCanceled } from './batch-store.ts'
import { DevicesLeft, type Hours, type Sendable } from './devices-left.ts'
import type { ErrorLimits } from './error-watch.ts'
import { Judge, type JudgeDeps } from './judge.ts'
import { MessageVariants } from './message-variants.ts'
import type { Lane } from './project-lanes.ts'
import { LONGEST_WAIT_MS, QuotaWait } from './quota-wait.ts'
import { releaseAfter, type Stop } from './release-batch.ts'
import type { RetryPolicy } from './retry-policy.ts'
import { ownBudget, windowSize } from './send-windows.ts'

export interface AttemptDeps extends JudgeDeps {
  /** Rejects with ProjectError when the project's settings cannot be used. */
  openLane: (projectId: number) => Promise<Lane>
  retry: RetryPolicy
  hours: Hours
  /** For tests: the time that is judged by, minus the database's. */
  clockShiftMs?: () => number
  writer: ResultWriter
  errorLimits: ErrorLimits
  keepSample: (claim: Claim, code: DeliveryCode, detail: string) => void
  /** Aborted when the process has no time left to wait for the database. */
  giveUp: AbortSignal
}

export type AttemptEnd = 'done' | 'planned' | 'canceled' | 'not_mine'

/** Of a probe, while the breaker is half open: one message says whether FCM answers. */
const PROBE_SIZE = 1
/** A message that was looked up longer ago does not leave. */
const FRESH_MS = 5_000
/** Devices are looked up again before a window is handed over when this time has passed, so that the sender has some left. */
const LOOK_AGAIN_MS = 2_000
/** How long the rest of a batch waits when PostgreSQL was unavailable. */
const AFTER_OUTAGE_MS = 500

export class Attempt {
  readonly #claim: Claim
  readonly #deps: AttemptDeps
  readonly #recorder: ResultRecorder
  readonly #answers: Answers
  readonly #judge: Judge
  readonly #devices: DevicesLeft
  readonly #variants: MessageVariants
  readonly #halt = new AbortController()
  readonly #quota: QuotaWait
  #lane: Lane | undefined
  #stop: Stop | undefined
  #inFlight = 0

  constructor(claim: Claim, deps: AttemptDeps) {
    this.#claim = claim
    this.#deps = deps
    this.#quota = new QuotaWait(deps.pool, this.#halt.signal)
    this.#recorder = deps.writer.open(claim, {
      onFenced: () => this.stop('taken_over'),
      onFailed: () => this.stop('cannot_record'),
    })
    this.#answers = new Answers(claim, {
      ...deps,
      record: (result) => this.#recorder.add(result),
      stop: (why) => this.stop(why),
      overQuota: (waitMs) => this.#overQuota(waitMs),
      said: (code, detail) => deps.keepSample(claim, code, detail),
      doubtAddresses: () => this.#judge.doubtAddresses(),
    })
    this.#judge = new Judge(claim, this.#answers, deps)
    this.#devices = new DevicesLeft(claim, {
      ...deps,
      record: (result) => this.#recorder.add(result),
      holdsBack: (device) => this.#answers.holdsBack(device),
      leadMs: () => this.#lane?.sender.leadMs ?? 0,
    })
    this.#variants = new MessageVariants(claim, deps.hours.zone)
  }

  get lane(): Lane | undefined {
    return this.#lane
  }

  /** Messages that were handed to the sender and are not answered yet. */
  get inFlight(): number {
    return this.#inFlight
  }

  get priority(): number {
    return this.#claim.priority
  }

  /** Its campaign has a rate of its own. */
  get isRated(): boolean {
    return this.#claim.ratePerMinute !== null
  }

  /** Whose rate limit it waits for now. */
  get waitsFor(): 'project' | 'campaign' | null {
    return this.#quota.waitsFor
  }

  /** Starts no further request. Requests in flight are awaited and recorded. */
  stop(why: Stop): void {
    this.#stop ??= why
    this.#halt.abort()
  }

  async run(): Promise<AttemptEnd> {
    const { campaignId, seq, projectId, skipCode } = this.#claim
    try {
      // To record why nothing is sent, neither a credential nor quota is needed.
      if (skipCode === null) this.#lane = await this.#deps.openLane(projectId)
      await this.#devices.look()
      if (this.#lane !== undefined) await this.#sendAll(this.#lane)
      await this.#judge.haltPlatforms(this.#devices.count)
    } catch (error) {
      if (error instanceof ProjectError) {
        const detail = `${error.message} Then resume, or cancel.`
        this.#answers.complain({ reason: 'project_misconfigured', detail }, 'blocked')
      } else {
        // Requests in flight have been awaited. The rest is released unspent: nothing was wrong with FCM.
        this.#deps.log.warn({ err: error, campaignId, seq }, 'an attempt was interrupted')
        // A statement that fails for a lasting reason must not be asked for again and again.
        if (isTransient(error)) this.#answers.waitAtLeast(AFTER_OUTAGE_MS)
        else this.#answers.backOff()
        this.stop('database_unavailable')
      }
    }
    try {
      await this.#recorder.flush()
    } catch (error) {
      // Sent, but not recordable: every further attempt would send again, so the campaign must wait for
      // an operator. After that its owner abandons the batch, and maintenance takes it back.
      const detail = `Results could not be written: ${(error as Error).message}. Fix the database, then resume.`
      if (!this.#deps.giveUp.aborted) await this.#deps.pauseCampaign(campaignId, 'cannot_record', detail)
      throw error
    } finally {
      this.#recorder.close()
    }
    await this.#judge.conclude()
    return await this.#end()
  }

  async #sendAll(lane: Lane): Promise<void> {
    while (this.#devices.count > 0 && !this.#halt.signal.aborted) {
      const wasSent = await lane.breaker.attempt((isProbe) =>
        this.#send(lane, isProbe ? PROBE_SIZE : Number.POSITIVE_INFINITY),
      )
      if (!wasSent) this.stop('fcm_down')
    }
  }

  /** Sends to at most `most` devices. What the sender has not started in time is left: call it again. */
  async #send(lane: Lane, most: number): Promise<void> {
    const rounds: Promise<void>[] = []
    let sent = 0
    try {
      while (this.#devices.count > 0 && sent < most) {
        const size = Math.min(windowSize(this.#devices.count, lane.budget, this.#claim), most - sent)
        if (this.#claim.guarantee === 'at_most_once') {
          // The results of the last window must be recorded before the next one is marked as launched.
          await Promise.all(rounds)
          await this.#recorder.flush()
        }
        if (!(await this.#mayLeave(lane, size))) return
        if (this.#devices.ageMs > LOOK_AGAIN_MS) await this.#devices.look()
        const window = await this.#devices.take(size)
        if (window.length === 0 || !(await this.#markLaunched(window))) return
        sent += window.length
        for (const part of this.#variants.partsOf(window))
          rounds.push(this.#launch(part.message, part.devices, lane))
      }
    } finally {
      await Promise.all(rounds)
    }
  }

  /** Waits until as many messages may be sent. Returns false if this attempt has to end. */
  async #mayLeave(lane: Lane, messages: number): Promise<boolean> {
    if (!(await this.#quota.reserve(lane.quota, this.#claim, ownBudget(this.#claim), messages))) {
      lane.refuse(this.#quota.projectRefusesMs)
      this.stop('waiting_for_quota')
    }
    return !this.#halt.signal.aborted
  }

  /** Returns false, and gives the window back, if it must not be sent. */
  async #markLaunched(window: Sendable[]): Promise<boolean> {
    if (this.#claim.guarantee === 'at_most_once') {
      const positions = window.map(({ position }) => position)
      const isMine = await markLaunched(this.#deps.pool, this.#claim, positions).catch(
        async (error: unknown) => {
          await this.#devices.giveBack(window)
          throw error
        },
      )
      if (!isMine) this.stop('taken_over')
    }
    if (!this.#halt.signal.aborted) return true
    await this.#devices.giveBack(window)
    return false
  }

  /** Never rejects: if the sender could not attempt anything, that is logged and the batch is tried again. */
  async #launch(message: PushMessage, window: Sendable[], lane: Lane): Promise<void> {
    const end = this.#devices.endOf(window)
    const freshMs = Math.min(FRESH_MS - this.#devices.ageMs, this.#devices.msUntil(end))
    // PostgreSQL has taken that long to mark the window as launched, or a night has begun since.
    if (freshMs <= 0) return await this.#devices.giveBack(window)
    this.#inFlight += window.length
    let unanswered = window.length
    const unsent = new Set(window)
    const stale = new AbortController()
    const timer = setTimeout(() => stale.abort(), freshMs)
    try {
      await lane.sender.send(
        { message, addresses: window },
        {
          signal: AbortSignal.any([this.#halt.signal, stale.signal]),
          // The timer comes late when this process is busy, and a night must not begin late.
          ...(end !== Number.POSITIVE_INFINITY && { mayStart: () => this.#devices.msUntil(end) > 0 }),
          report: (index, outcome) => {
            this.#inFlight -= 1
            unanswered -= 1
            if (lane.breaker.isDownAfter(outcome)) this.stop('fcm_down')
            const device = window[index] as Sendable
            this.#devices.caps?.answered(device, outcome)
            if (this.#answers.take(device, outcome)) unsent.delete(device)
          },
        },
      )
    } catch (error) {
      this.#deps.log.error(
        { err: error, campaignId: this.#claim.campaignId },
        'a batch could not be attempted',
      )
      this.#answers.backOff()
      this.stop('not_attempted')
    } finally {
      clearTimeout(timer)
    }
    // Those that were never started are not reported.
    this.#inFlight -= unanswered
    await this.#devices.giveBack([...unsent])
    const tally = this.#answers.takeTally()
    addOutcomes(tally)
    addOutcomes(tally, lane.outcomes)
  }

  /** Makes the whole project wait, not just this batch. A lost update costs one more 429. */
  #overQuota(waitMs: number): void {
    if (this.#stop === undefined && this.#lane !== undefined) {
      this.#lane.refuse(waitMs - LONGEST_WAIT_MS)
      slowDown(this.#deps.pool, this.#lane.budget.key, waitMs).catch((error: Error) =>
        this.#deps.log.warn({ err: error }, 'the project could not be slowed down'),
      )
      notePushBack(this.#deps.pool, this.#claim.campaignId).catch((error: Error) =>
        this.#deps.log.warn({ err: error }, 'it could not be noted that FCM has asked for fewer messages'),
      )
    }
    this.stop('over_quota')
  }

  async #end(): Promise<AttemptEnd> {
    const { pool, giveUp, log } = this.#deps
    const { campaignId, seq, attempt } = this.#claim
    const stop = this.#stop
    const { facts, tried } = this.#answers
    const back = releaseAfter({
      stop,
      waitMs: Math.max(facts.waitMs, this.#quota.refusedMs, this.#lane?.breaker.waitMs ?? 0),
      backOffMs: facts.backOffMs,
      left: this.#devices.count,
      passed: [...this.#devices.passed, ...tried],
      triedNow: tried.size,
      isOnlyHeld: facts.isOnlyHeld && this.#devices.waitingForNextPass === 0,
      opensInMs: this.#devices.opensInMs,
    })
    const { hasLooked } = this.#devices
    await this.#devices.settleUses(giveUp)
    const state = await keepTrying(
      () => endAttempt(pool, this.#claim, { ...back, hasLooked, ...this.#recorder.sentBetween }),
      { what: 'end an attempt', giveUp, log },
    )
    if (stop !== undefined) log.debug({ campaignId, seq, attempt, stop, state }, 'a batch was stopped')
    if (state === null) {
      if (this.#claim.guarantee === 'at_most_once' && hasLooked) await clearLaunched(pool, this.#claim)
      await recountCanceled(pool, this.#claim)
    }
    return state ?? 'not_mine'
  }
}
