/**
 * Counts of a process's own work since it started. Read by the metrics, by the heartbeat, and by a parent process that
 * asks for them (the load harness does so at the end of a run). Costs one addition for each FCM call, chunk of results
 * and window of messages.
 */
import type { Outcome } from '../domain/outcome.ts'
import { Durations } from './durations.ts'

/** Duration of every answered FCM request, from sending it to the end of the answer. */
export const fcmCalls = new Durations()
/** Duration of writing each chunk of results, from the statement to its commit. */
export const recordings = new Durations()

export type OutcomeCounts = Record<Outcome['kind'], number>

export function noOutcomes(): OutcomeCounts {
  return { sent: 0, retry_later: 0, token_gone: 0, rejected: 0, in_doubt: 0, blocked: 0 }
}

/** Outcomes of all messages sent to FCM. Updated once for each window. */
export const outcomes = noOutcomes()

/** Adds to the counts of the whole process, or to `sum`. */
export function addOutcomes(counts: OutcomeCounts, sum: OutcomeCounts = outcomes): void {
  for (const kind of Object.keys(counts) as Outcome['kind'][]) sum[kind] += counts[kind]
}

/** Incremented by the code that does the work. */
export const counters = {
  /** Jobs taken from the queue, whether or not their batch could be claimed. */
  jobsTaken: 0,
  /** Committed results, including those of skipped devices. */
  resultsRecorded: 0,
  /** Ended attempts, successful or not. */
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
