/**
 * How many batches a dispatcher has in hand: as many as keep its senders busy. A batch spends part of its time in PostgreSQL
 * (claim, load, reserve, record, end) and ends with the slowest of its answers, so what is needed depends on both latencies;
 * it is found by looking at what the senders have left to start.
 *
 *   too little left, and every slot in use               more slots, by a quarter
 *   more left than two batches beyond that               one slot less
 *   of every project, more than one batch always waits   as many less as waited, but one
 *   for its rate limit
 *   a rate limit, and at some moments no batch waits     one slot more
 *
 * Under a rate limit, more batches in hand send nothing sooner. They only take longer each, and what a killed dispatcher had
 * in hand waits that long for a slot in another one: eight batches at 333 a second took 12 s, two take 3 s. But a limit is
 * used up only while some batch waits for it: what passes while all of them wait for FCM or PostgreSQL is lost. Batches that
 * began together end together, so a mean says nothing: with two on average at 300 to 800 ms, a quarter of 333 was lost.
 *
 * Batches of campaigns with a rate of their own have slots of their own (run-dispatcher.ts) and are not counted here.
 *
 * Equal campaigns share a quota by their batches in hand, so under a rate limit there are two slots for each of them. With one
 * more than campaigns, a dispatcher often had none of the one in hand: shares over five seconds were up to 60 % instead of 53 %.
 * If they are many, they share it by their turns on the queue (places.ts): batches that all wait are released, and cost.
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
  /** The most urgent ones, that have something to send. */
  campaigns: number
  /** Sending is held back by something that more batches would not help: PostgreSQL or memory. */
  isHeldBack: boolean
}

export const FIRST_SLOTS = 8
const FEWEST_SLOTS = 4
/** Under a rate limit: one batch waits while another one gets its answers. */
const FEWEST_LIMITED = 2
const MOST_BY_CAMPAIGNS = 25
/** Messages to have ready: a quarter of what is in flight, so that a slow statement does not leave the sender idle. */
const READY_SHARE = 0.25
const READY_LEAST = 250
const TWO_BATCHES = 1_000
/** What is remembered of a project: 3 s, in which a batch gets from its last message to the first of the next. */
const LOOKS = 30
/** After so many without a batch that waits, there is no limit. */
const UNLIMITED_LOOKS = 15
/** Share of looks at which no batch waited: with more, the limit is not used up. */
const MISSED_SHARE = 0.05

export class BatchSlots {
  readonly #most: number
  #slots: number
  /** Of each project, how many batches waited for its rate limit at the last looks. */
  readonly #waiting = new Map<number, number[]>()
  #looksSinceChange = 0

  /** `most`: bounds memory; a batch in hand takes about 0.4 MB. */
  constructor(most: number) {
    this.#most = most
    this.#slots = Math.min(FIRST_SLOTS, most)
  }

  /** Call this ten times a second. Returns the number of batches to have in hand. */
  look({ loads, batches, campaigns, isHeldBack }: SlotFacts): number {
    const unstarted = loads.reduce((sum, load) => sum + load.waiting, 0)
    const limit = loads.reduce((sum, load) => sum + load.limit, 0)
    const ready = Math.max(READY_LEAST, READY_SHARE * limit)
    const isAllUsed = batches.length >= this.#slots
    const { spare, isLimited, isUsedUp } = this.#readWaits(batches)
    const fewestLimited = Math.min(this.#most, MOST_BY_CAMPAIGNS, Math.max(FEWEST_LIMITED, 2 * campaigns))
    if (isLimited && this.#slots < fewestLimited) this.#set(fewestLimited)
    this.#looksSinceChange += 1
    // What a change does shows when the batches in hand have ended.
    const isSettled = this.#looksSinceChange >= LOOKS
    if (spare > 0 && isSettled) this.#set(Math.max(fewestLimited, this.#slots - spare))
    else if (isAllUsed && unstarted < ready && !isHeldBack) {
      if (!isLimited) this.#set(this.#slots + Math.ceil(this.#slots / 4))
      else if (!isUsedUp && this.#looksSinceChange >= UNLIMITED_LOOKS) this.#set(this.#slots + 1)
    } else if (unstarted > ready + TWO_BATCHES && this.#slots > FEWEST_SLOTS) this.#set(this.#slots - 1)
    return this.#slots
  }

  #set(slots: number): void {
    this.#slots = Math.min(this.#most, slots)
    this.#looksSinceChange = 0
  }

  /** Of the projects with batches in hand, the one whose batches wait least decides. */
  #readWaits(batches: readonly SlotUse[]): { spare: number; isLimited: boolean; isUsedUp: boolean } {
    const ids = new Set(batches.flatMap(({ projectId }) => projectId ?? []))
    const histories: number[][] = []
    for (const id of new Set([...ids, ...this.#waiting.keys()])) {
      const own = batches.filter(({ projectId }) => projectId === id)
      const now = own.filter(({ waitsFor }) => waitsFor === 'project').length
      const history = [...(this.#waiting.get(id) ?? Array<number>(LOOKS).fill(0)), now].slice(-LOOKS)
      if (ids.has(id)) histories.push(history)
      if (ids.has(id) || history.some((waiting) => waiting > 0)) this.#waiting.set(id, history)
      else this.#waiting.delete(id)
    }
    const missed = (history: number[]) => history.filter((waiting) => waiting === 0).length
    return {
      spare: histories.length === 0 ? 0 : Math.min(...histories.flat()) - 1,
      isLimited:
        histories.length > 0 && histories.every((h) => missed(h.slice(-UNLIMITED_LOOKS)) < UNLIMITED_LOOKS),
      isUsedUp: histories.every((history) => missed(history) <= MISSED_SHARE * LOOKS),
    }
  }
}
