import { expect, test } from 'vitest'
import { rateIn } from '../../load/bench/h2load.ts'
import { figuresOf, type Measured, pipeline } from '../../load/bench/pipeline.ts'

test('ratios are those of neighbouring rounds, rates are medians', () => {
  const rates = (...all: (number | null)[]): Measured[] => all.map((rate) => ({ rate }))
  const figures = figuresOf({
    sdk: rates(100, 200, 50),
    pipeline: rates(150, 320, 80),
    http2: rates(200, 400, 100),
    h2load: rates(null, null, null),
  })
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
  expect(() => rateIn(output(99_999), 100_000)).toThrow('99999 were accepted')
  expect(() => rateIn('', 100_000)).toThrow('h2load was told to send')
})

test.each([
  [['--rounds', '0'], '--rounds is "0"; expected a whole number from 1 to 100.'],
  [['--fcm-latency-ms', '200:80'], '--fcm-latency-ms is "200:80"'],
  [['--messages', '1000', '--warm-up', '900'], 'at most 80 %'],
])('the pipeline benchmark refuses %j', (args, message) => {
  expect(() => pipeline.parse(args)).toThrow(message)
})
