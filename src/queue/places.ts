/**
 * In which order the campaigns of one priority come to their turns: each batch on the queue has a place, campaigns have their
 * places in parallel (1, 2, 3, … each), and the smallest goes first. So of two campaigns every other batch is of the one and of
 * the other, however many of each are on the queue and whoever began first. Without places, the queue would be in the order of
 * arrival: up to a watermark of the one, then as many of the other, ten seconds each.
 *
 * A campaign that joins begins at the smallest place that still waits (`floor`), not at 1: it would otherwise overtake the
 * others for as long as they have been sending. This is start-time fair queueing, with a batch as the unit. Pure.
 */

/** Of each priority. BullMQ has 2^21 - 1 numbers for ten priorities. */
export const PLACES = 209_000
/** Further ahead of the others than a queue is long: the others have begun anew. */
const ASTRAY = 100_000

export interface Standing {
  /** Of the campaign: the place of its next fresh batch. */
  next: number
  /** Its batches that were waiting on the queue before, and how many of them nobody had in hand yet. */
  waiting: number
  waitingFresh: number
  /** The smallest place that waits of another campaign of its priority; null: none does. */
  floor: number | null
}

/** Where its batches go on: those that were in hand before, and the fresh ones. */
export interface PlacesToTake {
  again: number
  fresh: number
}

/**
 * Null: it has run out of places, or is far from all others. Then all its batches leave the queue, and it begins at
 * `restartAt`.
 */
export function placesToTake({ next, waiting, waitingFresh, floor }: Standing): PlacesToTake | null {
  const head = next - waitingFresh
  // Whoever has nothing on the queue has nothing to claim from before.
  if (waiting === 0) return isLast(floor ?? 0) ? null : { again: floor ?? 0, fresh: floor ?? 0 }
  const least = floor ?? head
  if (isLast(next) || next - least > ASTRAY) return null
  // Ahead of its own fresh ones, and behind those of others that are due now.
  return { again: Math.max(0, Math.max(head, least) - 1), fresh: Math.max(next, least) }
}

/** Where a campaign begins that left the queue: with the others, or at the beginning if they are at the end. */
export function restartAt({ floor }: Standing): number {
  return floor === null || isLast(floor) ? 0 : floor
}

/** With room for all that one campaign may have on the queue. */
const isLast = (place: number) => place > PLACES - ASTRAY / 2
