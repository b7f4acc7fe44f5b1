import { expect, test } from 'vitest'
import { ResultRecorder } from '../../src/results/result-recorder.ts'

const BATCH = { campaignId: 'c', seq: 0, attempt: 1, claimedAt: '2026-11-30 09:00:00+00', messageVersion: 1 }

test('of writes that are answered in another order than they were made, the first and the last count', () => {
  const on = { add: () => {}, onFenced: () => {}, onFailed: () => {}, closed: () => {} }
  const recorder = new ResultRecorder(BATCH as never, on)
  for (const at of ['09:00:01.25', '09:00:01', '09:00:01.2', '09:00:01.251', '09:00:01.1']) {
    recorder.inserted(['sent'], `2026-11-30 ${at}+00`)
  }
  const [firstSentAt, lastSentAt] = ['2026-11-30 09:00:01+00', '2026-11-30 09:00:01.251+00']
  expect(recorder.sentBetween).toEqual({ firstSentAt, lastSentAt })
  expect(recorder.takeCounts()).toMatchObject({ firstResultAt: firstSentAt, lastResultAt: lastSentAt })
})
