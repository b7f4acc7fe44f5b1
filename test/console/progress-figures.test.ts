import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addsUp, countOf, PARTS, timeLeftOf } from '../../console/src/progress-figures.ts'

const counts = fc.record({
  sent: fc.nat(),
  failed: fc.nat(),
  skipped: fc.nat(),
  inDoubt: fc.nat(),
  canceled: fc.nat(),
  remaining: fc.nat(),
})

const progress = (more: object) => ({
  audience: 100,
  sent: 40,
  failed: 0,
  skipped: 0,
  inDoubt: 0,
  canceled: 0,
  remaining: 60,
  isPlanned: true,
  batches: 1,
  batchesTried: 1,
  attempts: 1,
  ratePerSecond: 10,
  etaSeconds: 6,
  firstSentAt: null,
  lastSentAt: null,
  ...more,
})

describe('the parts of an audience', () => {
  test('add up when they are the audience, and do not when one device is missing or too many', () => {
    fc.assert(
      fc.property(counts, (parts) => {
        const audience = Object.values(parts).reduce((sum, count) => sum + count, 0)
        expect(addsUp({ ...parts, audience })).toBe(true)
        expect(addsUp({ ...parts, audience: audience + 1 })).toBe(false)
        expect(addsUp({ ...parts, audience: audience - 1 })).toBe(false)
      }),
    )
  })

  test('are the states of deliveries, canceled, and what remains: each with its own count', () => {
    const parts = { sent: 1, failed: 2, skipped: 3, inDoubt: 4, canceled: 5, remaining: 6 }
    expect(PARTS).toEqual(['sent', 'failed', 'skipped', 'in_doubt', 'canceled', 'remaining'])
    expect(PARTS.map((part) => countOf(parts, part))).toEqual([1, 2, 3, 4, 5, 6])
  })
})

describe('time left', () => {
  test('is what the server worked out', () => {
    expect(timeLeftOf({ state: 'sending', progress: progress({}) })).toEqual({ kind: 'seconds', seconds: 6 })
  })

  test.each(['draft', 'scheduled', 'paused', 'canceled', 'finished'] as const)(
    'is not shown while %s',
    (state) => {
      expect(timeLeftOf({ state, progress: progress({}) })).toEqual({ kind: 'none' })
    },
  )

  test('is unknown while the audience is counted, even when there is a rate', () => {
    const left = timeLeftOf({ state: 'sending', progress: progress({ isPlanned: false }) })
    expect(left).toEqual({ kind: 'unknown', why: 'counting' })
  })

  test('is unknown while nothing moves', () => {
    const left = timeLeftOf({ state: 'sending', progress: progress({ ratePerSecond: 0, etaSeconds: null }) })
    expect(left).toEqual({ kind: 'unknown', why: 'standstill' })
  })

  test('is over when nothing remains, although the state has not changed yet', () => {
    const left = timeLeftOf({ state: 'sending', progress: progress({ remaining: 0, etaSeconds: null }) })
    expect(left).toEqual({ kind: 'none' })
  })
})
