import { expect, test } from 'vitest'
import { type MemoryRun, memoryFiguresOf } from '../../load/bench/memory.ts'

const WATERMARK = 65

const run = (devices: number, changes: Partial<MemoryRun> = {}): MemoryRun => ({
  devices,
  peakRssMb: 150,
  seconds: devices / 10_000,
  planSeconds: 1,
  queuePeak: 60,
  bytesPerDelivery: 130,
  slopeMbPerMinute: null,
  ...changes,
})

const SMALL = run(100_000)
const LEAK = run(300_000, { peakRssMb: 240 })

test('a flat run stays within the budget, and the leak is detected', () => {
  const figures = memoryFiguresOf(
    [run(1_000_000, { peakRssMb: 152, slopeMbPerMinute: 2 }), SMALL],
    LEAK,
    WATERMARK,
  )
  expect(figures).toMatchObject({
    rssRatio: 1.013,
    timeRatio: 10,
    missed: [],
    wrong: [],
    leak: { isCaught: true },
  })
  expect(figures.runs.map(({ devices }) => devices)).toEqual([100_000, 1_000_000])
})

test('a leak that is not detected is a failure', () => {
  const { leak, wrong } = memoryFiguresOf([SMALL, run(200_000)], { ...LEAK, peakRssMb: 150 }, WATERMARK)
  expect(leak.isCaught).toBe(false)
  expect(wrong).toContainEqual(expect.stringContaining('the deliberate leak was not detected'))
})

test('each exceeded budget is named', () => {
  const large = run(1_000_000, {
    peakRssMb: 230,
    seconds: 200,
    planSeconds: 11,
    slopeMbPerMinute: 60,
    bytesPerDelivery: 141,
  })
  const text = memoryFiguresOf([SMALL, large], LEAK, 40).missed.join('\n')
  expect(text).toMatch(/over smallest audience: 1.533, at most 1.05/)
  expect(text).toMatch(/time, .*: 20, at most 10.5/)
  expect(text).toMatch(/peak RSS in MB at 1,000,000 devices: 230, at most 220/)
  expect(text).toMatch(/gained in MB a minute at 1,000,000 devices: 60/)
  expect(text).toMatch(/seconds to plan 1,000,000 devices: 11, at most 10/)
  expect(text).toMatch(/bytes a delivery: 141, at most 140/)
  expect(text).toMatch(/queue at 100,000 devices: 60, at most 40/)
})
