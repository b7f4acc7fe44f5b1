import { expect, test } from 'vitest'
import { StandstillWatch, standstillPatienceMs } from '../../src/dispatch/standstill-watch.ts'

/** A dispatcher in the test's hands. */
function setup() {
  const state = { now: 0, progress: 0, isExcused: false, inHand: 1, waiting: 0, isAway: false, asked: 0 }
  const told: number[] = []
  const watch = new StandstillWatch({
    patienceMs: 60_000,
    progress: () => String(state.progress),
    isExcused: () => state.isExcused,
    batchesInHand: () => state.inHand,
    waitingJobs: async () => {
      state.asked += 1
      if (state.isAway) throw new Error('the queue is away')
      return state.waiting
    },
    onStandstill: (seconds) => told.push(seconds),
    clock: () => state.now,
  })
  const pass = async (seconds: number, each = () => {}) => {
    for (let n = 0; n < seconds; n++) {
      state.now += 1_000
      each()
      await watch.look()
    }
  }
  return { state, told, pass }
}

test('a batch in hand and nothing moving for as long as its patience: told once', async () => {
  const { told, pass } = setup()
  await pass(59)
  expect(told).toEqual([])
  await pass(30)
  expect(told).toEqual([60])
})

test('whatever moves starts the time anew', async () => {
  const { state, told, pass } = setup()
  await pass(59)
  state.progress += 1
  await pass(59)
  expect(told).toEqual([])
  await pass(2)
  expect(told).toEqual([60])
})

test('nothing in hand and nothing to take is no standstill, and the queue is asked once in a patience', async () => {
  const { state, told, pass } = setup()
  state.inHand = 0
  await pass(3_600)
  expect(told).toEqual([])
  expect(state.asked).toBe(60)
})

test('entries that nobody takes are one', async () => {
  const { state, told, pass } = setup()
  state.inHand = 0
  state.waiting = 3
  await pass(61)
  expect(told).toEqual([60])
})

test('a queue that is away knows of no work', async () => {
  const { state, told, pass } = setup()
  state.inHand = 0
  state.waiting = 3
  state.isAway = true
  await pass(300)
  expect(told).toEqual([])
})

test('a reason that passes excuses it, and the time counts from its end', async () => {
  const { state, told, pass } = setup()
  state.isExcused = true
  await pass(600)
  state.isExcused = false
  await pass(59)
  expect(told).toEqual([])
  await pass(2)
  expect(told).toEqual([60])
})

test('what moves while the queue is asked counts', async () => {
  const { state, told, pass } = setup()
  state.inHand = 0
  state.waiting = 1
  await pass(60, () => {
    if (state.now === 60_000) queueMicrotask(() => (state.progress += 1))
  })
  expect(told).toEqual([])
})

test('the patience outlasts whatever is waited for on purpose', () => {
  const waits = { leaseMs: 30_000, requestTimeoutMs: 10_000, statementTimeoutMs: 30_000 }
  expect(standstillPatienceMs(waits)).toBe(64_000)
  expect(standstillPatienceMs({ ...waits, leaseMs: 120_000 })).toBe(240_000)
})
