import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addsUp, PARTS, partOfState, stateOf, timeLeftOf } from '../../console/src/progress-figures.ts'
import { DELIVERY_STATES } from '../../src/domain/delivery-result.ts'
import { LISTED_STATES } from '../../src/results/read-deliveries.ts'

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

  test('are the states of deliveries, canceled, and what remains: none is forgotten', () => {
    expect(PARTS.map(stateOf).filter((state) => state !== undefined)).toEqual([...LISTED_STATES])
    expect(LISTED_STATES.filter((state) => state !== 'canceled')).toEqual(Object.keys(DELIVERY_STATES))
    for (const state of LISTED_STATES) expect(stateOf(partOfState(state))).toBe(state)
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
