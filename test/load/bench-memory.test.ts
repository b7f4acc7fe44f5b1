import { expect, test } from 'vitest'
import { type MemoryRun, memoryFiguresOf, memoryTableOf, slopeOf } from '../../load/bench/memory-report.ts'

const WATERMARK = 65

interface Shape {
  peakRssMb: number
  seconds: number
  rssAt?: (second: number) => number
  isLeaking?: boolean
}

function run(devices: number, { peakRssMb, seconds, rssAt, isLeaking = false }: Shape): MemoryRun {
  const looks = Array.from({ length: seconds }, (_, second) => ({
    seconds: second,
    rssMb: rssAt?.(second) ?? peakRssMb,
    queueSize: 60,
  }))
  const round = { missing: 0, duplicates: 0, dispatcherCpuSeconds: null, firstToLastSeconds: seconds }
  return {
    devices,
    isLeaking,
    looks,
    round: { ...round, seconds, planSeconds: 1, peakRssMb },
    bytesPerDelivery: 130,
  }
}

const SMALL = run(100_000, { peakRssMb: 150, seconds: 10 })
const LEAK = run(300_000, { peakRssMb: 240, seconds: 60, isLeaking: true })

test('a flat run keeps the budget, and the leak beside it is caught', () => {
  const figures = memoryFiguresOf([run(1_000_000, { peakRssMb: 152, seconds: 100 }), SMALL, LEAK], WATERMARK)
  expect(figures).toMatchObject({ rssRatio: 1.013, timeRatio: 10, missed: [], leak: { isCaught: true } })
  expect(figures.peakRssMb).toEqual({ 100000: 150, 1000000: 152 })
})

test('a leak that is not seen is said to be not caught', () => {
  const figures = memoryFiguresOf([SMALL, SMALL, { ...LEAK, round: SMALL.round }], WATERMARK)
  expect(figures.leak.isCaught).toBe(false)
  expect(memoryTableOf(figures)).toContain('NOT CAUGHT')
})

test('each budget that is not kept has its sentence', () => {
  const large = run(1_000_000, { peakRssMb: 190, seconds: 200, rssAt: (second) => 100 + second })
  const { missed } = memoryFiguresOf([SMALL, large, LEAK], 40)
  expect(missed.join('\n')).toMatch(/over smallest audience: 1.267, at most 1.05/)
  expect(missed.join('\n')).toMatch(/time, .*: 20, at most 10.5/)
  expect(missed.join('\n')).toMatch(/peak RSS in MB at 1,000,000 devices: 190, at most 180/)
  expect(missed.join('\n')).toMatch(/gained in MB a minute at 1,000,000 devices: 60/)
  expect(missed.join('\n')).toMatch(/queue at 100,000 devices: 60, at most 40/)
})

test('the slope leaves the first fifth out, and is not told from a short run', () => {
  const warming = (second: number) => (second < 12 ? second * 10 : 120)
  expect(slopeOf(run(1, { peakRssMb: 120, seconds: 60, rssAt: warming }))).toBe(0)
  expect(slopeOf(run(1, { peakRssMb: 120, seconds: 20, rssAt: warming }))).toBeNull()
})
