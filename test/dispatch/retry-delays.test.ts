import fc from 'fast-check'
import { expect, test } from 'vitest'
import { retryDelayMs } from '../../src/dispatch/retry-policy.ts'

test('no delay is shorter than the one before it could be, than the first, or longer than fifteen minutes', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 600_000 }),
      fc.integer({ min: 1, max: 100 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (firstDelayMs, spent, dice) => {
        const policy = { firstDelayMs, attempts: 8, ageMs: 3_600_000 }
        const delay = retryDelayMs(spent, policy, () => dice)
        expect(Number.isInteger(delay)).toBe(true)
        expect(delay).toBeGreaterThanOrEqual(firstDelayMs)
        expect(delay).toBeGreaterThanOrEqual(spent === 1 ? 0 : retryDelayMs(spent - 1, policy, () => 0))
        expect(delay).toBeLessThanOrEqual(900_000)
      },
    ),
  )
})
