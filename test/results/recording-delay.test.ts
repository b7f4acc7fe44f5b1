import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import type { Pool } from '../../src/postgres/pool.ts'
import { createLogger } from '../../src/process/logger.ts'
import { ResultWriter, UNWRITTEN_CHUNKS } from '../../src/results/result-writer.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** `took`: how long the database takes for each statement. */
const setup = (took: { ms: number }) => {
  const written: number[] = []
  const full: boolean[] = []
  const query = async ({ name, values }: { name: string; values: unknown[] }) => {
    if (name === 'results-count') return { rows: [] }
    await new Promise((resolve) => setTimeout(resolve, took.ms))
    written.push((values[4] as unknown[]).length)
    return {
      rows: [
        { at: '2026-01-01', owned: [1], campaigns: null, devices: null, movedPlaces: [], movedDevices: [] },
      ],
    }
  }
  const writer = new ResultWriter({ query } as unknown as Pool, {
    chunk: 100,
    onFull: (isFull) => full.push(isFull),
    giveUp: new AbortController().signal,
    log: createLogger('test', 'silent'),
  })
  onTestFinished(() => writer.close())
  const recorder = writer.open(
    { campaignId: 'c', seq: 0, attempt: 1, claimedAt: '2026-01-01', messageVersion: 1 },
    { onFenced: () => {}, onFailed: () => {} },
  )
  const add = (count: number) => {
    for (let id = 1; id <= count; id++) {
      recorder.add({ deviceId: id, state: 'sent', code: 'ok', messageId: null, addressIsDead: 'no' })
    }
  }
  return { add, written, writer, full }
}

test('what a kill would repeat is written at once while the database is quick', async () => {
  const { add, written, writer } = setup({ ms: 2 })
  for (const _ of [1, 2, 3]) {
    add(1)
    await vi.advanceTimersByTimeAsync(5)
  }
  expect(written).toEqual([1, 1, 1])
  expect(writer.unwritten).toBe(0)
})

test('a database that takes its time gets fewer and fuller chunks, two at a time', async () => {
  const { add, written } = setup({ ms: 20 })
  for (let round = 0; round < 10; round++) {
    add(7)
    await vi.advanceTimersByTimeAsync(1)
  }
  expect(written).toEqual([])
  await vi.advanceTimersByTimeAsync(30)
  expect(written).toEqual([7, 7, 56])
})

test('full chunks do not wait, and are written at the same time', async () => {
  const { add, written } = setup({ ms: 10 })
  add(300)
  await vi.advanceTimersByTimeAsync(10)
  expect(written).toEqual([100, 100, 100])
})

test('with too much unwritten nothing more may leave, until there is room', async () => {
  const { add, writer, full } = setup({ ms: 10 })
  const most = UNWRITTEN_CHUNKS * 100
  add(most - 1)
  expect(full).toEqual([])
  add(2)
  expect(writer).toMatchObject({ isFull: true, unwritten: most + 1 })
  await vi.advanceTimersByTimeAsync(10)
  expect(full).toEqual([true, false])
})
