/** What counted durations come to, of one process or of several together. */
import { BUCKETS_AN_OCTAVE, type BucketCounts, beginOf } from '../../src/process/durations.ts'

export interface Percentiles {
  count: number
  /** Milliseconds. */
  p50: number
  p95: number
  p99: number
}

export function sumOfCounts(all: readonly BucketCounts[]): BucketCounts {
  const sum: BucketCounts = {}
  for (const counts of all) {
    for (const [bucket, count] of Object.entries(counts)) {
      sum[Number(bucket)] = (sum[Number(bucket)] ?? 0) + count
    }
  }
  return sum
}

/** Null: nothing was counted. */
export function percentilesOf(counts: BucketCounts): Percentiles | null {
  const buckets = Object.entries(counts).map(([bucket, count]) => [Number(bucket), count] as const)
  const total = buckets.reduce((sum, [, count]) => sum + count, 0)
  if (total === 0) return null
  buckets.sort(([a], [b]) => a - b)
  const at = (share: number) => {
    let seen = 0
    const [bucket] = buckets.find(([, count]) => {
      seen += count
      return seen >= share * total
    }) ?? [0]
    return middleOf(bucket)
  }
  return { count: total, p50: at(0.5), p95: at(0.95), p99: at(0.99) }
}

/** The middle by ratio, in milliseconds, with the digits that a bucket's width leaves. */
function middleOf(bucket: number): number {
  return Number((beginOf(bucket) * 2 ** (0.5 / BUCKETS_AN_OCTAVE)).toPrecision(3))
}
