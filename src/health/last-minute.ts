/** What happened recently, computed from counters that only grow: each call takes a sample and compares it with older ones. */
import { counters, type OutcomeCounts } from '../process/counters.ts'
import type { Durations } from '../process/durations.ts'

const MINUTE_MS = 60_000
const RATE_MS = 10_000
/** Samples closer together than this are not kept, however often somebody asks. */
const SAMPLE_MS = 500

export interface QuotaUse {
  /** Messages that count against FCM's quota: every answer but 429 and 5xx. */
  usedLastMinute: number
  deadAddressesLastMinute: number
}

type Clock = () => number

const now: Clock = () => performance.now()

export function quotaUseReader(outcomes: OutcomeCounts, clock = now): () => QuotaUse {
  const used = growthReader(() => usedOf(outcomes), MINUTE_MS, clock)
  const deadAddresses = growthReader(() => outcomes.token_gone, MINUTE_MS, clock)
  return () => ({ usedLastMinute: used().growth, deadAddressesLastMinute: deadAddresses().growth })
}

/** Results a second, over the last ten seconds. */
export function resultRateReader(clock = now): () => number {
  const results = growthReader(() => counters.resultsRecorded, RATE_MS, clock)
  return () => {
    const { growth, seconds } = results()
    return seconds > 0 ? Math.round(growth / seconds) : 0
  }
}

/** Mean of what was recorded in the last ten seconds, in milliseconds; null if nothing was. */
export function meanReader(durations: Durations, clock = now): () => number | null {
  const counts = growthReader(() => durations.count, RATE_MS, clock)
  const sums = growthReader(() => durations.sumMs, RATE_MS, clock)
  return () => {
    const [{ growth: count }, { growth: sumMs }] = [counts(), sums()]
    return count > 0 ? sumMs / count : null
  }
}

function usedOf({ sent, token_gone, rejected, in_doubt, blocked }: OutcomeCounts): number {
  return sent + token_gone + rejected + in_doubt + blocked
}

/** How much a counter has grown since the last sample that is at least `windowMs` old, or since the first. */
function growthReader(
  read: () => number,
  windowMs: number,
  clock: Clock,
): () => { growth: number; seconds: number } {
  const samples = [{ at: clock(), value: read() }]
  return () => {
    const sample = { at: clock(), value: read() }
    while (samples[1] !== undefined && samples[1].at <= sample.at - windowMs) samples.shift()
    if (sample.at - (samples.at(-1)?.at ?? 0) >= SAMPLE_MS) samples.push(sample)
    const first = samples[0] ?? sample
    return { growth: sample.value - first.value, seconds: (sample.at - first.at) / 1000 }
  }
}
