/**
 * What a process has measured of its own work since it started. It is told to nobody but a parent that asks, which
 * the load harness does at the end of a run; between, it costs one addition for each FCM call and each chunk.
 */
import { Durations } from './durations.ts'

/** Of every answered request to FCM, from the request to the answer's end. */
export const fcmCalls = new Durations()
/** Of every chunk of results: from the statement to its commit. */
export const recordings = new Durations()

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
