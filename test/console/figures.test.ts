import { describe, expect, test } from 'vitest'
import type { Failure } from '../../console/src/api/campaigns.ts'
import { fcmWordsIn } from '../../console/src/pages/campaign/fcm-words.ts'
import { figuresOf } from '../../console/src/pages/campaign/figures-of.ts'
import { reconcile } from '../../console/src/pages/campaign/reconcile.ts'
import { secondsToUndo } from '../../console/src/pages/campaign/seconds-to-undo.ts'
import { addsUp, countOf } from '../../console/src/progress-figures.ts'

const progress = (counts: object) => ({
  audience: 100,
  sent: 0,
  failed: 0,
  skipped: 0,
  inDoubt: 0,
  canceled: 0,
  remaining: 0,
  isPlanned: true,
  batches: 1,
  batchesTried: 1,
  attempts: 1,
  ratePerSecond: null,
  etaSeconds: null,
  firstSentAt: null,
  lastSentAt: null,
  ...counts,
})

describe('figures', () => {
  test.each([
    ['on its way', { sent: 40, failed: 2, inDoubt: 1, remaining: 57 }, 'remaining', ['in_doubt']],
    ['all sent', { sent: 100 }, undefined, []],
    ['all failed', { failed: 100 }, undefined, []],
    ['all skipped', { skipped: 100 }, 'skipped', []],
    ['all in doubt', { inDoubt: 100 }, 'in_doubt', []],
    ['canceled at once', { canceled: 100 }, 'canceled', []],
    ['canceled on its way', { sent: 50, skipped: 3, canceled: 47 }, 'canceled', ['skipped']],
    ['empty', { audience: 0 }, undefined, []],
  ])('%s: shows what matters, no zero that says nothing, and all of it', (_name, counts, third, rest) => {
    const campaign = { progress: progress(counts) }
    expect(addsUp(campaign.progress)).toBe(true)
    const figures = figuresOf(campaign)
    expect(figures.main[2]).toBe(third)
    expect(figures.rest).toEqual(rest)
    const shown = [...figures.main, ...figures.rest]
    const sum = shown.reduce((all, part) => all + countOf(campaign.progress, part), 0)
    expect(sum).toBe(campaign.progress.audience)
  })

  test('while the audience is being counted, devices remain', () => {
    expect(figuresOf({ progress: progress({ audience: 0, isPlanned: false }) }).main[2]).toBe('remaining')
  })
})

describe('reasons', () => {
  const failure = (state: Failure['state'], count: number): Failure => ({
    state,
    code: 'unregistered',
    count,
    meaning: '',
    advice: '',
    fcmSaid: null,
  })

  test('add up with the figures', () => {
    const counts = progress({ failed: 5, inDoubt: 2 })
    expect(reconcile([failure('failed', 5), failure('in_doubt', 2)], counts)).toEqual({
      missing: 0,
      isAhead: false,
    })
    expect(reconcile([], counts)).toEqual({ missing: 7, isAhead: false })
    expect(reconcile([failure('failed', 3)], counts)).toEqual({ missing: 4, isAhead: false })
  })

  test('that are newer than the figures are noticed, and do not hide what is missing', () => {
    const counts = progress({ failed: 5, inDoubt: 2 })
    expect(reconcile([failure('failed', 6)], counts)).toEqual({ missing: 2, isAhead: true })
  })
})

describe('time to undo', () => {
  const canceling = { cancelAt: '2026-12-01T00:00:10Z', asOf: '2026-12-01T00:00:02Z' }

  test('goes by the server’s clock, whatever this computer thinks', () => {
    const seenAt = Date.parse('2026-12-01T00:03:00Z')
    expect(secondsToUndo(canceling, seenAt, seenAt)).toBe(8)
    expect(secondsToUndo(canceling, seenAt, seenAt + 5_500)).toBe(3)
    expect(secondsToUndo(canceling, seenAt, seenAt + 8_000)).toBe(0)
    expect(secondsToUndo(canceling, seenAt, seenAt + 60_000)).toBe(0)
  })

  test('of nothing is none', () => {
    expect(secondsToUndo({ ...canceling, cancelAt: null }, 0, 0)).toBe(0)
  })
})

describe('the words of FCM', () => {
  test('are found in what the server says of a pause', () => {
    expect(
      fcmWordsIn(
        '310 of 312 messages failed, most with "invalid_payload". FCM said: “Unknown name: x.” Correct it.',
      ),
    ).toBe('Unknown name: x.')
    expect(
      fcmWordsIn(
        "FCM answered 403 and said: Permission 'messages.create' denied. Give the account the role, then resume.",
      ),
    ).toBe("Permission 'messages.create' denied")
    expect(fcmWordsIn('FCM answered 401 and said: Expired')).toBe('Expired')
    expect(fcmWordsIn('FCM answered 403 and gave no reason. Check the key.')).toBe(null)
  })
})
