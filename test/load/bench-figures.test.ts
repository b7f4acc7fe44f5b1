import { expect, test } from 'vitest'
import { parseBenchOptions } from '../../load/bench/bench-options.ts'
import { figuresOf } from '../../load/bench/bench-report.ts'
import type { Contender, Measured } from '../../load/bench/contenders.ts'
import { rateIn } from '../../load/bench/h2load.ts'
import { median, theilSenSlope } from '../../load/figures/statistics.ts'

function contender(name: string): Contender {
  return { name, label: name, round: async () => ({ rate: 1 }) }
}

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

test('many points are thinned out, not cut off', () => {
  const points = Array.from({ length: 5_000 }, (_, x) => ({ x, y: x < 2_500 ? 0 : x - 2_500 }))
  expect(theilSenSlope(points)).toBeGreaterThan(0.2)
})

test('ratios are those of neighbouring rounds, rates are medians', () => {
  const rates = (...all: (number | null)[]): Measured[] => all.map((rate) => ({ rate }))
  const figures = figuresOf(
    new Map([
      [contender('sdk'), rates(100, 200, 50)],
      [contender('pipeline'), rates(150, 320, 80)],
      [contender('http2'), rates(200, 400, 100)],
      [contender('h2load'), rates(null, null, null)],
    ]),
  )
  expect(figures).toMatchObject({
    sdkRate: 100,
    pipelineRate: 150,
    pipelineOverSdk: 1.6,
    pipelineOverHttp2: 0.8,
    h2loadRate: null,
    http2OverH2load: null,
  })
})

test('h2load is believed only when every message was accepted', () => {
  const output = (accepted: number) =>
    `finished in 2.10s, 47619.05 req/s, 6.81MB/s\nrequests: 100000 total\nstatus codes: ${accepted} 2xx, 0 3xx, 0 4xx, 0 5xx\n`
  expect(rateIn(output(100_000), 100_000)).toBe(47_619.05)
  expect(() => rateIn(output(99_999), 100_000)).toThrow('99999 accepted')
  expect(() => rateIn('', 100_000)).toThrow('h2load was asked for')
})

test('options say what they expect', () => {
  expect(parseBenchOptions(['--fcm-latency-ms', '80:200']).latencyMs).toEqual([80, 200])
  expect(parseBenchOptions(['--fcm-latency-ms', '50']).latencyMs).toEqual([50, 50])
  expect(() => parseBenchOptions(['--rounds', '0'])).toThrow('--rounds is "0"')
  expect(() => parseBenchOptions(['--messages', '1000', '--warm-up', '900'])).toThrow('at most 80 %')
})
