import { expect, test } from 'vitest'
import { type Counted, overtaking, sharesOf, sumBetween } from '../../load/bench/fair-share-figures.ts'

const FROM = 1_000_000
/** Each tenth of a second from FROM on. */
const series = (title: string, counts: number[], from = FROM) => [title, { title, from, counts }] as const
const tenths = (n: number, count: number) => Array<number>(n).fill(count)

test('messages are summed between two moments, over the campaigns that are named', () => {
  const counted: Counted = new Map([series('a', tenths(20, 3)), series('b', tenths(10, 5), FROM + 1_000)])
  expect(sumBetween(counted, ['a'], FROM + 500, FROM + 1_000)).toBe(15)
  expect(sumBetween(counted, ['a', 'b'], FROM + 500, FROM + 1_500)).toBe(30 + 25)
  expect(sumBetween(counted, ['nobody'], FROM, FROM + 1_000)).toBe(0)
})

test('the larger share of two is found in windows of five seconds, without those of a pause', () => {
  const counted: Counted = new Map([
    series('first', [...tenths(50, 10), ...tenths(60, 30)]),
    series('second', tenths(110, 10)),
  ])
  expect(sharesOf(counted, ['first', 'second'], { from: FROM, pauses: [] })).toEqual([
    0.5, 0.583, 0.643, 0.688, 0.722, 0.75,
  ])
  const pauses = [{ from: FROM + 5_500, to: FROM + 20_000 }]
  expect(sharesOf(counted, ['first', 'second'], { from: FROM, pauses })).toEqual([0.5])
})

test('one has overtaken when a half second is nine tenths its own', () => {
  const pressedAt = FROM + 1_000
  const counted: Counted = new Map([
    series('first', [...tenths(20, 10), ...tenths(20, 1)]),
    series('urgent', [...tenths(5, 5), ...tenths(10, 20)], FROM + 1_500),
  ])
  expect(overtaking(counted, pressedAt, 0.9)).toEqual({
    firstMs: 500,
    overtakenMs: 1_000,
    share: 0.95,
    endsAt: FROM + 3_000,
  })
  expect(overtaking(new Map(), pressedAt, 0.9)).toMatchObject({ firstMs: null, overtakenMs: null })
})
