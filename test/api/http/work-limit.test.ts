import { describe, expect, test } from 'vitest'
import { WorkLimit } from '../../../src/api/http/work-limit.ts'

/**
 * A process that can work on `atOnce` calls at a time, each of which takes `aloneMs`, and that is always offered more:
 * so many are in hand as the limit lets in, and each takes as long as that many take together.
 */
function setup({ most = 20 } = {}) {
  let now = 0
  const limit = new WorkLimit(most, () => now)
  const answer = (aloneMs: number, atOnce: number) => {
    const ms = aloneMs * Math.max(1, limit.calls / atOnce)
    now += ms / limit.calls
    limit.answered('GET /', ms)
  }
  const overload = (seconds: number, { aloneMs = 2, atOnce = 1 } = {}) => {
    const seen: number[] = []
    for (const end = now + seconds * 1000; now < end; ) {
      limit.pressed()
      answer(aloneMs, atOnce)
      seen.push(limit.calls)
    }
    return seen
  }
  const pass = (ms: number) => {
    now += ms
  }
  return { limit, overload, pass }
}

describe('the limit of work in hand', () => {
  test('begins with all there is', () => {
    expect(setup({ most: 12 }).limit.calls).toBe(12)
  })

  test('falls to little more than what is worked on, and stays there', () => {
    const { overload } = setup()
    overload(5)
    const seen = overload(120)
    expect(Math.min(...seen)).toBe(4)
    expect(Math.max(...seen)).toBeLessThanOrEqual(6)
  })

  test('leaves room for a database that is far away and does many things at a time', () => {
    const { limit, overload } = setup({ most: 40 })
    overload(9, { aloneMs: 20, atOnce: 16 })
    // Sixteen are worked on, one or two wait.
    expect(limit.calls).toBeGreaterThanOrEqual(16)
    expect(limit.calls).toBeLessThanOrEqual(18)
  })

  test('rises again when more can be done at a time', () => {
    const { limit, overload } = setup()
    overload(5)
    overload(34, { atOnce: 10 })
    expect(limit.calls).toBeGreaterThanOrEqual(10)
  })

  test('does not hold its past against a database that has become slower', () => {
    const { limit, overload } = setup()
    overload(5, { atOnce: 10 })
    overload(44, { aloneMs: 50, atOnce: 10 })
    expect(limit.calls).toBeGreaterThanOrEqual(10)
  })

  test('is not lowered by slow answers while nobody is turned away', () => {
    const { limit } = setup()
    for (let n = 0; n < 1_000; n += 1) limit.answered('GET /', n % 10 === 0 ? 1 : 500)
    expect(limit.calls).toBe(20)
  })

  test.each([
    ['of two routes', (n: number) => (n % 2 === 0 ? ['GET /quick', 1] : ['GET /slow', 300])],
    ['of one route', (n: number) => ['GET /', n % 2 === 0 ? 1 : 300]],
    ['with a quick one now and then', (n: number) => ['GET /', n % 100 === 0 ? 0.1 : 50]],
  ] as const)('is not lowered by a mixture of quick and slow calls, %s', (_what, call) => {
    const { limit } = setup()
    for (let n = 0; n < 5_000; n += 1) {
      limit.pressed()
      limit.answered(...(call(n) as [string, number]))
    }
    expect(limit.calls).toBe(20)
  })

  test('is all there is again when nobody was turned away for a while, whether anybody called or not', () => {
    const { limit, overload, pass } = setup()
    overload(5)
    pass(10_001)
    expect(limit.calls).toBe(20)
  })

  test('looks how long calls take among few for a moment only, even if none is answered', () => {
    const { limit, pass } = setup()
    const press = (times: number) => {
      for (let n = 0; n < times; n += 1) {
        limit.pressed()
        limit.answered('GET /', 2)
      }
    }
    press(50)
    expect(limit.calls).toBe(4)
    pass(201)
    expect(limit.calls).toBe(20)
    press(100)
    expect(limit.calls).toBe(20)
  })

  test('never exceeds what it was given, however little', () => {
    const { limit, overload } = setup({ most: 2 })
    expect(new Set(overload(5))).toEqual(new Set([2]))
    expect(limit.calls).toBe(2)
  })
})
