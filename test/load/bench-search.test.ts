import { expect, test } from 'vitest'
import { searchFixed } from '../../load/bench/contenders.ts'
import { searchBest } from '../../load/bench/search-best.ts'

/** A rate that is highest at `peak`. */
const hill = (peak: number) => {
  const asked: number[] = []
  const measure = async (setting: number) => {
    asked.push(setting)
    return 10_000 - 1_000 * Math.abs(Math.log2(setting / peak))
  }
  return { asked, measure }
}

test('the best is found between the doublings, after two that were worse', async () => {
  const { asked, measure } = hill(12)
  const { best, rates } = await searchBest(measure, { first: 1, most: 256 })
  expect(best).toBe(12)
  expect(asked).toEqual([1, 2, 4, 8, 16, 32, 64, 12, 24])
  expect(rates[12]).toBe(10_000)
})

test('one disturbed trial does not end the search', async () => {
  const { measure } = hill(64)
  const disturbed = (setting: number) => (setting === 8 ? Promise.resolve(0) : measure(setting))
  expect((await searchBest(disturbed, { first: 1, most: 256 })).best).toBe(64)
})

test('a best below the first setting is found', async () => {
  const { measure } = hill(100)
  expect((await searchBest(measure, { first: 800, most: 12_800 })).best).toBe(100)
})

test('a rate that still rises at the end is no best', async () => {
  await expect(searchBest(async (setting) => setting, { first: 1, most: 16 })).rejects.toThrow(
    'still rises at 16',
  )
})

test('the best fixed setting: requests in flight first, then the batches', async () => {
  const { best, rates } = await searchFixed(500, async ({ concurrency, batches }) => {
    const enough = batches > 12 ? 0.95 : 1
    return enough * (10_000 - 1_000 * Math.abs(Math.log2(concurrency / 2_000)))
  })
  expect(best).toEqual({ concurrency: 2_000, batches: 10 })
  expect(rates['2000:40']).toBe(9_500)
})
