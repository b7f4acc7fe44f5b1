/**
 * What a dispatcher sends the batches of one project with: sender, circuit breaker and rate limit. A lane is opened with
 * the first batch of its project. Lanes share the dispatcher's slots (batch-slots.ts) and nothing else: a credential
 * that is refused, a quota that is used up or an FCM that does not answer concerns one project only.
 */
import { setTimeout as wait } from 'node:timers/promises'
import type { Config } from '../config/config.ts'
import { quotaUseReader } from '../health/last-minute.ts'
import type { ProjectHealth } from '../health/process-health.ts'
import { noOutcomes, type OutcomeCounts } from '../process/counters.ts'
import type { Logger } from '../process/logger.ts'
import type { Project } from '../projects/project.ts'
import { type Budget, projectKey } from '../projects/rate-limit.ts'
import type { PushSender, SenderLoad } from '../push/push-sender.ts'
import { Senders, type SendersOptions } from '../push/senders.ts'
import { FcmBreaker } from './fcm-breaker.ts'
import { QuotaLine } from './quota-line.ts'

export interface Lane {
  project: Project
  sender: PushSender
  breaker: FcmBreaker
  budget: Budget
  /** Where its batches wait for the budget. */
  quota: QuotaLine
  /** What became of the project's messages in this process. */
  outcomes: OutcomeCounts
  health: () => LaneHealth
  /** For so long the project's rate limit refuses every batch, in milliseconds. */
  refuse: (ms: number) => void
  /** Milliseconds until that is over; 0: it does not refuse. */
  refusesMs: () => number
  /** Milliseconds until a batch of the project may be tried: its breaker is not closed, or its rate limit refuses. 0: now. */
  waitMs: () => number
}

export type LaneHealth = Omit<ProjectHealth, 'limitedBy'>

export interface LanesOptions extends SendersOptions {
  limits: Pick<Config['dispatcher'], 'breakerFaults' | 'breakerWaitMs'>
}

const LEAST_URGENT = 10
/** While a slot rests, how often it checks whether another project needs the slot. */
const CHECK_MS = 1_000
/** A rate limit is asked again after this long, whatever it said: an operator may have raised it. */
const LONGEST_REST_MS = 10_000
/** Rests end spread over this time: a batch waits for two seconds of its rate limit anyway. */
const SPREAD_MS = 200
/** About as long as sending a batch takes, so that a project that is down does not take more of a slot than one that sends. */
const SHORT_REST_MS = 250

export class ProjectLanes {
  readonly #options: LanesOptions
  readonly #senders: Senders
  readonly #lanes = new Map<number, Lane>()
  #isHeld = false
  #others: { askedAt: number; answer: Promise<boolean> } | undefined

  constructor(options: LanesOptions) {
    this.#options = options
    this.#senders = new Senders(options)
  }

  /** Rejects with ProjectError when the project's settings cannot be used. */
  async open(projectId: number): Promise<Lane> {
    const { project, sender } = await this.#senders.open(projectId)
    let lane = this.#lanes.get(projectId)
    if (lane === undefined) {
      lane = openLane(project, sender, this.#options)
      this.#lanes.set(projectId, lane)
      if (this.#isHeld) sender.hold(true)
    }
    return lane
  }

  /** Of the lanes that are open, by project id. */
  get health(): LaneHealth[] {
    return [...this.#lanes.values()].map((lane) => lane.health()).sort((a, b) => a.id - b.id)
  }

  /** How busy the open senders are. */
  get loads(): SenderLoad[] {
    return [...this.#lanes.values()].map(({ sender }) => sender.load)
  }

  /** `of`: the priority of the most urgent campaign of a project that has something to send; undefined: none has. */
  setMostUrgent(of: (projectId: number) => number | undefined): void {
    for (const [id, { quota }] of this.#lanes) quota.mostUrgent = of(id) ?? LEAST_URGENT
  }

  /** True: no sender starts a request until it is false again; a lane that opens meanwhile is held too. */
  hold(isHeld: boolean): void {
    this.#isHeld = isHeld
    for (const { sender } of this.#lanes.values()) sender.hold(isHeld)
  }

  /** True: slots may be resting. Not while a breaker is half open: then something must come of the probe. */
  get mayRest(): boolean {
    return [...this.#lanes.values()].some((lane) => lane.breaker.state === 'open' || lane.refusesMs() > 0)
  }

  /** Whether the project's rate limit refuses every batch now. */
  refuses(projectId: number): boolean {
    return (this.#lanes.get(projectId)?.refusesMs() ?? 0) > 0
  }

  /**
   * Call this after each batch. While FCM is down for the batch's project, or has told it to wait, the slot rests until a
   * batch may be tried again; otherwise the dispatcher would claim every batch of the project in turn, only to release it: in a
   * minute of `Retry-After`, that was all of a campaign. If another project has something to send, the slot rests only briefly.
   */
  async rest(lane: Lane, signal: AbortSignal): Promise<void> {
    if (lane.waitMs() === 0) return
    const until = performance.now() + lane.waitMs()
    for (;;) {
      const leftMs = Math.min(until - performance.now(), lane.waitMs())
      if (signal.aborted || leftMs <= 0) break
      const isNeeded = await this.#isAnotherSending()
      const restMs = Math.min(leftMs, isNeeded ? SHORT_REST_MS : CHECK_MS)
      await wait(restMs, undefined, { signal }).catch(() => undefined)
      if (isNeeded) return
    }
    // All slots at once would take more jobs from the queue than they can claim at once; maintenance would miss those.
    await wait(Math.random() * SPREAD_MS, undefined, { signal }).catch(() => undefined)
  }

  async close(): Promise<void> {
    await this.#senders.close()
  }

  /** Asked at most once a second, however many slots wait. If PostgreSQL is unavailable, nothing can be sent. */
  #isAnotherSending(): Promise<boolean> {
    const now = performance.now()
    if (this.#others === undefined || now - this.#others.askedAt >= CHECK_MS) {
      const answer = this.#findOthers().catch(() => false)
      this.#others = { askedAt: now, answer }
    }
    return this.#others.answer
  }

  /** Projects whose slots rest are left out. */
  async #findOthers(): Promise<boolean> {
    const waiting = [...this.#lanes].flatMap(([id, lane]) => (lane.waitMs() > 0 ? [id] : []))
    const { rowCount } = await this.#options.pool.query({
      name: 'lanes-others',
      text: `SELECT FROM campaigns
             WHERE closed_at IS NULL AND state = 'sending' AND project_id <> ALL($1::smallint[]) LIMIT 1`,
      values: [waiting],
    })
    return rowCount === 1
  }
}

function openLane(project: Project, sender: PushSender, { pool, limits, log }: LanesOptions): Lane {
  const { id, name, settings } = project
  const breaker = new FcmBreaker({
    project: name,
    faults: limits.breakerFaults,
    waitMs: limits.breakerWaitMs,
    log,
  })
  const { messagesPerMinute: perMinute, rampSeconds } = settings
  const outcomes = noOutcomes()
  const quotaUse = quotaUseReader(outcomes)
  const budget: Budget = { key: projectKey(id), perMinute, rampSeconds, catchUpSeconds: 0 }
  let refusesUntil = 0
  const refusesMs = () => Math.max(0, refusesUntil - performance.now())
  return {
    project,
    sender,
    breaker,
    budget,
    quota: new QuotaLine(pool, budget),
    outcomes,
    health: () => {
      const { waiting: _, ...found } = sender.load
      return { id, name, breaker: breaker.state, ...quotaUse(), ...found }
    },
    refuse: (ms) => {
      refusesUntil = Math.max(refusesUntil, performance.now() + Math.min(ms, LONGEST_REST_MS))
    },
    refusesMs,
    waitMs: () => Math.max(breaker.waitMs, refusesMs()),
  }
}

/** Throws when the environment's settings cannot be used: a dispatcher without a credential must not start. */
export async function checkEnvironment(
  environment: Config['fcm'],
  openSender: SendersOptions['openSender'],
  log: Logger,
): Promise<void> {
  let sender: PushSender
  try {
    sender = openSender(environment, log)
  } catch (error) {
    throw new Error(`The FCM settings of the environment cannot be used: ${(error as Error).message}`, {
      cause: error,
    })
  }
  await sender.close()
}
