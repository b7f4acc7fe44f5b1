/**
 * How long things took, counted in buckets that are 2.2 % wide, from a microsecond to four minutes, in 4 kB.
 *
 * Not perf_hooks' histogram: several processes do the same work, and what half of all calls took cannot be had from
 * what half of each process's calls took. Counts in equal buckets can be added up, and drawn.
 */
export const BUCKETS_AN_OCTAVE = 32
const BUCKETS = 28 * BUCKETS_AN_OCTAVE

/** Bucket number → how many. Only those that have any. */
export type BucketCounts = Record<number, number>

export class Durations {
  readonly #counts = new Uint32Array(BUCKETS)

  record(ms: number): void {
    const bucket = Math.floor(Math.log2(ms * 1000) * BUCKETS_AN_OCTAVE)
    const index = Math.min(BUCKETS - 1, Math.max(0, bucket))
    this.#counts[index] = (this.#counts[index] ?? 0) + 1
  }

  get counts(): BucketCounts {
    const counts: BucketCounts = {}
    for (const [bucket, count] of this.#counts.entries()) if (count > 0) counts[bucket] = count
    return counts
  }
}

/** In milliseconds, where a bucket begins. It ends where the next one does. */
export function beginOf(bucket: number): number {
  return 2 ** (bucket / BUCKETS_AN_OCTAVE) / 1000
}
