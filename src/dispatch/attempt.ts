/**
 * One attempt at a claimed batch.
 *
 *   open the project's lane → load devices → check them now → per window: reserve quota → (mark launched) → send →
 *   record → end
 *
 * A window is handed to the sender as a whole, which starts its messages as its limit allows and none while results pile up
 * unwritten (write-backlog.ts): that is what bounds how many messages a crash repeats.
 */
import { setTimeout as wait } from 'node:timers/promises'
import type { PauseReason, Platform } from '../domain/campaign.ts'
import { keepTrying } from '../postgres/keep-trying.ts'
import type { Pool } from '../postgres/pool.ts'
import { addOutcomes } from '../process/counters.ts'
import type { Logger } from '../process/logger.ts'
import { ProjectError } from '../projects/project.ts'
import { type Budget, reserve, slowDown } from '../projects/rate-limit.ts'
import { type PushMessage, pushMessage } from '../push/push-message.ts'
import type { RecentResults } from '../results/recent-results.ts'
import { ResultRecorder } from '../results/record-results.ts'
import type { WriteBacklog } from '../results/write-backlog.ts'
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
import type { Lane } from './project-lanes.ts'
import { releaseAfter, type Stop } from './release-batch.ts'
import { isPoisoned, type RetryPolicy } from './retry-policy.ts'
import { budgetsOf, windowSize } from './send-windows.ts'
import { resultBeforeSending } from './settle-outcome.ts'

export interface AttemptDeps {
  pool: Pool
  /** Rejects with ProjectError when the project's settings cannot be used. */
  openLane: (projectId: number) => Promise<Lane>
  retry: RetryPolicy
  leaseMs: number
  recordChunk: number
  backlog: WriteBacklog
  recent?: RecentResults
  errorLimits: ErrorLimits
  haltPlatform: (campaignId: string, platform: Platform) => Promise<boolean>
  pauseCampaign: (campaignId: string, reason: PauseReason, detail: string) => Promise<unknown>
  /** Aborted when the process has no time left to wait for the database. */
  giveUp: AbortSignal
  log: Logger
}

export type AttemptEnd = 'done' | 'planned' | 'canceled' | 'not_mine'

type Sendable = BatchDevice & { token: string }

/** A batch that has to wait longer for quota is released: it waits in PostgreSQL and does not occupy a slot. */
const LONGEST_QUOTA_WAIT_MS = 2_000

export class Attempt {
  readonly #claim: Claim
  readonly #deps: AttemptDeps
  readonly #recorder: ResultRecorder
  readonly #answers: Answers
  readonly #halt = new AbortController()
  #lane: Lane | undefined
  #stop: Stop | undefined
  /** The wait that the rate limit has asked for. */
  #quotaWaitMs = 0
  #inFlight = 0
  #waitsFor: 'project' | 'campaign' | null = null

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
      backlog: deps.backlog,
      ...(deps.recent && { recent: deps.recent }),
      onFenced: () => this.stop('taken_over'),
      onWritten: () => {
        if (this.#recorder.failure !== undefined) this.stop('cannot_record')
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

  get lane(): Lane | undefined {
    return this.#lane
  }

  /** Messages that were handed to the sender and are not answered yet. */
  get inFlight(): number {
    return this.#inFlight
  }

  /** Whose rate limit it waits for now. */
  get waitsFor(): 'project' | 'campaign' | null {
    return this.#waitsFor
  }

  /** Starts no further request. Requests in flight are awaited and recorded. */
  stop(why: Stop): void {
    this.#stop ??= why
    this.#halt.abort()
  }

  async run(): Promise<AttemptEnd> {
    const { campaignId, seq, projectId } = this.#claim
    try {
      this.#lane = await this.#deps.openLane(projectId)
      await this.#sendAll(this.#lane)
      await this.#haltPlatforms()
    } catch (error) {
      if (error instanceof ProjectError) {
        const detail = `${error.message} Then resume, or cancel.`
        this.#answers.complain('project_misconfigured', detail, 'blocked')
      } else {
        // Requests in flight have been awaited. The rest is released unspent: nothing was wrong with FCM.
        this.#deps.log.warn({ err: error, campaignId, seq }, 'an attempt was interrupted')
        this.#answers.backOff()
        this.stop('database_unavailable')
      }
    }
    try {
      await this.#recorder.flush()
    } catch (error) {
      // Sent, but not recordable: every further attempt would send again, so the campaign must wait for
      // an operator. The batch stays `sending` until its lease expires, and maintenance rescues it then.
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
      log.warn({ campaignId, platform }, 'FCM cannot authenticate with a push service: its devices wait')
    }
  }

  async #sendAll(lane: Lane): Promise<void> {
    const sendable = this.#checkNow(await loadDevices(this.#deps.pool, this.#claim))
    if (sendable.length > 0 && !(await lane.breaker.attempt(() => this.#send(sendable, lane)))) {
      this.stop('fcm_down')
    }
  }

  /** Records a result at once for devices that must not be sent to; returns the others. */
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

  async #send(devices: Sendable[], lane: Lane): Promise<void> {
    const message = pushMessage(this.#claim.message, this.#claim.chainId)
    const budgets = budgetsOf(lane.budget, this.#claim)
    const size = windowSize(devices.length, budgets, this.#claim)
    const rounds: Promise<void>[] = []
    try {
      for (let first = 0; first < devices.length; first += size) {
        const window = devices.slice(first, first + size)
        if (this.#claim.guarantee === 'at_most_once') {
          // The results of the last window must be recorded before the next one is marked as launched.
          await Promise.all(rounds)
          await this.#recorder.flush()
        }
        if (!(await this.#mayLeave(budgets, window))) return
        rounds.push(this.#launch(message, window, lane))
      }
    } finally {
      await Promise.all(rounds)
    }
  }

  /** Waits until the window may be sent. Returns false if this attempt has to end. */
  async #mayLeave(budgets: readonly Budget[], window: Sendable[]): Promise<boolean> {
    const { pool } = this.#deps
    for (const budget of budgets) {
      if (this.#halt.signal.aborted) return false
      const { isGranted, waitMs } = await reserve(pool, budget, window.length, LONGEST_QUOTA_WAIT_MS)
      if (!isGranted) {
        this.#quotaWaitMs = waitMs
        this.stop('waiting_for_quota')
        return false
      }
      if (waitMs > 0) {
        this.#waitsFor = budget === budgets[0] ? 'project' : 'campaign'
        await wait(waitMs, undefined, { signal: this.#halt.signal }).catch(() => undefined)
        this.#waitsFor = null
      }
    }
    if (this.#halt.signal.aborted) return false
    if (this.#claim.guarantee === 'at_most_once') {
      const last = (window.at(-1) as Sendable).position
      if (!(await markLaunched(pool, this.#claim, last))) this.stop('taken_over')
    }
    return !this.#halt.signal.aborted
  }

  /** Never rejects: if the sender could not attempt anything, that is logged and the batch is tried again. */
  async #launch(message: PushMessage, window: Sendable[], lane: Lane): Promise<void> {
    this.#inFlight += window.length
    try {
      await lane.sender.send(
        { message, tokens: window.map((device) => device.token) },
        {
          signal: this.#halt.signal,
          report: (index, outcome) => {
            this.#inFlight -= 1
            if (lane.breaker.isDownAfter(outcome)) this.stop('fcm_down')
            this.#answers.take(window[index] as Sendable, outcome)
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
    const tally = this.#answers.takeTally()
    addOutcomes(tally)
    addOutcomes(tally, lane.outcomes)
  }

  /** Makes the whole project wait, not just this batch. A lost update costs one more 429. */
  #overQuota(waitMs: number): void {
    if (this.#stop === undefined && this.#lane !== undefined) {
      slowDown(this.#deps.pool, this.#lane.budget.key, waitMs).catch((error: Error) =>
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
    const delayMs = Math.max(facts.delayMs, this.#quotaWaitMs, this.#lane?.breaker.waitMs ?? 0)
    const back = releaseAfter({ ...facts, stop, delayMs })
    const state = await keepTrying(() => endAttempt(pool, this.#claim, back), {
      what: 'end an attempt',
      giveUp,
      log,
    })
    if (stop !== undefined) log.debug({ campaignId, seq, attempt, stop, state }, 'a batch was stopped')
    if (state === null) await recountCanceled(pool, this.#claim)
    return state ?? 'not_mine'
  }
}
