import { expect, test } from 'vitest'
import { meanReader, quotaUseReader, resultRateReader } from '../../src/health/last-minute.ts'
import { addOutcomes, counters, noOutcomes } from '../../src/process/counters.ts'
import { Durations } from '../../src/process/durations.ts'

test('what counts against the quota of a project, its dead tokens, and the rate of the process', () => {
  let now = 0
  const outcomes = noOutcomes()
  const use = quotaUseReader(outcomes, () => now)
  const rate = resultRateReader(() => now)
  expect([use(), rate()]).toEqual([{ usedLastMinute: 0, deadAddressesLastMinute: 0 }, 0])
  for (let second = 1; second <= 120; second++) {
    now = second * 1000
    // A 429, a 5xx or no answer at all has used nothing.
    addOutcomes({ ...noOutcomes(), sent: 90, token_gone: 5, rejected: 5, retry_later: 50 }, outcomes)
    counters.resultsRecorded += 100
    use()
    rate()
  }
  now += 500
  expect([use(), rate()]).toEqual([{ usedLastMinute: 6000, deadAddressesLastMinute: 300 }, 95])
  now += 61_000
  expect([use(), rate()]).toEqual([{ usedLastMinute: 0, deadAddressesLastMinute: 0 }, 0])
})

test('the mean duration is that of the last ten seconds', () => {
  let now = 0
  const writes = new Durations()
  const mean = meanReader(writes, () => now)
  expect(mean()).toBeNull()
  for (let second = 1; second <= 20; second++) {
    now = second * 1000
    writes.record(second <= 10 ? 100 : 20)
    writes.record(second <= 10 ? 200 : 40)
    mean()
  }
  expect(mean()).toBeCloseTo(30)
  now += 11_000
  mean()
  now += 11_000
  expect(mean()).toBeNull()
})
