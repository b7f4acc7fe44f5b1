import { expect, test } from 'vitest'
import { figuresOf, ProcessSeries, rssSlopeOf } from '../../load/figures/processes.ts'
import {
  median,
  PerSecond,
  percentilesOf,
  sumOfCounts,
  theilSenSlope,
} from '../../load/figures/statistics.ts'
import { Durations } from '../../src/process/durations.ts'

test('the median is the middle value, or lies between the two of them', () => {
  expect(median([9, 1, 5])).toBe(5)
  expect(median([1, 100, 2, 3])).toBe(2.5)
  expect(() => median([])).toThrow('no values')
})

test('the slope is not moved by an outlier', () => {
  const points = Array.from({ length: 50 }, (_, x) => ({ x, y: 3 * x + 7 }))
  expect(theilSenSlope(points)).toBe(3)
  expect(theilSenSlope(points.with(20, { x: 20, y: 1e6 }))).toBe(3)
  expect(theilSenSlope([{ x: 1, y: 1 }])).toBe(0)
})

test('many points are sampled evenly, not cut off', () => {
  const points = Array.from({ length: 5_000 }, (_, x) => ({ x, y: x < 2_500 ? 0 : x - 2_500 }))
  expect(theilSenSlope(points)).toBeGreaterThan(0.2)
})

const durations = (ms: readonly number[]) => {
  const measured = new Durations()
  for (const one of ms) measured.record(one)
  return measured.counts
}
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

test('percentiles of 1 to 1000 ms are those numbers, within the width of a bucket', () => {
  const percentiles = percentilesOf(durations(upTo(1000)))
  expect(percentiles?.count).toBe(1000)
  for (const [name, value] of [
    ['p50', 500],
    ['p95', 950],
    ['p99', 990],
  ] as const) {
    expect((percentiles?.[name] ?? 0) / value, name).toBeGreaterThan(0.978)
    expect((percentiles?.[name] ?? 0) / value, name).toBeLessThan(1.022)
  }
})

test('percentiles of two processes are those of their calls together, not the middle between the two', () => {
  const [fast, slow] = [durations(Array(900).fill(10)), durations(Array(100).fill(1000))]
  const both = percentilesOf(sumOfCounts([fast, slow]))
  expect(both?.count).toBe(1000)
  expect(both?.p50).toBeCloseTo(10, 0)
  expect(both?.p95).toBeGreaterThan(970)
  expect(percentilesOf(sumOfCounts([fast]))?.p95).toBeCloseTo(10, 0)
  expect(percentilesOf(sumOfCounts([slow, fast, slow]))?.count).toBe(1100)
  expect(percentilesOf({})).toBeNull()
})

test('a rate for every second, what was gained between two looks spread over them', () => {
  const rate = new PerSecond()
  rate.add(0.5, 0)
  rate.add(1.5, 100)
  rate.add(4, 350)
  expect(rate.rates).toEqual([50, 100, 100, 100])
  expect(rate.median).toBe(100)
})

test('the median is of whole seconds; repeated attempts at the end do not decide', () => {
  const rate = new PerSecond()
  for (const [index, total] of [0, 1000, 2000, 2900, 4000].entries()) rate.add(index + 1, total)
  for (let second = 6; second <= 40; second++) rate.add(second, 4000 + second - 5)
  expect(rate.median).toBe(1000)
  expect(rate.rates).toHaveLength(40)
  expect(new PerSecond().median).toBeNull()
})

const series = (seconds: number, rssAt: (second: number) => number, capacity?: number) => {
  const made = new ProcessSeries(capacity)
  for (let look = 0; look <= seconds * 4; look++) {
    const [second, rssMb] = [look / 4, rssAt(look / 4)]
    made.add(second, { rssMb, peakRssMb: rssMb, cpuSeconds: 5 + second / 2 })
  }
  return made
}

test('memory that grows by 6 MB a minute has that slope, whatever its start was like', () => {
  const growing = series(120, (second) => (second < 20 ? 10 * second : 200 + second / 10))
  expect(growing.rssSlope).toBeCloseTo(6)
  expect(series(120, (second) => (second < 20 ? 10 * second : 200)).rssSlope).toBe(0)
  expect(growing.cpuSeconds).toBe(60)
  // Of a curve, the slope in the middle of what counts: 2 × (0.4 + 2) / 2 minutes.
  expect(series(120, (second) => (second / 60) ** 2).rssSlope).toBeCloseTo(2.4, 1)
  expect(growing.peakRssMb).toBe(212)
})

test('a run of less than a minute has no slope', () => {
  expect(series(59, (second) => second).rssSlope).toBeNull()
  expect(series(60, (second) => second).rssSlope).toBeCloseTo(60)
  expect(new ProcessSeries().rssSlope).toBeNull()
  expect(rssSlopeOf(series(40, (second) => second).points, 30)).toBeCloseTo(60)
})

test('a day of looks takes no more memory than its capacity, and keeps the first and the last', () => {
  const day = series(86_400, (second) => 100 + second / 600, 500)
  expect(day.points.length).toBeLessThanOrEqual(501)
  expect(day.points.length).toBeGreaterThan(200)
  expect([day.points[0]?.seconds, day.points.at(-1)?.seconds]).toEqual([0, 86_400])
  const middle = day.points[Math.floor(day.points.length / 2)]?.seconds ?? 0
  expect(Math.abs(middle - 43_200)).toBeLessThan(500)
  expect(day.rssSlope).toBeCloseTo(0.1)
})

test('this very process has memory and has used time; one that does not exist has no figures', () => {
  const figures = figuresOf(process.pid)
  expect(figures?.rssMb).toBeGreaterThan(20)
  expect(figures?.peakRssMb).toBeGreaterThanOrEqual((figures?.rssMb ?? 0) * 0.9)
  expect(figures?.cpuSeconds).toBeGreaterThan(0)
  expect(figuresOf(2 ** 22 + 1)).toBeNull()
})
