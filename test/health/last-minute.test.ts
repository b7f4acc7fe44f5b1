import { expect, test } from 'vitest'
import { lastMinuteReader } from '../../src/health/last-minute.ts'
import { addOutcomes, counters, noOutcomes } from '../../src/process/counters.ts'

test('what counts against the quota, dead tokens, and the rate', () => {
  let now = 0
  const read = lastMinuteReader(() => now)
  expect(read()).toEqual({ usedLastMinute: 0, deadTokensLastMinute: 0, ratePerSecond: 0 })
  for (let second = 1; second <= 120; second++) {
    now = second * 1000
    // A 429, a 5xx or no answer at all has used nothing.
    addOutcomes({ ...noOutcomes(), sent: 90, token_gone: 5, rejected: 5, retry_later: 50 })
    counters.resultsRecorded += 100
    read()
  }
  now += 500
  expect(read()).toEqual({ usedLastMinute: 6000, deadTokensLastMinute: 300, ratePerSecond: 95 })
  now += 61_000
  expect(read()).toEqual({ usedLastMinute: 0, deadTokensLastMinute: 0, ratePerSecond: 0 })
})
