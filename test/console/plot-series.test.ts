import { describe, expect, test } from 'vitest'
import { plotSeries } from '../../console/src/pages/campaign/plot-series.ts'

const START = Date.parse('2026-11-21T05:00:00Z') / 1_000
const bucket = (seconds: number, sent: number, more: object = {}) => ({
  at: new Date((START + seconds) * 1_000).toISOString(),
  sent,
  failed: 0,
  skipped: 0,
  inDoubt: 0,
  ...more,
})

describe('plotSeries', () => {
  test('is per second, with the width of the last bucket, and the mean over the whole time', () => {
    const series = plotSeries(
      { bucketSeconds: 5, data: [bucket(0, 50), bucket(5, 100, { failed: 50 })] },
      false,
    )
    expect(series.times).toEqual([START, START + 5, START + 10])
    expect(series.rate).toEqual([10, 30, 30])
    expect(series.notSent.failed).toEqual([0, 10, 10])
    expect(series.totals).toEqual({ failed: 50, skipped: 0, in_doubt: 0 })
    expect(series.highest).toEqual({ rate: 30, at: new Date((START + 5) * 1_000) })
    expect(series.mean).toBe(20)
  })

  test('skipped messages were not sent: they are no part of the rate', () => {
    const { rate, notSent } = plotSeries(
      { bucketSeconds: 1, data: [bucket(0, 5, { skipped: 7, inDoubt: 1 })] },
      false,
    )
    expect(rate[0]).toBe(6)
    expect(notSent.skipped[0]).toBe(7)
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
