import { expect, test } from 'vitest'
import type { Measured } from '../../load/bench/contenders.ts'
import { pipeline } from '../../load/bench/pipeline.ts'
import { figuresOf, missedOf } from '../../load/bench/pipeline-figures.ts'

test('ratios are those of neighbouring rounds, rates are medians', () => {
  const rates = (...all: number[]): Measured[] => all.map((rate) => ({ rate }))
  const figures = figuresOf({
    sdk: rates(100, 200, 50),
    pipeline: rates(150, 320, 80),
    http2: rates(200, 400, 100),
  })
  expect(figures.figures).toMatchObject({
    sdkRate: 100,
    pipelineRate: 150,
    pipelineOverSdk: 1.6,
    pipelineOverHttp2: 0.8,
  })
})

test('a missed target is a sentence, at the latency that it is for', () => {
  const figures = { pipelineOverSdk: 1.4, pipelineOverHttp2: 0.9, pipelineColdClimbSeconds: 6.1 }
  expect(missedOf([{ latencyMs: [100, 250], figures }])).toEqual([
    'pipelineOverSdk at 100:250 ms is 1.4, at least 1.5',
    'pipelineColdClimbSeconds at 100:250 ms is 6.1, at most 5',
  ])
  expect(missedOf([{ latencyMs: [20, 20], figures }])).toEqual([])
})

test.each([
  [['--rounds', '0'], '--rounds is "0"; expected a whole number from 1 to 100.'],
  [['--fcm-latency-ms', '200:80'], '--fcm-latency-ms is "200:80"'],
  [['--messages', '1000', '--warm-up', '900'], 'at most 80 %'],
])('the pipeline benchmark refuses %j', (args, message) => {
  expect(() => pipeline.parse(args)).toThrow(message)
})
