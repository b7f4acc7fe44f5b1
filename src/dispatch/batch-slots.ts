/**
 * How many batches a dispatcher has in hand: as many as keep its senders busy. A batch spends part of its time in PostgreSQL
 * (claim, load, reserve, record, end) and ends with the slowest of its answers, so what is needed depends on both latencies;
 * it is found by looking at what the senders have left to start.
 *
 *   too little left, and every slot in use   more slots, by a quarter
 *   more left than two batches beyond that   one slot less
 *
 * Batches that wait for a rate limit need no slot of their own: for each of them there is one more.
 */
import type { SenderLoad } from '../push/push-sender.ts'

export interface SlotFacts {
  /** Of each project that this process sends for. */
  loads: readonly SenderLoad[]
  batchesInHand: number
  /** Of these, batches that wait for the rate limit of their campaign. */
  waitingForRate: number
  /** Sending is held back by something that more batches would not help: a project's quota, PostgreSQL, memory. */
  isHeldBack: boolean
}

export const FIRST_SLOTS = 8
const FEWEST_SLOTS = 4
/** Messages to have ready: a quarter of what is in flight, so that a slow statement does not leave the sender idle. */
const READY_SHARE = 0.25
const READY_LEAST = 250
const TWO_BATCHES = 1_000

export class BatchSlots {
  readonly #most: number
  #slots: number

  /** `most`: bounds memory; a batch in hand takes about 0.4 MB. */
  constructor(most: number) {
    this.#most = most
    this.#slots = Math.min(FIRST_SLOTS, most)
  }

  /** Call this a few times a second. Returns the number of batches to have in hand. */
  look({ loads, batchesInHand, waitingForRate, isHeldBack }: SlotFacts): number {
    const waiting = loads.reduce((sum, load) => sum + load.waiting, 0)
    const limit = loads.reduce((sum, load) => sum + load.limit, 0)
    const ready = Math.max(READY_LEAST, READY_SHARE * limit)
    const isAllUsed = batchesInHand - waitingForRate >= this.#slots
    if (isAllUsed && waiting < ready && !isHeldBack) {
      this.#slots = Math.min(this.#most, this.#slots + Math.ceil(this.#slots / 4))
    } else if (waiting > ready + TWO_BATCHES) {
      this.#slots = Math.max(Math.min(FEWEST_SLOTS, this.#most), this.#slots - 1)
    }
    return Math.min(2 * this.#most, this.#slots + waitingForRate)
  }
}
