/**
 * One attempt at a batch that was claimed.
 *
 *   load devices → check them now → per window: reserve quota → (mark launched) → send in slices → record → end
 *
 * How much a crash can repeat is bounded here: a slice leaves only while less than SLICES_OPEN of them are on their
 * way or not yet written. A database that is slow thus slows the sending down, instead of piling up results.
 */
import { setTimeout as wait } from 'node:timers/promises'
import type { PauseReason, Platform } from '../domain/campaign.ts'
import { patiently } from '../postgres/keep-trying.ts'
import type { Pool } from '../postgres/pool.ts'
import { addOutcomes } from '../process/counters.ts'
import type { Logger } from '../process/logger.ts'
import { type Budget, openBudget, reserve, slowDown } from '../projects/rate-limit.ts'
import { collapseIdOf, compileMessage, type FcmMessage } from '../push/fcm/fcm-message.ts'
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

export type AttemptEnd = 'done' | 'planned' | 'canceled' | 'not mine'

type Sendable = BatchDevice & { token: string }

/** Longer wait for quota are spent in PostgreSQL, not in a dispatcher's hands. */
const LONGEST_QUOTA_WAIT_MS = 2_000
/** at_most_once: what a crash leaves in doubt is at most this many devices a batch. */
export const CAREFUL_WINDOW = 100
const FEWEST_AT_ONCE = 100
/** Slices of a record chunk each: one being written, one being answered, one on its way. */
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
      onFenced: () => this.stop('taken over'),
      onWritten: () => {
        if (this.#recorder.failure !== undefined) this.stop('cannot record')
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

  /** Messages that were handed to the sender and are not answered yet. */
  get onTheirWay(): number {
    return this.#onTheirWay
  }

  /** No further request starts. What is on its way is awaited and recorded. */
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
        this.stop('FCM is down')
      }
      await this.#haltPlatforms()
    } catch (error) {
      // What was let go has been awaited; the rest is released unspent, since FCM was not even asked.
      this.#deps.log.warn({ err: error, campaignId, seq }, 'an attempt was broken off')
      this.#answers.backOff()
      this.stop('database away')
    }
    try {
      await this.#recorder.flush()
    } catch (error) {
      // Sent and not recordable: every further attempt would send again, so nobody must try before a person has looked.
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

  /** Gives those that must not be sent to their result at once; returns the others. */
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
          // What the last window left must be written down before the next one is marked as launched.
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

  /** The project's first: a refused campaign costs the project a few slots, a refused project would cost the campaign its only one. */
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
      if (!(await markLaunched(pool, this.#claim, last))) this.stop('taken over')
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

  /** Never rejects: a sender that could not even try has said so in the log, and the batch comes again. */
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
      this.stop('not attempted')
    }
    addOutcomes(this.#answers.takeTally())
  }

  /** The whole project waits, not just this batch. A lost update costs one more 429. */
  #overQuota(waitMs: number): void {
    if (this.#stop === undefined) {
      slowDown(this.#deps.pool, this.#deps.project.key, waitMs).catch((error: Error) =>
        this.#deps.log.warn({ err: error }, 'the project could not be slowed down'),
      )
    }
    this.stop('over quota')
  }

  async #end(): Promise<AttemptEnd> {
    const { pool, giveUp, log } = this.#deps
    const { campaignId, seq, attempt } = this.#claim
    const stop = this.#stop
    const { facts } = this.#answers
    const back = releaseAfter({ ...facts, stop, delayMs: Math.max(facts.delayMs, this.#quotaWaitMs) })
    const state = await patiently(() => endAttempt(pool, this.#claim, back), {
      what: 'end an attempt',
      giveUp,
      log,
    })
    if (stop !== undefined) log.debug({ campaignId, seq, attempt, stop, state }, 'a batch was stopped')
    if (state === null) await recountCanceled(pool, this.#claim)
    return state ?? 'not mine'
  }
}

/**
 * Messages that leave on one reservation: a batch at full rate, a tenth of a second's worth below, so that the rate is kept
 * evenly, and a kill, or PostgreSQL gone, finds few on their way. No fewer than a hundred, each costs a statement; no
 * more than a second's worth.
 */
function windowFor(perMinute: number): number {
  const perSecond = Math.ceil(perMinute / 60)
  return Math.min(perSecond, Math.max(FEWEST_AT_ONCE, Math.ceil(perSecond / 10)))
}
