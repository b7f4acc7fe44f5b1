import { describe, expect, test } from 'vitest'
import { isLastPass, isPoisoned, retryDelayMs } from '../../src/dispatch/retry-policy.ts'

const policy = { firstDelayMs: 10_000, attempts: 8, ageMs: 3_600_000 }

describe('the retry policy', () => {
  test('doubles from the first delay and stops growing at ten minutes', () => {
    const delays = [0, 1, 2, 3, 4, 5, 6, 7, 19].map((spent) => retryDelayMs(spent, policy, () => 0) / 1000)
    expect(delays).toEqual([10, 20, 40, 80, 160, 320, 600, 600, 600])
  })

  test('jitter only adds: a delay is a floor', () => {
    expect(retryDelayMs(0, policy, () => 0)).toBe(10_000)
    expect(retryDelayMs(0, policy, () => 0.999)).toBeLessThan(15_001)
  })

  test('ends by passes and by age', () => {
    expect(isLastPass({ spent: 6, ageMs: 0 }, policy)).toBe(false)
    expect(isLastPass({ spent: 7, ageMs: 0 }, policy)).toBe(true)
    expect(isLastPass({ spent: 0, ageMs: 3_600_000 }, policy)).toBe(true)
  })

  test('a batch whose owners all died is not tried once more than the limit', () => {
    expect(isPoisoned({ spent: 7 }, policy)).toBe(false)
    expect(isPoisoned({ spent: 8 }, policy)).toBe(true)
  })
})
