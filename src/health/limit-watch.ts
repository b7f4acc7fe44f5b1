/**
 * Finds out what limits a dispatcher's rate now, for each project: one cause, with the measured figure behind it.
 *
 * A dispatcher looks ten times a second. Each look names the cause that holds the project back at that moment; the answer
 * is the cause named most often in the last five seconds, because causes alternate within milliseconds (the backlog of
 * writes fills and empties several times a second).
 */
import type { CpuReading } from './cpu-reading.ts'
import type { BreakerState } from './process-health.ts'

/** In the order in which they are asked for: what stands earlier holds back whatever stands later. */
export const LIMITS = [
  'memory',
  'fcm_down',
  'quota',
  'postgresql',
  'dispatch_concurrency',
  'cpu',
  'fcm_latency',
  'campaign_rate',
  'dispatch_batches',
  'nothing_to_send',
] as const
export type Limit = (typeof LIMITS)[number]

export interface LimitedBy {
  by: Limit
  /**
   * What was measured. `memory`: used share of its limit. `quota`: messages that count against it, in the last minute.
   * `postgresql`: milliseconds to write a chunk of results. `dispatch_concurrency`, `dispatch_batches`: the bound. `cpu`:
   * share in use, of the event loop or of the machine. `fcm_latency`: milliseconds. `campaign_rate`: batches that wait.
   * Null: there is no figure.
   */
  figure: number | null
}

/** One project of a dispatcher, now. */
export interface ProjectFacts {
  id: number
  breaker: BreakerState
  /** Its rate limit is used up for so long that no batch waits for it. */
  isRefused?: boolean
  usedLastMinute: number
  limit: number
  mostInFlight: number
  inFlight: number
  latencyMs: number | null
}

/** A batch in hand. `projectId` is undefined until its project is known. */
export interface BatchFacts {
  projectId: number | undefined
  waitsFor: 'project' | 'campaign' | null
  /** Messages that were handed to the sender and are not answered. */
  inFlight: number
}

export interface DispatcherFacts {
  projects: readonly ProjectFacts[]
  batches: readonly BatchFacts[]
  /** Batches that it may have in hand now, and DISPATCH_BATCHES. */
  slots: number
  mostBatches: number
  isMemoryHigh: boolean
  /** Sending is held back, because results wait to be written. */
  isBacklogFull: boolean
}

/** From the watches of the process. */
export interface LimitSources {
  cpu: () => CpuReading
  /** Used share of the nearer memory limit. */
  memoryShare: () => number
  /** Milliseconds to write a chunk of results, lately; null if none was written. */
  recordMs: () => number | null
}

/** Five seconds at ten looks a second. */
const LOOKS = 50
/** A sender keeps its limit filled as answers arrive; in between, a few places are free. */
const IS_FULL = 0.9
/** Below that, a core still has time for more. */
const EVENT_LOOP_BUSY = 0.9
const MACHINE_BUSY = 0.95

interface Seen {
  facts: ProjectFacts
  waitingForRate: number
  votes: Limit[]
}

export class LimitWatch {
  readonly #sources: LimitSources
  readonly #seen = new Map<number, Seen>()
  #mostBatches = 0

  constructor(sources: LimitSources) {
    this.#sources = sources
  }

  /** Call this ten times a second. */
  look(facts: DispatcherFacts): void {
    const cpu = this.#sources.cpu()
    this.#mostBatches = facts.mostBatches
    for (const project of facts.projects) {
      const waitingForRate = facts.batches.filter(
        ({ projectId, waitsFor }) => projectId === project.id && waitsFor === 'campaign',
      ).length
      const votes = this.#seen.get(project.id)?.votes ?? []
      votes.push(limitNow(project, facts, cpu))
      if (votes.length > LOOKS) votes.shift()
      this.#seen.set(project.id, { facts: project, waitingForRate, votes })
    }
  }

  /** Null before the first look at the project. */
  of(projectId: number): LimitedBy | null {
    const seen = this.#seen.get(projectId)
    if (seen === undefined) return null
    const count = (limit: Limit) => seen.votes.filter((vote) => vote === limit).length
    const by = LIMITS.reduce((most, limit) => (count(limit) > count(most) ? limit : most))
    return { by, figure: this.#figureOf(by, seen) }
  }

  #figureOf(by: Limit, { facts, waitingForRate }: Seen): number | null {
    switch (by) {
      case 'memory':
        return this.#sources.memoryShare()
      case 'quota':
        return facts.usedLastMinute
      case 'postgresql':
        return this.#sources.recordMs()
      case 'dispatch_concurrency':
        return facts.mostInFlight
      case 'dispatch_batches':
        return this.#mostBatches
      case 'cpu': {
        const { eventLoop, machine } = this.#sources.cpu()
        return Math.max(eventLoop, machine ?? 0)
      }
      case 'fcm_latency':
        return facts.latencyMs
      case 'campaign_rate':
        return waitingForRate
      default:
        return null
    }
  }
}

/** What holds the project back at this moment. */
export function limitNow(project: ProjectFacts, dispatcher: DispatcherFacts, cpu: CpuReading): Limit {
  const own = dispatcher.batches.filter(({ projectId }) => projectId === project.id)
  const waitFor = (whose: BatchFacts['waitsFor']) => own.some(({ waitsFor }) => waitsFor === whose)
  const isCpuFull = cpu.eventLoop >= EVENT_LOOP_BUSY || (cpu.machine ?? 0) >= MACHINE_BUSY
  if (dispatcher.isMemoryHigh) return 'memory'
  if (project.breaker !== 'closed') return 'fcm_down'
  // A batch only waits for its project's budget if that is used up, whatever else is scarce.
  if (waitFor('project') || project.isRefused) return 'quota'
  if (dispatcher.isBacklogFull) return 'postgresql'
  if (project.inFlight >= IS_FULL * project.limit) {
    // With the CPU full, the sender would have found a lower limit than its bound.
    if (project.limit >= project.mostInFlight) return 'dispatch_concurrency'
    return isCpuFull ? 'cpu' : 'fcm_latency'
  }
  // From here on the sender could start more than it is given.
  if (waitFor('campaign')) return 'campaign_rate'
  const areSlotsUsed = dispatcher.batches.length >= dispatcher.slots
  if (own.length === 0 || !areSlotsUsed) return 'nothing_to_send'
  if (isCpuFull) return 'cpu'
  // A batch is at FCM, or a statement about it is at PostgreSQL.
  const atFcm = own.filter(({ inFlight }) => inFlight > 0).length
  if (2 * atFcm < own.length) return 'postgresql'
  return dispatcher.slots >= dispatcher.mostBatches ? 'dispatch_batches' : 'fcm_latency'
}
