/**
 * What a process has measured of its own work since it started: told to a parent that asks, which the load harness
 * does at the end of a run, to the process's row in PostgreSQL, and to whoever reads the metrics. It costs one addition
 * for each FCM call, and one for each chunk and each slice of messages.
 */
import type { Outcome } from '../domain/outcome.ts'
import { Durations } from './durations.ts'

/** Of every answered request to FCM, from the request to the answer's end. */
export const fcmCalls = new Durations()
/** Of every chunk of results: from the statement to its commit. */
export const recordings = new Durations()

export type OutcomeCounts = Record<Outcome['kind'], number>

export function noOutcomes(): OutcomeCounts {
  return { sent: 0, retry_later: 0, token_gone: 0, rejected: 0, in_doubt: 0, blocked: 0 }
}

/** What became of every message that was handed to FCM. Added slice by slice. */
export const outcomes = noOutcomes()

/** Adds to the counts of the whole process, or to `sum`. */
export function addOutcomes(counts: OutcomeCounts, sum: OutcomeCounts = outcomes): void {
  for (const kind of Object.keys(counts) as Outcome['kind'][]) sum[kind] += counts[kind]
}

/** Counted where it happens. */
export const counters = {
  /** References taken off the queue, claimed or not. */
  jobsTaken: 0,
  /** Results committed, skipped devices among them. */
  resultsRecorded: 0,
  /** Attempts that have ended, however. */
  attemptsEnded: 0,
}

export type Figures = ReturnType<typeof figures>

function figures() {
  return { fcmCalls: fcmCalls.counts, recordings: recordings.counts }
}

/** Answers `{ask: 'figures'}` with `{answer: 'figures', figures}`. */
export function answerFigures(): void {
  process.on('message', (message: unknown) => {
    if (typeof message !== 'object' || message === null || !('ask' in message)) return
    if (message.ask !== 'figures' || !process.connected) return
    process.send?.({ answer: 'figures', figures: figures() }, undefined, undefined, () => {})
  })
}
