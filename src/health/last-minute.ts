/** Figures for the last minute, computed from samples of counters that only grow. */
import { counters, outcomes } from '../process/counters.ts'

const WINDOW_MS = 60_000
const RATE_MS = 10_000

interface Sample {
  at: number
  used: number
  deadTokens: number
  results: number
}

export interface LastMinute {
  /** Messages that count against FCM's quota: all that were answered, except with 429 or 5xx. */
  usedLastMinute: number
  deadTokensLastMinute: number
  /** Results per second, over the last ten seconds. */
  ratePerSecond: number
}

/** Each call takes a sample and returns the change since the oldest sample within the window. */
export function lastMinuteReader(clock: () => number = () => performance.now()): () => LastMinute {
  const samples: Sample[] = [sampleAt(clock())]
  return () => {
    const now = sampleAt(clock())
    while (samples.length > 1 && (samples[1] as Sample).at <= now.at - WINDOW_MS) samples.shift()
    const first = samples[0] as Sample
    const recent = samples.find(({ at }) => at >= now.at - RATE_MS) ?? (samples.at(-1) as Sample)
    // Keeps at most two samples a second, however often it is called.
    if (now.at - (samples.at(-1) as Sample).at >= 500) samples.push(now)
    const seconds = (now.at - recent.at) / 1000
    return {
      usedLastMinute: now.used - first.used,
      deadTokensLastMinute: now.deadTokens - first.deadTokens,
      ratePerSecond: seconds > 0 ? Math.round((now.results - recent.results) / seconds) : 0,
    }
  }
}

function sampleAt(at: number): Sample {
  const { sent, token_gone, rejected, in_doubt, blocked } = outcomes
  return {
    at,
    used: sent + token_gone + rejected + in_doubt + blocked,
    deadTokens: token_gone,
    results: counters.resultsRecorded,
  }
}
