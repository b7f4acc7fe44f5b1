import { expect, test } from 'vitest'
import { figuresOf, type Measured, pipeline } from '../../load/bench/pipeline.ts'

test('ratios are those of neighbouring rounds, rates are medians', () => {
  const rates = (...all: number[]): Measured[] => all.map((rate) => ({ rate }))
  const figures = figuresOf({
    sdk: rates(100, 200, 50),
    pipeline: rates(150, 320, 80),
    http2: rates(200, 400, 100),
  })
  expect(figures).toMatchObject({
    sdkRate: 100,
    pipelineRate: 150,
    pipelineOverSdk: 1.6,
    pipelineOverHttp2: 0.8,
  })
})

test.each([
  [['--rounds', '0'], '--rounds is "0"; expected a whole number from 1 to 100.'],
  [['--fcm-latency-ms', '200:80'], '--fcm-latency-ms is "200:80"'],
  [['--messages', '1000', '--warm-up', '900'], 'at most 80 %'],
])('the pipeline benchmark refuses %j', (args, message) => {
  expect(() => pipeline.parse(args)).toThrow(message)
})
