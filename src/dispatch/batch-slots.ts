/**
 * How many batches a dispatcher has in hand: as many as keep its senders busy. A batch spends part of its time in PostgreSQL
 * (claim, load, reserve, record, end) and ends with the slowest of its answers, so what is needed depends on both latencies;
 * it is found by looking at what the senders have left to start.
 *
 *   too little left, and every slot in use              more slots, by a quarter
 *   more left than two batches beyond that              one slot less
 *   of each project, batches wait for its rate limit    one slot less
 *
 * Under a rate limit, more batches in hand send nothing sooner. They only take longer each, and what a killed dispatcher had
 * in hand waits that long for a slot in another one: eight batches at 333 a second took 12 s, two take 3 s.
 *
 * Batches that wait for the rate limit of their campaign need no slot of their own: for each of them there is one more.
 */
import type { SenderLoad } from '../push/push-sender.ts'

/** A batch in hand. */
export interface SlotUse {
  /** Undefined until its project is known. */
  projectId: number | undefined
  /** Whose rate limit it waits for now. */
  waitsFor: 'project' | 'campaign' | null
}

export interface SlotFacts {
  /** Of each project that this process sends for. */
  loads: readonly SenderLoad[]
  batches: readonly SlotUse[]
  /** Sending is held back by something that more batches would not help: PostgreSQL or memory. */
  isHeldBack: boolean
}

export const FIRST_SLOTS = 8
const FEWEST_SLOTS = 4
/** Under a rate limit: one batch waits while another one gets its answers. */
const FEWEST_LIMITED = 2
/** Messages to have ready: a quarter of what is in flight, so that a slow statement does not leave the sender idle. */
const READY_SHARE = 0.25
const READY_LEAST = 250
const TWO_BATCHES = 1_000
/** Of a project's batches, on average over about a second. One that waits all the time uses all of the limit; batches vary. */
const ENOUGH_WAITING = 2
const SMOOTHING = 0.1

export class BatchSlots {
  readonly #most: number
  #slots: number
  /** Batches that wait for the project's rate limit, smoothed. */
  readonly #waiting = new Map<number, number>()

  /** `most`: bounds memory; a batch in hand takes about 0.4 MB. */
  constructor(most: number) {
    this.#most = most
    this.#slots = Math.min(FIRST_SLOTS, most)
  }

  /** Call this ten times a second. Returns the number of batches to have in hand. */
  look({ loads, batches, isHeldBack }: SlotFacts): number {
    const unstarted = loads.reduce((sum, load) => sum + load.waiting, 0)
    const limit = loads.reduce((sum, load) => sum + load.limit, 0)
    const ready = Math.max(READY_LEAST, READY_SHARE * limit)
    const waitingForCampaign = batches.filter(({ waitsFor }) => waitsFor === 'campaign').length
    const isAllUsed = batches.length - waitingForCampaign >= this.#slots
    const leastWaiting = this.#leastWaiting(batches)
    if (leastWaiting > ENOUGH_WAITING) this.#shrink(FEWEST_LIMITED)
    else if (isAllUsed && unstarted < ready && !isHeldBack && leastWaiting < ENOUGH_WAITING / 2) {
      this.#slots = Math.min(this.#most, this.#slots + Math.ceil(this.#slots / 4))
    } else if (unstarted > ready + TWO_BATCHES) this.#shrink(FEWEST_SLOTS)
    return Math.min(2 * this.#most, this.#slots + waitingForCampaign)
  }

  /** Never adds a slot: `fewest` is no target. */
  #shrink(fewest: number): void {
    this.#slots = Math.min(this.#slots, Math.max(Math.min(fewest, this.#most), this.#slots - 1))
  }

  /** Of the projects with batches in hand, how many wait in the one with the fewest: 0 while one is not limited. */
  #leastWaiting(batches: readonly SlotUse[]): number {
    const ids = new Set(batches.flatMap(({ projectId }) => projectId ?? []))
    for (const id of new Set([...ids, ...this.#waiting.keys()])) {
      const own = batches.filter(({ projectId }) => projectId === id)
      const now = own.filter(({ waitsFor }) => waitsFor === 'project').length
      this.#waiting.set(id, (1 - SMOOTHING) * (this.#waiting.get(id) ?? 0) + SMOOTHING * now)
    }
    return ids.size === 0 ? 0 : Math.min(...[...ids].map((id) => this.#waiting.get(id) ?? 0))
  }
}
