/**
 * One attempt at a claimed batch.
 *
 *   load devices → check them now → per window: reserve quota → (mark launched) → send in slices → record → end
 *
 * This bounds what a crash can repeat: a slice leaves only while fewer than SLICES_OPEN slices are in flight or not
 * yet written. A slow database therefore slows sending down, instead of piling up results.
 */
import { setTimeout as wait } from 'node:timers/promises'
import type { PauseReason, Platform } from '../domain/campaign.ts'
import { keepTrying } from '../postgres/keep-trying.ts'
import type { Pool } from '../postgres/pool.ts'
import { addOutcomes } from '../process/counters.ts'
import type { Logger } from '../process/logger.ts'
import { type Budget, openBudget, reserve, slowDown } from '../projects/rate-limit.ts'
import { collapseIdOf, compileMessage, type FcmMessage } from '../push/fcm-message.ts'
import type { PushSender } from '../push/push-sender.ts'
import { ResultRecorder } from '../results/record-results.ts'
import { Answers } from './answers.ts'
import {
  type BatchDevice,
  type Claim,
  endAttempt,
  loadDevices,
  markLaunched,
  recountCanceled,
} from './batch-store.ts'
import type { ErrorLimits } from './error-watch.ts'
import type { FcmBreaker } from './fcm-breaker.ts'
import { releaseAfter, type Stop } from './release-batch.ts'
import { isPoisoned, type RetryPolicy } from './retry-policy.ts'
import { resultBeforeSending } from './settle-outcome.ts'

export interface AttemptDeps {
  pool: Pool
  sender: PushSender
  retry: RetryPolicy
  leaseMs: number
  recordChunk: number
  project: Budget
  breaker: FcmBreaker
  errorLimits: ErrorLimits
  haltPlatform: (campaignId: string, platform: Platform) => Promise<boolean>
  pauseCampaign: (campaignId: string, reason: PauseReason, detail: string) => Promise<unknown>
  /** Aborted when the process has no time left to wait for the database. */
  giveUp: AbortSignal
  log: Logger
}

/** `not_owned`: another process has the batch, or its campaign is not sending. */
export type AttemptEnd = 'done' | 'planned' | 'canceled' | 'not_owned'

type Sendable = BatchDevice & { token: string }

/** For longer waits for quota the batch is released and waits in PostgreSQL. */
const LONGEST_QUOTA_WAIT_MS = 2_000
/** at_most_once: a crash leaves at most this many devices of a batch in doubt. */
export const CAREFUL_WINDOW = 100
const FEWEST_AT_ONCE = 100
/** Slices of one record chunk each: one being written, one being answered, one being sent. */
export const SLICES_OPEN = 3

export class Attempt {
  readonly #claim: Claim
  readonly #deps: AttemptDeps
  readonly #recorder: ResultRecorder
  readonly #answers: Answers
  readonly #halt = new AbortController()
  #stop: Stop | undefined
  /** How long the rate limit asked to wait. */
  #quotaWaitMs = 0
  #onTheirWay = 0
  #wake: () => void = () => {}

  constructor(claim: Claim, deps: AttemptDeps) {
    this.#claim = claim
    this.#deps = deps
    const { campaignId, seq, attempt } = claim
    this.#recorder = new ResultRecorder(deps.pool, {
      campaignId,
      seq,
      attempt,
      leaseMs: deps.leaseMs,
      chunk: deps.recordChunk,
      onFenced: () => this.stop('fenced'),
      onWritten: () => {
        if (this.#recorder.failure !== undefined) this.stop('cannot_record')
        this.#wake()
      },
      giveUp: deps.giveUp,
      log: deps.log,
    })
    this.#answers = new Answers(claim, {
      ...deps,
      record: (result) => this.#recorder.add(result),
      stop: (why) => this.stop(why),
      overQuota: (waitMs) => this.#overQuota(waitMs),
    })
  }

  /** Messages that were passed to the sender and are not answered yet. */
  get onTheirWay(): number {
    return this.#onTheirWay
  }

  /** No further request starts. Messages in flight are awaited and recorded. */
  stop(why: Stop): void {
    this.#stop ??= why
    this.#halt.abort()
    this.#wake()
  }

  async run(): Promise<AttemptEnd> {
    const { campaignId, seq } = this.#claim
    try {
      const sendable = this.#checkNow(await loadDevices(this.#deps.pool, this.#claim))
      if (sendable.length > 0 && !(await this.#deps.breaker.attempt(() => this.#send(sendable)))) {
        this.stop('fcm_down')
      }
      await this.#haltPlatforms()
    } catch (error) {
      // Messages that left have been awaited; the rest is released unspent, because FCM was not asked.
      this.#deps.log.warn({ err: error, campaignId, seq }, 'an attempt was aborted')
      this.#answers.backOff()
      this.stop('database_down')
    }
    try {
      await this.#recorder.flush()
    } catch (error) {
      // Sent and not recordable: each further attempt would send again, so the campaign must wait for a person.
      const detail = `Results could not be written: ${(error as Error).message}. Fix the database, then resume.`
      if (!this.#deps.giveUp.aborted) await this.#deps.pauseCampaign(campaignId, 'cannot_record', detail)
      throw error
    }
    const { complaint } = this.#answers
    if (complaint !== undefined) {
      await this.#deps.pauseCampaign(campaignId, complaint.reason, complaint.detail)
    }
    return await this.#end()
  }

  async #haltPlatforms(): Promise<void> {
    const { haltPlatform, log } = this.#deps
    const { campaignId } = this.#claim
    for (const platform of this.#answers.judgePlatforms()) {
      if (!(await haltPlatform(campaignId, platform))) continue
      log.warn({ campaignId, platform }, 'FCM cannot sign in to a push service: its devices wait')
    }
  }

  /** Records a result for devices that must not be sent to, and returns the others. */
  #checkNow(devices: BatchDevice[]): Sendable[] {
    const { campaignId, seq } = this.#claim
    const poisoned = isPoisoned(this.#claim, this.#deps.retry)
    if (poisoned) this.#deps.log.error({ campaignId, seq }, 'a batch used up its attempts')
    const sendable: Sendable[] = []
    for (const device of devices) {
      const result = resultBeforeSending(device, poisoned ? Number.POSITIVE_INFINITY : this.#claim.launched)
      if (result === null) {
        if (!this.#answers.holdsBack(device)) sendable.push(device as Sendable)
      } else this.#recorder.add({ deviceId: device.id, ...result })
    }
    return sendable
  }

  async #send(devices: Sendable[]): Promise<void> {
    const { message, guarantee, chainId } = this.#claim
    const compiled = compileMessage(message, collapseIdOf(chainId))
    const budgets = await this.#budgets()
    const isCareful = guarantee === 'at_most_once'
    const perMinute = Math.min(...budgets.map((budget) => budget.perMinute))
    const windowSize = Math.min(devices.length, windowFor(perMinute), isCareful ? CAREFUL_WINDOW : 500)
    const rounds: Promise<void>[] = []
    try {
      for (let first = 0; first < devices.length; first += windowSize) {
        const window = devices.slice(first, first + windowSize)
        if (isCareful) {
          // The results of the last window must be stored before the next one is marked as launched.
          await Promise.all(rounds)
          await this.#recorder.flush()
        }
        if (!(await this.#mayLeave(budgets, window))) return
        for (let at = 0; at < window.length; at += this.#deps.recordChunk) {
          const slice = window.slice(at, at + this.#deps.recordChunk)
          if (!(await this.#hasRoomFor(slice.length))) return
          rounds.push(this.#launch(compiled, slice))
        }
      }
    } finally {
      await Promise.all(rounds)
    }
  }

  /** The project's budget first: a refused campaign costs the project a few slots; a refused project would cost the campaign its only one. */
  async #budgets(): Promise<Budget[]> {
    const { campaignId, ratePerMinute } = this.#claim
    if (ratePerMinute === null) return [this.#deps.project]
    const key = `campaign:${campaignId}`
    await openBudget(this.#deps.pool, key)
    return [this.#deps.project, { key, perMinute: ratePerMinute, rampSeconds: 0 }]
  }

  /** Waits for the window's turn. False: this attempt is over. */
  async #mayLeave(budgets: Budget[], window: Sendable[]): Promise<boolean> {
    const { pool } = this.#deps
    for (const budget of budgets) {
      if (this.#halt.signal.aborted) return false
      const { isGranted, waitMs } = await reserve(pool, budget, window.length, LONGEST_QUOTA_WAIT_MS)
      if (!isGranted) {
        this.#quotaWaitMs = waitMs
        this.stop('waiting_for_quota')
        return false
      }
      if (waitMs > 0) await wait(waitMs, undefined, { signal: this.#halt.signal }).catch(() => undefined)
    }
    if (this.#halt.signal.aborted) return false
    if (this.#claim.guarantee === 'at_most_once') {
      const last = (window.at(-1) as Sendable).position
      if (!(await markLaunched(pool, this.#claim, last))) this.stop('fenced')
    }
    return !this.#halt.signal.aborted
  }

  /** Waits until a crash would not repeat more than the bound. False: this attempt is over. */
  async #hasRoomFor(messages: number): Promise<boolean> {
    const limit = SLICES_OPEN * this.#deps.recordChunk
    while (
      !this.#halt.signal.aborted &&
      (this.#recorder.isStuck || this.#onTheirWay + this.#recorder.unwritten + messages > limit)
    ) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    return !this.#halt.signal.aborted
  }

  /** Never rejects: if the sender could not make a request, that is logged and the batch is tried again. */
  async #launch(message: FcmMessage, slice: Sendable[]): Promise<void> {
    this.#onTheirWay += slice.length
    try {
      await this.#deps.sender.send(
        { message, tokens: slice.map((device) => device.token) },
        {
          signal: this.#halt.signal,
          report: (index, outcome) => {
            this.#onTheirWay -= 1
            this.#answers.take(slice[index] as Sendable, outcome)
            this.#wake()
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
    }
    addOutcomes(this.#answers.takeTally())
  }

  /** Slows down the whole project, not only this batch. A lost update costs one more 429. */
  #overQuota(waitMs: number): void {
    if (this.#stop === undefined) {
      slowDown(this.#deps.pool, this.#deps.project.key, waitMs).catch((error: Error) =>
        this.#deps.log.warn({ err: error }, 'the project could not be slowed down'),
      )
    }
    this.stop('over_quota')
  }

  async #end(): Promise<AttemptEnd> {
    const { pool, giveUp, log } = this.#deps
    const { campaignId, seq, attempt } = this.#claim
    const stop = this.#stop
    const { facts } = this.#answers
    const back = releaseAfter({ ...facts, stop, delayMs: Math.max(facts.delayMs, this.#quotaWaitMs) })
    const state = await keepTrying(() => endAttempt(pool, this.#claim, back), {
      what: 'end an attempt',
      giveUp,
      log,
    })
    if (stop !== undefined) log.debug({ campaignId, seq, attempt, stop, state }, 'a batch was stopped')
    if (state === null) await recountCanceled(pool, this.#claim)
    return state ?? 'not_owned'
  }
}

/**
 * Messages that leave on one reservation: a whole batch at full rate; below, a tenth of a second's worth, which keeps
 * the rate even and leaves few messages in flight when a process is killed or PostgreSQL goes away. At least a hundred
 * (each reservation costs a statement), at most a second's worth.
 */
function windowFor(perMinute: number): number {
  const perSecond = Math.ceil(perMinute / 60)
  return Math.min(perSecond, Math.max(FEWEST_AT_ONCE, Math.ceil(perSecond / 10)))
}
