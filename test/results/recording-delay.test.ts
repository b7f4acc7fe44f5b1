import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Pool } from '../../src/postgres/pool.ts'
import { createLogger } from '../../src/process/logger.ts'
import { ResultRecorder } from '../../src/results/record-results.ts'
import { WriteBacklog } from '../../src/results/write-backlog.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** `took`: how long the database takes for each statement. */
const setup = (took: { ms: number }) => {
  const written: number[] = []
  const query = async ({ values }: { values: unknown[] }) => {
    await new Promise((resolve) => setTimeout(resolve, took.ms))
    written.push((values[4] as unknown[]).length)
    return { rowCount: 1 }
  }
  const backlog = new WriteBacklog(1_000, () => {})
  const recorder = new ResultRecorder({ query } as unknown as Pool, {
    campaignId: 'c',
    seq: 0,
    attempt: 1,
    leaseMs: 30_000,
    chunk: 100,
    backlog,
    onFenced: () => {},
    onWritten: () => {},
    giveUp: new AbortController().signal,
    log: createLogger('test', 'silent'),
  })
  const add = (count: number) => {
    for (let id = 1; id <= count; id++) {
      recorder.add({ deviceId: id, state: 'sent', code: 'ok', messageId: null, tokenIsDead: 'no' })
    }
  }
  return { add, written, backlog }
}

test('what a kill would repeat does not wait for a chunk to fill while the database is quick', async () => {
  const { add, written, backlog } = setup({ ms: 2 })
  for (const _ of [1, 2, 3]) {
    add(7)
    await vi.advanceTimersByTimeAsync(12)
  }
  expect(written).toEqual([7, 7, 7])
  expect(backlog.unwritten).toBe(0)
})

test('a database that takes its time gets fewer and fuller chunks', async () => {
  const { add, written } = setup({ ms: 20 })
  add(7)
  await vi.advanceTimersByTimeAsync(30)
  expect(written).toEqual([7])
  for (let round = 0; round < 7; round++) {
    add(7)
    await vi.advanceTimersByTimeAsync(10)
  }
  expect(written).toEqual([7])
  await vi.advanceTimersByTimeAsync(30)
  expect(written).toEqual([7, 49])
})

test('however slow the database is, nothing waits longer than a quarter of a second', async () => {
  const { add, written } = setup({ ms: 1_000 })
  add(1)
  await vi.advanceTimersByTimeAsync(1_010)
  add(1)
  await vi.advanceTimersByTimeAsync(250 + 1_000)
  expect(written).toEqual([1, 1])
})

test('a full chunk does not wait at all', async () => {
  const { add, written } = setup({ ms: 0 })
  add(100)
  await vi.advanceTimersByTimeAsync(0)
  expect(written).toEqual([100])
})
