/** What many noisy figures come to. */

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle]
  if (upper === undefined) throw new Error('the median of no values was asked for')
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2
}

/** Theil–Sen needs every pair; so many points say as much as all. */
const MAX_POINTS = 400

export interface Point {
  x: number
  y: number
}

/** The median of the slopes between all pairs of points: a few outliers do not move it. 0 for fewer than two. */
export function theilSenSlope(points: readonly Point[]): number {
  const step = Math.max(1, points.length / MAX_POINTS)
  const some = Array.from(
    { length: Math.floor(points.length / step) },
    (_, i) => points[Math.floor(i * step)] as Point,
  )
  const slopes: number[] = []
  for (const [index, a] of some.entries()) {
    for (const b of some.slice(index + 1)) if (b.x !== a.x) slopes.push((b.y - a.y) / (b.x - a.x))
  }
  return slopes.length === 0 ? 0 : median(slopes)
}
