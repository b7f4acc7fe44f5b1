import { expect, test } from 'vitest'
import { joinReads } from '../../src/process/join-reads.ts'

/** Reads that end when told to, each with its number. */
function setup() {
  const reads: { key: string; end: (error?: Error) => void }[] = []
  const read = joinReads((key) => {
    const { promise, resolve, reject } = Promise.withResolvers<number>()
    const number = reads.length
    reads.push({ key, end: (error) => (error ? reject(error) : resolve(number)) })
    return promise
  })
  const settle = () => new Promise((resolve) => setImmediate(resolve))
  return { reads, read, settle }
}

test('whoever asks while a read is under way gets the next one, which all of them share', async () => {
  const { reads, read, settle } = setup()
  const first = read('a')
  const late = [read('a'), read('a'), read('a')]
  expect(reads).toHaveLength(1)
  reads[0]?.end()
  expect(await first).toBe(0)
  await settle()
  expect(reads).toHaveLength(2)
  const later = read('a')
  reads[1]?.end()
  expect(await Promise.all(late)).toEqual([1, 1, 1])
  await settle()
  reads[2]?.end()
  expect(await later).toBe(2)
})

test('different things do not wait for each other', async () => {
  const { reads, read } = setup()
  const asked = [read('a'), read('b')]
  expect(reads.map(({ key }) => key)).toEqual(['a', 'b'])
  for (const { end } of reads) end()
  expect(await Promise.all(asked)).toEqual([0, 1])
})

test('a read that fails fails for those who share it, and the next one is tried', async () => {
  const { reads, read, settle } = setup()
  const first = read('a')
  const second = read('a')
  reads[0]?.end(new Error('gone'))
  await expect(first).rejects.toThrow('gone')
  await settle()
  reads[1]?.end()
  expect(await second).toBe(1)
})

test('nothing is kept once nobody asks', async () => {
  const { reads, read, settle } = setup()
  const first = read('a')
  reads[0]?.end()
  await first
  await settle()
  const second = read('a')
  expect(reads).toHaveLength(2)
  reads[1]?.end()
  expect(await second).toBe(1)
})
