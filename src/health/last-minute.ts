/** What happened within the last minute, from counters that only grow, looked at every now and then. */
import { counters, outcomes } from '../process/counters.ts'

const WINDOW_MS = 60_000
const RATE_MS = 10_000

interface Look {
  at: number
  used: number
  deadTokens: number
  results: number
}

export interface LastMinute {
  /** Messages that count against FCM's quota: every answer but 429, 5xx and none. */
  usedLastMinute: number
  deadTokensLastMinute: number
  /** Results a second, over the last ten. */
  ratePerSecond: number
}

/** Every call is a look, and returns what has changed since the oldest one that is young enough. */
export function lastMinuteReader(clock: () => number = () => performance.now()): () => LastMinute {
  const looks: Look[] = [look(clock())]
  return () => {
    const now = look(clock())
    while (looks.length > 1 && (looks[1] as Look).at <= now.at - WINDOW_MS) looks.shift()
    const first = looks[0] as Look
    const recent = looks.find(({ at }) => at >= now.at - RATE_MS) ?? (looks.at(-1) as Look)
    // However often it is asked: two a second are enough, and as many as are kept.
    if (now.at - (looks.at(-1) as Look).at >= 500) looks.push(now)
    const seconds = (now.at - recent.at) / 1000
    return {
      usedLastMinute: now.used - first.used,
      deadTokensLastMinute: now.deadTokens - first.deadTokens,
      ratePerSecond: seconds > 0 ? Math.round((now.results - recent.results) / seconds) : 0,
    }
  }
}

function look(at: number): Look {
  const { sent, token_gone, rejected, in_doubt, blocked } = outcomes
  return {
    at,
    used: sent + token_gone + rejected + in_doubt + blocked,
    deadTokens: token_gone,
    results: counters.resultsRecorded,
  }
}
