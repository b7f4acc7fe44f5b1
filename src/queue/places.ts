/**
 * In which order the campaigns of one priority come to their turns: each batch on the queue has a place, campaigns have their
 * places in parallel (1, 2, 3, … each), and the smallest goes first. So of two campaigns every other batch is of the one and of
 * the other, however many of each are on the queue and whoever began first. Without places, the queue would be in the order of
 * arrival: up to a watermark of the one, then as many of the other, ten seconds each.
 *
 * A campaign that joins begins at the smallest place that still waits (`floor`), not at 1: it would otherwise overtake the
 * others for as long as they have been sending. This is start-time fair queueing, with a batch as the unit. Pure.
 *
 * The queue's numbers are limited, so a campaign that comes to their end begins anew at the beginning (a lap), and the others
 * follow as soon as somebody looks at them. Campaigns of one lap are near each other, whatever they have had, because the one
 * behind is always taken first: whoever is further away than half of the numbers is a lap ahead, or behind.
 */

/** Of each priority. BullMQ has 2^21 - 1 numbers for ten priorities. */
export const PLACES = 209_000
/** Campaigns begin anew from here on: enough is left for all that one of them may have on the queue. */
const LAST = 159_000
const A_LAP = 100_000

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

/** Whether a campaign may have to begin anew although it puts nothing on the queue: it would wait there for a whole lap. */
export function mayBeALapBehind(next: number): boolean {
  return next > A_LAP
}

/** Null: it begins anew. Then all its batches leave the queue, and go on it again from `restartAt` on. */
export function placesToTake({ next, waiting, waitingFresh, floor }: Standing): PlacesToTake | null {
  // Whoever has nothing on the queue has nothing to claim from before.
  if (waiting === 0) return { again: floor ?? 0, fresh: floor ?? 0 }
  if (next > LAST || (floor !== null && next - floor > A_LAP)) return null
  const head = next - waitingFresh
  // Those that are a lap behind follow: they are no measure.
  const least = floor === null || floor - head > A_LAP ? head : floor
  // Ahead of its own fresh ones, and behind those of others that are due now.
  return { again: Math.max(0, Math.max(head, least) - 1), fresh: Math.max(next, least) }
}

/** With those that have begun anew before, or at the beginning. */
export function restartAt({ floor }: Pick<Standing, 'floor'>): number {
  return floor === null || floor > A_LAP ? 0 : floor
}
