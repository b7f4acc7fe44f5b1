import { expect, test } from 'vitest'
import { BUCKETS_AN_OCTAVE, beginOf, Durations } from '../../src/process/durations.ts'

test.each([0.001, 0.4, 1, 7.3, 200, 31_000])(
  '%d ms are in a bucket that begins there, at most 2.2 %% lower',
  (ms) => {
    const durations = new Durations()
    durations.record(ms)
    const [[bucket, count] = ['', 0]] = Object.entries(durations.counts)
    expect(count).toBe(1)
    expect(ms / beginOf(Number(bucket))).toBeGreaterThanOrEqual(1)
    expect(ms / beginOf(Number(bucket))).toBeLessThan(2 ** (1 / BUCKETS_AN_OCTAVE) + 1e-9)
  },
)

test('what is shorter or longer than any bucket is counted in the outermost', () => {
  const durations = new Durations()
  for (const ms of [0, 1e-9, 1e9]) durations.record(ms)
  expect(Object.values(durations.counts)).toEqual([2, 1])
})
