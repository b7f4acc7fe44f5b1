/** Counted durations as inline SVG: bars of equal ratio, so that a fast and a slow call are both to be seen. */
import { BUCKETS_AN_OCTAVE, type BucketCounts, beginOf } from '../../src/process/durations.ts'
import { grouped } from '../../testing/terminal/progress.ts'
import type { Percentiles } from '../figures/percentiles.ts'
import { escaped, planeOf, WIDTH } from './plane.ts'

/** Bars a factor of two; as many buckets as make one of them are put together. */
const BARS_AN_OCTAVE = 8
const BUCKETS_A_BAR = BUCKETS_AN_OCTAVE / BARS_AN_OCTAVE
const TICKS_MS = [0.01, 0.1, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 100_000]
const MAX_TICKS = 8
/** The height of a mark's words, on a small screen. */
const MARK = 24

export function histogramPlot(title: string, counts: BucketCounts, percentiles: Percentiles | null): string {
  if (percentiles === null) return '<p class="none">Not measured.</p>'
  const bars = new Map<number, number>()
  for (const [bucket, count] of Object.entries(counts)) {
    const bar = Math.floor(Number(bucket) / BUCKETS_A_BAR)
    bars.set(bar, (bars.get(bar) ?? 0) + count)
  }
  const first = Math.min(...bars.keys()) - BARS_AN_OCTAVE / 2
  const last = Math.max(...bars.keys()) + 1 + BARS_AN_OCTAVE / 2
  const plane = planeOf({ x: [first, last], y: [0, Math.max(...bars.values())], above: MARK * 3 })
  const drawn = [...bars].map(([bar, count]) => {
    const [left, right, top] = [plane.x(bar), plane.x(bar + 1), plane.y(count)]
    const range = `${ms(beginOf(bar * BUCKETS_A_BAR))} to ${ms(beginOf((bar + 1) * BUCKETS_A_BAR))}: ${grouped(count)}`
    return `<rect class="bar" x="${(left + 0.75).toFixed(1)}" width="${Math.max(0.5, right - left - 1.5).toFixed(1)}" y="${top.toFixed(1)}" height="${(plane.bottom - top).toFixed(1)}"><title>${escaped(range)}</title></rect>`
  })
  const barAt = (value: number) => Math.log2(value * 1000) * BARS_AN_OCTAVE
  const inside = TICKS_MS.filter((value) => barAt(value) > first && barAt(value) < last)
  const every = Math.ceil(inside.length / MAX_TICKS)
  const ticks = inside.filter((_, index) => index % every === 0)
  const marks = (['p50', 'p95', 'p99'] as const).map((name, index) => {
    const at = plane.x(barAt(percentiles[name]))
    const anchor = at > WIDTH / 2 ? 'end' : 'start'
    const aside = at + (anchor === 'end' ? -5 : 5)
    return `<line class="level" x1="${at.toFixed(1)}" x2="${at.toFixed(1)}" y1="${6 + index * MARK}" y2="${plane.bottom}"/><text class="mark" x="${aside.toFixed(1)}" y="${18 + index * MARK}" text-anchor="${anchor}">${name} ${ms(percentiles[name])}</text>`
  })
  const xAxis = plane.xAxis(ticks.map((value) => ({ at: barAt(value), label: ms(value) })))
  return `<svg viewBox="0 0 ${WIDTH} ${plane.height}" role="img" aria-label="${escaped(title)}">${plane.yAxis('calls')}${xAxis}${drawn.join('')}${marks.join('')}</svg>`
}

function ms(value: number): string {
  return value >= 10_000
    ? `${grouped(Number((value / 1000).toPrecision(3)))} s`
    : `${Number(value.toPrecision(3))} ms`
}
