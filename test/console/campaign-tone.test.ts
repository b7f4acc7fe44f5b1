import { expect, test } from 'vitest'
import { HEADLINES, headlineOf, type Judged, toneOf } from '../../console/src/campaign-tone.ts'
import { en } from '../../console/src/text/en.ts'
import { ko } from '../../console/src/text/ko.ts'

const counts = { audience: 100, sent: 0, failed: 0, skipped: 0, inDoubt: 0 }
const finished = (progress: Partial<typeof counts>): Judged => ({
  state: 'finished',
  progress: { ...counts, ...progress },
})
const judge = (campaign: Judged) => [toneOf(campaign), headlineOf(campaign)]

test('a finished campaign is green only if nearly everybody was sent to', () => {
  expect(judge(finished({ sent: 100 }))).toEqual(['good', 'finished'])
  expect(judge(finished({ sent: 91, failed: 9 }))).toEqual(['good', 'finished'])
  expect(judge(finished({ sent: 90, failed: 10 }))).toEqual(['warning', 'many_failed'])
  expect(judge(finished({ sent: 90, inDoubt: 10 }))).toEqual(['warning', 'many_in_doubt'])
  expect(judge(finished({ failed: 100 }))).toEqual(['bad', 'all_failed'])
  expect(judge(finished({ failed: 1, skipped: 99 }))).toEqual(['bad', 'all_failed'])
  expect(judge(finished({ inDoubt: 100 }))).toEqual(['warning', 'all_in_doubt'])
  expect(judge(finished({ skipped: 100 }))).toEqual(['warning', 'all_skipped'])
  expect(judge(finished({ audience: 0 }))).toEqual(['warning', 'nobody'])
})

test('without counts it is not called good', () => {
  expect(judge({ state: 'finished' })).toEqual(['neutral', 'finished'])
})

test('whoever has opted out says nothing about how sending went', () => {
  expect(judge(finished({ sent: 50, skipped: 50 }))).toEqual(['good', 'finished'])
  expect(judge(finished({ sent: 8, failed: 2, skipped: 90 }))).toEqual(['warning', 'many_failed'])
})

test('but fewer than half of the audience is not what anybody has planned', () => {
  expect(judge(finished({ sent: 49, skipped: 51 }))).toEqual(['warning', 'few_reached'])
})

test('failures and results in doubt are added up', () => {
  expect(judge(finished({ sent: 82, failed: 9, inDoubt: 9 }))).toEqual(['warning', 'many_failed'])
  expect(judge(finished({ sent: 84, failed: 7, inDoubt: 9 }))).toEqual(['warning', 'many_in_doubt'])
})

test('a pause that somebody wanted is calmer than one with a cause', () => {
  expect(toneOf({ state: 'paused', pauseReason: 'by_operator' })).toBe('warning')
  expect(toneOf({ state: 'paused', pauseReason: 'database_failed_over' })).toBe('warning')
  expect(toneOf({ state: 'paused', pauseReason: 'credential_refused' })).toBe('bad')
})

test('while it is sent, many failures show before the end', () => {
  expect(judge({ state: 'sending', progress: { ...counts, sent: 95, failed: 5 } })).toEqual([
    'active',
    'sending',
  ])
  expect(judge({ state: 'sending', progress: { ...counts, failed: 5 } })).toEqual(['warning', 'sending'])
})

test('until a cancel is final, it says that it is being canceled', () => {
  const cancelAt = '2026-12-01T00:00:10Z'
  expect(judge({ state: 'scheduled', cancelAt })).toEqual(['neutral', 'canceling'])
  expect(judge({ state: 'paused', cancelAt })).toEqual(['neutral', 'canceling'])
  expect(judge({ state: 'canceled', cancelAt })).toEqual(['neutral', 'canceled'])
})

test('each has its own words', () => {
  for (const { states } of [en, ko]) {
    expect(new Set(HEADLINES.map((headline) => states.headline[headline])).size).toBe(HEADLINES.length)
  }
})
