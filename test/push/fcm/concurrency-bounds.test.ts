import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ConcurrencyLimit } from '../../../src/push/fcm/concurrency-limit.ts'

/** The limit is never lower, unless its upper bound is. */
const LEAST = 20

const event = fc.oneof(
  fc.record({
    kind: fc.constant('answers' as const),
    count: fc.integer({ min: 1, max: 200 }),
    durationMs: fc.double({ min: 0, max: 20_000, noNaN: true }),
    inFlight: fc.integer({ min: 0, max: 100_000 }),
    everyMs: fc.double({ min: 0, max: 100, noNaN: true }),
  }),
  fc.record({ kind: fc.constant('refused' as const), count: fc.integer({ min: 1, max: 50 }) }),
  fc.record({ kind: fc.constant('pause' as const), ms: fc.integer({ min: 0, max: 3_600_000 }) }),
)

test('whatever is measured, the limit is a whole number between its bounds: sending neither stops nor runs away', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100_000 }),
      fc.integer({ min: 1, max: 1_000 }),
      fc.array(event, { maxLength: 60 }),
      (most, first, events) => {
        let now = 0
        const limit = new ConcurrencyLimit(most, () => now, first)
        const check = () => {
          expect(Number.isInteger(limit.current)).toBe(true)
          expect(limit.current).toBeGreaterThanOrEqual(Math.min(LEAST, most, first))
          expect(limit.current).toBeLessThanOrEqual(most)
        }
        check()
        for (const one of events) {
          if (one.kind === 'pause') now += one.ms
          else {
            for (let index = 0; index < one.count; index++) {
              if (one.kind === 'refused') limit.refused()
              else {
                now += one.everyMs
                limit.answered(one.durationMs, one.inFlight)
              }
              check()
            }
          }
        }
      },
    ),
    { numRuns: 300 },
  )
})

test('however long an FCM takes that answers at the same speed, the limit grows until it is used no more', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 2_000 }),
      fc.integer({ min: 30, max: 5_000 }),
      (durationMs, most) => {
        let now = 0
        const limit = new ConcurrencyLimit(most, () => now)
        // A round trip after the other, each with as many requests as may be in flight.
        for (let round = 0; round < 3_000 && limit.current < most; round++) {
          now += Math.max(durationMs, 1)
          for (let index = limit.current; index > 0; index--) limit.answered(durationMs, limit.current)
        }
        expect(limit.current).toBe(most)
      },
    ),
    { numRuns: 30 },
  )
})
