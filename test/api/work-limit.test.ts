import { describe, expect, test } from 'vitest'
import { WorkLimit } from '../../src/api/work-limit.ts'

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
  return { limit, overload, answer }
}

describe('the limit of work in hand', () => {
  test('begins with all there is', () => {
    expect(setup({ most: 12 }).limit.calls).toBe(12)
  })

  test('falls to little more than what is worked on, and stays there', () => {
    const { limit, overload, answer } = setup()
    answer(2, 20)
    overload(5)
    expect(limit.calls).toBe(5)
    // Five are let in to see what one takes alone, and up to three may wait beside them.
    expect(Math.max(...overload(120))).toBeLessThanOrEqual(8)
  })

  test('leaves room for a database that is far away and does many things at a time', () => {
    const { limit, overload, answer } = setup({ most: 40 })
    answer(20, 40)
    overload(9, { aloneMs: 20, atOnce: 16 })
    // Sixteen are worked on, up to three wait.
    expect(limit.calls).toBeGreaterThanOrEqual(17)
    expect(limit.calls).toBeLessThanOrEqual(19)
  })

  test('rises again when more can be done at a time', () => {
    const { limit, overload, answer } = setup()
    answer(2, 20)
    overload(5)
    overload(30, { atOnce: 10 })
    expect(limit.calls).toBeGreaterThanOrEqual(11)
  })

  test('does not hold its past against a database that has become slower', () => {
    const { limit, overload, answer } = setup()
    answer(2, 20)
    overload(5, { atOnce: 10 })
    overload(40, { aloneMs: 50, atOnce: 10 })
    expect(limit.calls).toBeGreaterThanOrEqual(11)
  })

  test('is not lowered by slow answers while nobody is turned away', () => {
    const { limit } = setup()
    for (let n = 0; n < 1_000; n += 1) limit.answered('GET /', n % 10 === 0 ? 1 : 500)
    expect(limit.calls).toBe(20)
  })

  test('compares a call with its own kind', () => {
    const { limit } = setup()
    for (let n = 0; n < 1_000; n += 1) {
      limit.pressed()
      limit.answered(n % 2 === 0 ? 'GET /quick' : 'GET /slow', n % 2 === 0 ? 1 : 300)
    }
    expect(limit.calls).toBe(20)
  })

  test('is back at all there is when the pressure is gone', () => {
    const { limit, overload, answer } = setup()
    answer(2, 20)
    overload(5)
    for (let n = 0; n < 50 * 16; n += 1) limit.answered('GET /', 2)
    expect(limit.calls).toBe(20)
  })

  test('looks for what a call takes alone for a moment only, however slow the calls', () => {
    const { limit, overload, answer } = setup()
    answer(1_000, 20)
    const looking = overload(59, { aloneMs: 1_000, atOnce: 20 }).filter((calls) => calls === 5)
    expect(looking.length).toBeGreaterThan(0)
    // Five looks of half a second, at five answers a second.
    expect(looking.length).toBeLessThan(20)
    expect(limit.calls).toBeGreaterThan(5)
  })

  test('never exceeds what it was given, however little', () => {
    const { limit, overload } = setup({ most: 2 })
    expect(new Set(overload(5))).toEqual(new Set([2]))
    expect(limit.calls).toBe(2)
  })
})
