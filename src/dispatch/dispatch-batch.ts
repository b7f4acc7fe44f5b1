/**
 * Sends one batch and records what happened.
 *
 * Promises: after it resolves, every device of the batch has a stored result, or the batch is planned for another
 * attempt, or somebody else owns it. It may run twice for the same batch; the second run finds nothing to do.
 * No transaction and no connection is held while FCM is waited for.
 * Does not decide when a campaign is finished (upkeep/close-campaigns.ts).
 *
 *   claim → load devices → check them now → per window: reserve pace → (mark launched) → send → record → end
 */
import { setTimeout as wait } from 'node:timers/promises'
import type { PauseReason } from '../campaigns/campaign.ts'
import type { BatchRef } from '../conveyor/conveyor.ts'
import { collapseIdOf, compileMessage } from '../push/fcm-message.ts'
import type { Outcome, PushSender } from '../push/push-sender.ts'
import { DELIVERY_CODES } from '../results/delivery-code.ts'
import { ResultRecorder } from '../results/record-results.ts'
import type { Pool } from '../runtime/database.ts'
import type { Logger } from '../runtime/logger.ts'
import {
  type BatchDevice,
  type Claim,
  claimBatch,
  endAttempt,
  loadDevices,
  markLaunched,
  recountCanceled,
} from './batch-store.ts'
import { ErrorWatch } from './error-watch.ts'
import type { LeaseKeeper } from './lease-keeper.ts'
import { type Budget, openBudget, reserve, slowDown } from './pace.ts'
import { isLastAttempt, isPoisoned, type RetryPolicy, retryDelayMs } from './retry-policy.ts'
import { type Result, settleOutcome } from './settle-outcome.ts'

export interface DispatchDeps {
  pool: Pool
  sender: PushSender
  leases: LeaseKeeper
  retry: RetryPolicy
  leaseMs: number
  recordChunk: number
  project: Budget
  pauseCampaign: (campaignId: string, reason: PauseReason, detail: string) => Promise<unknown>
  log: Logger
}

/** Why an attempt ended before every device was tried. The first one counts. */
type Stop =
  | 'shutdown'
  | 'taken over'
  | 'lease ran out'
  | 'campaign stopped'
  | 'over quota'
  | 'waiting for pace'
  | 'blocked'
  | 'too many errors'
  | 'not attempted'

export type DispatchEnd = 'done' | 'planned' | 'canceled' | 'not mine'

/** Longer waits for pace are spent in PostgreSQL, not in a dispatcher's hands. */
const LONGEST_PACE_WAIT_MS = 2_000
/** at_most_once: what a crash leaves in doubt is at most this many devices a batch. */
const CAREFUL_WINDOW = 100

export async function dispatchBatch(
  ref: BatchRef,
  deps: DispatchDeps,
  shutdown: AbortSignal,
): Promise<DispatchEnd> {
  const claimedAt = performance.now()
  const claim = await claimBatch(deps.pool, ref, deps.leaseMs)
  if (claim === null) return 'not mine'
  const attempt = new Attempt(claim, deps)
  const release = deps.leases.hold(claim, claimedAt, (why) => attempt.stop(why))
  const onShutdown = () => attempt.stop('shutdown')
  shutdown.addEventListener('abort', onShutdown)
  if (shutdown.aborted) onShutdown()
  try {
    return await attempt.run()
  } finally {
    release()
    shutdown.removeEventListener('abort', onShutdown)
  }
}

class Attempt {
  readonly #claim: Claim
  readonly #deps: DispatchDeps
  readonly #recorder: ResultRecorder
  readonly #rules: { guarantee: Claim['guarantee']; isLast: boolean }
  readonly #errors = new ErrorWatch()
  readonly #halt = new AbortController()
  #stop: Stop | undefined
  #complaint: { reason: PauseReason; detail: string } | undefined
  /** The longest wait any device of this attempt asked for. */
  #delayMs = 0

  constructor(claim: Claim, deps: DispatchDeps) {
    this.#claim = claim
    this.#deps = deps
    this.#rules = { guarantee: claim.guarantee, isLast: isLastAttempt(claim, deps.retry) }
    const { campaignId, seq, attempt } = claim
    this.#recorder = new ResultRecorder(deps.pool, {
      campaignId,
      seq,
      attempt,
      leaseMs: deps.leaseMs,
      chunk: deps.recordChunk,
      onFenced: () => this.stop('taken over'),
      log: deps.log,
    })
  }

  /** No further request starts. What is on its way is awaited and recorded. */
  stop(why: Stop): void {
    this.#stop ??= why
    this.#halt.abort()
  }

  async run(): Promise<DispatchEnd> {
    const sendable = this.#checkNow(await loadDevices(this.#deps.pool, this.#claim))
    try {
      if (sendable.length > 0) await this.#send(sendable)
    } finally {
      // Also when sending threw: what FCM has answered by then must not be lost.
      await this.#recorder.flush()
    }
    if (this.#complaint !== undefined) {
      await this.#deps.pauseCampaign(this.#claim.campaignId, this.#complaint.reason, this.#complaint.detail)
    }
    return await this.#end()
  }

  /** Gives those that must not be sent to their result at once; returns the others. */
  #checkNow(devices: BatchDevice[]): (BatchDevice & { token: string })[] {
    const { claim, poisoned } = { claim: this.#claim, poisoned: isPoisoned(this.#claim, this.#deps.retry) }
    if (poisoned)
      this.#deps.log.error({ campaignId: claim.campaignId, seq: claim.seq }, 'a batch used up its attempts')
    const sendable: (BatchDevice & { token: string })[] = []
    for (const device of devices) {
      const { id, token, position, isGone, isOptedOut } = device
      if (poisoned || position <= claim.launched) this.#record(id, 'in_doubt', 'dispatcher_died')
      else if (token === null) this.#record(id, 'skipped', 'device_deleted')
      else if (isGone) this.#record(id, 'skipped', 'device_gone')
      else if (isOptedOut) this.#record(id, 'skipped', 'opted_out')
      else sendable.push({ ...device, token })
    }
    return sendable
  }

  #record(deviceId: number, state: Result['state'], code: Result['code']): void {
    this.#recorder.add({ deviceId, state, code, messageId: null, tokenIsDead: 'no' })
  }

  async #send(devices: (BatchDevice & { token: string })[]): Promise<void> {
    const { campaignId, message, ratePerMinute, guarantee } = this.#claim
    const compiled = compileMessage(message, collapseIdOf(campaignId))
    const budgets: Budget[] = []
    if (ratePerMinute !== null) {
      budgets.push({ key: `campaign:${campaignId}`, perMinute: ratePerMinute, rampSeconds: 0 })
      await openBudget(this.#deps.pool, `campaign:${campaignId}`)
    }
    budgets.push(this.#deps.project)
    // One reservation a batch at full rate; at a low rate one for each second's worth, so that it is kept evenly.
    const perSecond = Math.ceil(Math.min(...budgets.map((budget) => budget.perMinute)) / 60)
    const windowSize = Math.min(
      devices.length,
      perSecond,
      guarantee === 'at_most_once' ? CAREFUL_WINDOW : 500,
    )

    const rounds: Promise<void>[] = []
    for (let first = 0; first < devices.length; first += windowSize) {
      const window = devices.slice(first, first + windowSize)
      if (!(await this.#mayLeave(budgets, window))) break
      rounds.push(
        this.#deps.sender.send(
          { message: compiled, tokens: window.map((device) => device.token) },
          {
            signal: this.#halt.signal,
            report: (index, outcome) => this.#settle((window[index] as BatchDevice).id, outcome),
          },
        ),
      )
    }
    for (const round of await Promise.allSettled(rounds)) {
      if (round.status === 'fulfilled') continue
      this.#deps.log.error({ err: round.reason, campaignId }, 'a batch could not be attempted')
      this.#delayMs = Math.max(this.#delayMs, this.#backOffMs())
      this.stop('not attempted')
    }
  }

  /** Waits for the window's turn. False: this attempt is over. */
  async #mayLeave(budgets: Budget[], window: BatchDevice[]): Promise<boolean> {
    const { pool } = this.#deps
    for (const budget of budgets) {
      if (this.#halt.signal.aborted) return false
      const { isGranted, waitMs } = await reserve(pool, budget, window.length, LONGEST_PACE_WAIT_MS)
      if (!isGranted) {
        this.#delayMs = Math.max(this.#delayMs, waitMs)
        this.stop('waiting for pace')
        return false
      }
      if (waitMs > 0) await wait(waitMs, undefined, { signal: this.#halt.signal }).catch(() => undefined)
    }
    if (this.#halt.signal.aborted) return false
    if (this.#claim.guarantee === 'at_most_once') {
      const last = (window.at(-1) as BatchDevice).position
      if (!(await markLaunched(pool, this.#claim, last))) {
        this.stop('taken over')
        return false
      }
    }
    return !this.#halt.signal.aborted
  }

  #settle(deviceId: number, outcome: Outcome): void {
    const result = settleOutcome(outcome, this.#rules)
    if (result !== null) {
      this.#errors.add(result)
      this.#recorder.add({ deviceId, ...result })
      const detail = this.#errors.complaint()
      if (detail !== null) this.#complain('too_many_errors', detail, 'too many errors')
    }
    if (outcome.kind === 'blocked') {
      const reason = outcome.code === 'project_not_found' ? 'project_not_found' : 'credential_refused'
      const { meaning, advice } = DELIVERY_CODES[outcome.code]
      this.#complain(reason, `${meaning} ${advice} FCM's words: ${outcome.detail}`, 'blocked')
    } else if (outcome.kind === 'retry_later') {
      this.#delayMs = Math.max(this.#delayMs, outcome.afterMs ?? this.#backOffMs())
      if (outcome.scope === 'project') this.#overQuota(outcome.afterMs ?? this.#backOffMs())
    } else if (outcome.kind === 'in_doubt' && result === null) {
      this.#delayMs = Math.max(this.#delayMs, this.#backOffMs())
    }
  }

  #backOffMs(): number {
    return retryDelayMs(this.#claim.spent, this.#deps.retry)
  }

  #complain(reason: PauseReason, detail: string, stop: Stop): void {
    this.#complaint ??= { reason, detail }
    this.stop(stop)
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

  async #end(): Promise<DispatchEnd> {
    const { campaignId, seq, attempt } = this.#claim
    const state = await endAttempt(this.#deps.pool, this.#claim, {
      delayMs: this.#stop === 'shutdown' ? 0 : this.#delayMs,
      isSpent: this.#stop === undefined,
      restartsAge: this.#stop === 'shutdown' || this.#stop === 'campaign stopped' || this.#stop === 'blocked',
    })
    if (this.#stop !== undefined) {
      this.#deps.log.debug({ campaignId, seq, attempt, stop: this.#stop, state }, 'a batch was stopped')
    }
    if (state === null) await recountCanceled(this.#deps.pool, this.#claim)
    return state ?? 'not mine'
  }
}
