import { describe, expect, test } from 'vitest'
import { markersOf, rangeOf, plotSeries as seriesOf } from '../../console/src/pages/campaign/plot-series.ts'

const START = Date.parse('2026-11-21T05:00:00Z') / 1_000
const bucket = (seconds: number, sent: number, more: object = {}) => ({
  at: new Date((START + seconds) * 1_000).toISOString(),
  sent,
  failed: 0,
  skipped: 0,
  inDoubt: 0,
  ...more,
})

const plotSeries = (
  timeline: Pick<Parameters<typeof seriesOf>[0], 'bucketSeconds' | 'data'>,
  isMoving: boolean,
) =>
  seriesOf({ asOf: new Date(START * 1_000).toISOString(), pauses: [], pushedBack: [], ...timeline }, isMoving)

describe('plotSeries', () => {
  test('is per second, with the width of the last bucket, and the mean over the whole time', () => {
    const series = plotSeries(
      { bucketSeconds: 5, data: [bucket(0, 50), bucket(5, 100, { failed: 50 })] },
      false,
    )
    expect(series.times).toEqual([START, START + 5, START + 10])
    expect(series.rate).toEqual([10, 30, 30])
    expect(series.by).toEqual({ failed: [0, 10, 10], in_doubt: [0, 0, 0], sent: [10, 20, 20] })
    expect(series.totals).toEqual({ failed: 50, in_doubt: 0, sent: 150 })
    expect(series.highest).toEqual({ rate: 30, at: new Date((START + 5) * 1_000) })
    expect(series.mean).toBe(20)
  })

  test('skipped messages were not sent: they are no part of the rate', () => {
    const { rate, by } = plotSeries(
      { bucketSeconds: 1, data: [bucket(0, 5, { skipped: 7, inDoubt: 1 })] },
      false,
    )
    expect(rate[0]).toBe(6)
    expect(by).toEqual({ failed: [0, 0], in_doubt: [1, 1], sent: [5, 5] })
  })

  test('a gap is drawn as nothing happening', () => {
    const { times, rate } = plotSeries({ bucketSeconds: 5, data: [bucket(0, 50), bucket(60, 50)] }, false)
    expect(times).toEqual([START, START + 5, START + 60, START + 65])
    expect(rate).toEqual([10, 0, 10, 10])
  })

  test('while it moves, the bucket that is not over is left out, unless it is the only one', () => {
    const data = [bucket(0, 50), bucket(5, 50), bucket(10, 1)]
    expect(plotSeries({ bucketSeconds: 5, data }, true).times).toEqual([START, START + 5, START + 10])
    expect(plotSeries({ bucketSeconds: 5, data: data.slice(0, 1) }, true).times).toEqual([START, START + 5])
  })

  test('of nothing is nothing', () => {
    const series = plotSeries({ bucketSeconds: 1, data: [] }, true)
    expect(series).toMatchObject({ times: [], highest: null, mean: 0 })
  })
})

describe('markers', () => {
  const at = (seconds: number) => new Date((START + seconds) * 1_000).toISOString()

  test('say what was done to the campaign, in the order of time', () => {
    expect(
      markersOf(
        { startedAt: at(0), pausedAt: at(90), pauseReason: 'too_many_errors', closedAt: null },
        [at(60), at(120)],
        {
          pauses: [
            { from: at(10), to: at(20), reason: 'by_operator', isCanceled: false },
            { from: at(90), to: null, reason: 'too_many_errors', isCanceled: false },
          ],
          pushedBack: [at(30)],
        },
      ).map(({ kind, at: seconds }) => [kind, seconds - START]),
    ).toEqual([
      ['started', 0],
      ['paused', 10],
      ['resumed', 20],
      ['pushed_back', 30],
      ['corrected', 60],
      ['paused', 90],
      ['corrected', 120],
    ])
  })

  test('know a cancel from a pause, and its end from a resume', () => {
    const campaign = { startedAt: at(0), pausedAt: null, pauseReason: null, closedAt: at(60) }
    const pauses = [
      { from: at(10), to: at(15), reason: 'canceling' as const, isCanceled: false },
      { from: at(30), to: at(40), reason: 'by_operator' as const, isCanceled: true },
    ]
    expect(markersOf(campaign, [], { pauses, pushedBack: [] }).map(({ kind }) => kind)).toEqual([
      ...['started', 'canceling', 'kept', 'paused', 'canceled', 'closed'],
    ])
  })

  test('widen the plot if they are near, and do not squeeze it if they are days away', () => {
    const times = [START, START + 100]
    const marker = (seconds: number) => ({ kind: 'closed' as const, at: START + seconds })
    expect(rangeOf(times, [marker(-3), marker(104)])).toEqual([START - 3, START + 104])
    expect(rangeOf(times, [marker(2 * 86_400)])).toEqual([START, START + 100])
    expect(rangeOf(times, [])).toEqual([START, START + 100])
  })
})
