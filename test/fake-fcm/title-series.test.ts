import { expect, test } from 'vitest'
import { TitleSeries } from '../../testing/fake-fcm/title-series.ts'

test('messages are counted by title and tenth of a second, from the first of each', () => {
  const series = new TitleSeries()
  for (const at of [1_000_010, 1_000_090, 1_000_250]) series.add('a', at)
  series.add('b', 1_000_250)
  expect(series.all).toEqual([
    { title: 'a', from: 1_000_000, counts: [2, 0, 1] },
    { title: 'b', from: 1_000_200, counts: [1] },
  ])
  series.reset()
  expect(series.all).toEqual([])
})
