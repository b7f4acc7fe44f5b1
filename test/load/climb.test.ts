import { expect, test } from 'vitest'
import { climbOf, ratesOf, type Sample, sampleTotal } from '../../load/bench/climb.ts'
import { until } from '../support/until.ts'

/** Rises to 1,000 a second within `rampSeconds`, and stays there. */
const run = (rampSeconds: number, seconds: number): Sample[] => {
  const samples: Sample[] = []
  let total = 0
  for (let n = 0; n <= seconds * 10; n++) {
    samples.push({ seconds: n / 10, total })
    total += 100 * Math.min(1, n / 10 / rampSeconds)
  }
  return samples
}

test('the time until nine tenths of the steady rate', () => {
  const climb = climbOf(run(4, 20))
  expect(climb?.steadyRate).toBeCloseTo(1_000, -1)
  // The last second must be at 900 on average: half a second after the rate itself was.
  expect(climb?.seconds).toBeGreaterThan(3.9)
  expect(climb?.seconds).toBeLessThan(4.4)
  expect(climbOf(run(4, 1))).toBeNull()
})

test('a rate is that of the last second, however the samples are spaced', () => {
  const samples = [0, 0.5, 0.7, 1.6, 2, 3.1].map((seconds) => ({ seconds, total: seconds * 300 }))
  for (const { rate } of ratesOf(samples)) expect(rate).toBeCloseTo(300)
  expect(ratesOf(samples).at(-1)?.seconds).toBe(3.1)
})

test('what was sampled before the beginning is left out', async () => {
  let total = 50
  const sampling = sampleTotal(async () => total)
  sampling.begin()
  total = 7
  let asked = 0
  await until(() => ++asked > 3, { what: 'some samples' })
  const samples = await sampling.stop()
  expect(samples.every((sample) => sample.total === 7)).toBe(true)
  await expect(
    sampleTotal(async () => {
      throw new Error('gone')
    }).stop(),
  ).rejects.toThrow('gone')
})
