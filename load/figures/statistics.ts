/** Medians, slopes, percentiles and rates. */
import { BUCKETS_AN_OCTAVE, type BucketCounts, beginOf } from '../../src/process/durations.ts'

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle]
  if (upper === undefined) throw new Error('there is no median of no values')
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2
}

/** Theil–Sen compares every pair; a sample of this many points gives the same slope. */
const MAX_POINTS = 400

export interface Point {
  x: number
  y: number
}

/** The median of the slopes between all pairs of points: outliers do not move it. 0 for fewer than two points. */
export function theilSenSlope(points: readonly Point[]): number {
  const step = Math.max(1, points.length / MAX_POINTS)
  const sample = Array.from(
    { length: Math.floor(points.length / step) },
    (_, index) => points[Math.floor(index * step)] as Point,
  )
  const slopes = sample.flatMap((a, index) =>
    sample.slice(index + 1).flatMap((b) => (b.x === a.x ? [] : [(b.y - a.y) / (b.x - a.x)])),
  )
  return slopes.length === 0 ? 0 : median(slopes)
}

export interface Percentiles {
  count: number
  /** Milliseconds. */
  p50: number
  p95: number
  p99: number
}

/** Of durations in milliseconds. */
export function spread(times: readonly number[]): Percentiles & { max: number } {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number) =>
    Number((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1))
  return { count: sorted.length, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) }
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

/** Of durations counted in buckets; null if there are none. */
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
    // The geometric middle of the bucket, with the digits that its width allows.
    return Number((beginOf(bucket) * 2 ** (0.5 / BUCKETS_AN_OCTAVE)).toPrecision(3))
  }
  return { count: total, p50: at(0.5), p95: at(0.95), p99: at(0.99) }
}

/** Repeated attempts come up to a minute late and must not decide the rate. */
const NEARLY_ALL = 0.99

/** A rate for every second, from a total that is read now and then: a gain is spread evenly over the time it took. */
export class PerSecond {
  readonly #gained: number[] = []
  #seconds = 0
  #total = 0
  #beganAt: number | null = null
  #endedAt = 0

  /** `seconds` since the beginning and the `total` reached by then; both only grow. */
  add(seconds: number, total: number): void {
    const span = seconds - this.#seconds
    if (span <= 0) return
    const gain = Math.max(0, total - this.#total)
    if (gain > 0) {
      this.#beganAt ??= this.#seconds
      this.#endedAt = seconds
    }
    for (let from = this.#seconds; from < seconds; ) {
      const second = Math.floor(from)
      const to = Math.min(second + 1, seconds)
      this.#gained[second] = (this.#gained[second] ?? 0) + (gain * (to - from)) / span
      from = to
    }
    this.#seconds = seconds
    this.#total = Math.max(total, this.#total)
  }

  /** Of each second from the beginning to the last gain. */
  get rates(): number[] {
    return this.#gained.slice(0, Math.ceil(this.#endedAt)).map(Math.round)
  }

  /** Of the whole seconds from the first gain until nearly all was gained; null if there is none. */
  get median(): number | null {
    if (this.#beganAt === null) return null
    let sum = 0
    const last = this.#gained.findIndex((gain) => {
      sum += gain
      return sum >= this.#total * NEARLY_ALL
    })
    const first = Math.ceil(this.#beganAt)
    const end = Math.floor(Math.min(this.#endedAt, last + 1))
    return end <= first ? null : Math.round(median(this.#gained.slice(first, end)))
  }
}
