import { expect, test } from 'vitest'
import { HashedCounts } from '../../testing/fake-fcm/hashed-counts.ts'

test('two counts for each text, through every growth', () => {
  const counts = new HashedCounts(1_000_000)
  const texts = Array.from({ length: 50_000 }, (_, index) => `token-${index}`)
  for (const text of texts) expect(counts.addFirst(text)).toBe(true)
  for (const text of texts.filter((_, index) => index % 2 === 0)) counts.addSecond(text)
  counts.addFirst('token-7')
  expect([counts.first('token-7'), counts.second('token-7')]).toEqual([2, 0])
  expect(texts.filter((text) => counts.first(text) === 1)).toHaveLength(49_999)
  expect(texts.filter((text) => counts.second(text) === 1)).toHaveLength(25_000)
})

test('a text that was never counted has no counts', () => {
  const counts = new HashedCounts(10)
  expect([counts.first('x'), counts.second('x'), counts.addSecond('x')]).toEqual([0, 0, undefined])
})

test('at its limit it refuses what is new and goes on counting what it knows', () => {
  const counts = new HashedCounts(2)
  expect(['a', 'b', 'c', 'a'].map((text) => counts.addFirst(text))).toEqual([true, true, false, true])
  expect([counts.first('a'), counts.first('c')]).toEqual([2, 0])
})

test('a count stays at 255', () => {
  const counts = new HashedCounts(1)
  for (let i = 0; i < 300; i++) counts.addFirst('a')
  expect(counts.first('a')).toBe(255)
})
