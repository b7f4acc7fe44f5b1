import { expect, test } from 'vitest'
import type { MemoryReading } from '../../src/health/memory-reading.ts'
import { MemoryWatch } from '../../src/health/memory-watch.ts'

const LIMIT = 1000

/** A process whose readings, garbage and clock are the test's. */
function setup({ isWorker = true } = {}) {
  const reading: MemoryReading = {
    rssBytes: 100,
    rssLimitBytes: LIMIT,
    heapUsedBytes: 10,
    heapLimitBytes: LIMIT,
    nativeBytes: 5,
  }
  const steps: string[] = []
  const state = { now: 0, garbage: 0, collections: 0 }
  const watch = new MemoryWatch({
    read: () => ({ ...reading, rssBytes: reading.rssBytes + state.garbage }),
    collectGarbage: () => {
      state.collections += 1
      state.garbage = 0
    },
    onStep: (step) => steps.push(step),
    restartsWhenStuck: () => isWorker,
    clock: () => state.now,
  })
  /** One look a second, with so much of the limit in use. */
  const look = (rss: number, times = 1) => {
    reading.rssBytes = rss
    for (let n = 0; n < times; n++) {
      state.now += 1_000
      watch.look()
    }
    return watch.step
  }
  return { watch, reading, steps, state, look }
}

test('a dispatcher of 155 MB in a container of 512 MB never notices', () => {
  const { watch, reading, steps } = setup()
  reading.rssLimitBytes = 512 * 1024 * 1024
  reading.rssBytes = 155 * 1024 * 1024
  for (let n = 0; n < 100; n++) watch.look()
  expect([watch.isHigh, steps]).toEqual([false, []])
})

test('from 70 % it takes no more work, and goes on below 65 %, not before', () => {
  const { watch, steps, look } = setup()
  expect(look(699)).toBe('ok')
  expect(look(700)).toBe('stop_claiming')
  expect(look(690)).toBe('stop_claiming')
  expect(look(650)).toBe('stop_claiming')
  expect(watch.isHigh).toBe(true)
  expect(look(649)).toBe('ok')
  expect(look(690)).toBe('ok')
  expect(steps).toEqual(['stop_claiming', 'ok'])
})

test('at 80 % it releases and ends, unless it was a peak of one second', () => {
  const { steps, look } = setup()
  expect(look(850)).toBe('stop_claiming')
  expect(look(600)).toBe('ok')
  expect(look(850)).toBe('stop_claiming')
  expect(look(800)).toBe('release')
  // There is no way back: it has begun to stop.
  expect(look(100, 3)).toBe('release')
  expect(steps).toEqual(['stop_claiming', 'ok', 'stop_claiming', 'release'])
})

test('at 90 % it ends at once, also while it releases', () => {
  expect(setup().look(900)).toBe('exit')
  const { steps, look } = setup()
  look(800, 2)
  look(900, 3)
  expect(steps).toEqual(['stop_claiming', 'release', 'exit'])
})

test('the heap counts as the whole does, and a process that nobody limits has only its heap', () => {
  const { watch, reading, look } = setup()
  reading.heapUsedBytes = 700
  expect(look(100)).toBe('stop_claiming')
  reading.heapUsedBytes = 600
  expect(look(100)).toBe('ok')
  reading.rssLimitBytes = null
  expect(look(5000)).toBe('ok')
  reading.heapUsedBytes = 950
  expect(look(5000)).toBe('exit')
  expect(watch.isHigh).toBe(true)
})

test('garbage is no shortage: it is collected before anything is decided, and not every second', () => {
  const { state, steps, look } = setup()
  state.garbage = 400
  expect(look(400)).toBe('ok')
  expect([state.collections, steps]).toEqual([1, []])
  // While it is short, what was taken may have become garbage: nobody else would have it collected.
  state.now += 10_000
  expect(look(750, 15)).toBe('stop_claiming')
  expect(state.collections).toBe(3)
  state.now += 10_000
  state.garbage = 150
  expect(look(600)).toBe('ok')
})

test('a worker that can take nothing for a minute starts afresh; an API goes on as it can', () => {
  const worker = setup()
  expect(worker.look(750, 60)).toBe('stop_claiming')
  expect(worker.look(750)).toBe('release')
  const api = setup({ isWorker: false })
  expect(api.look(750, 300)).toBe('stop_claiming')
})

test('whoever rests goes on when there is room, or when the process stops', async () => {
  const { watch, look } = setup()
  const never = new AbortController()
  expect(await watch.rest(never.signal)).toBe(false)
  look(750)
  const rested = watch.rest(never.signal)
  const stopping = new AbortController()
  const cut = watch.rest(stopping.signal)
  stopping.abort()
  expect(await cut).toBe(true)
  look(100)
  expect(await rested).toBe(true)
})
