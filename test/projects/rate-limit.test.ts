import { describe, expect, test } from 'vitest'
import { type Budget, reserve, slowDown } from '../../src/projects/rate-limit.ts'
import { createTestDatabase } from '../support/database.ts'

/** 60,000 a minute are 1,000 a second: a message a millisecond. */
async function setup(budget: Partial<Budget> = {}) {
  const { pool } = await createTestDatabase()
  const project: Budget = {
    key: 'project:p',
    perMinute: 60_000,
    rampSeconds: 0,
    catchUpSeconds: 0,
    ...budget,
  }
  await pool.query('INSERT INTO rate_limits (key) VALUES ($1)', [project.key])
  const age = (seconds: number) =>
    pool.query(
      `UPDATE rate_limits SET next_at = next_at - make_interval(secs => $1), ramp_from = ramp_from - make_interval(secs => $1),
         blocked_until = blocked_until - make_interval(secs => $1), cut_at = cut_at - make_interval(secs => $1)`,
      [seconds],
    )
  /** Milliseconds of schedule that reserving `messages` takes up. */
  const cost = async (messages: number) => {
    await reserve(pool, project, messages, 1e9)
    const { rows } = await pool.query('SELECT start_at, next_at FROM rate_limits')
    return rows[0].next_at - rows[0].start_at
  }
  return { pool, project, age, cost }
}

describe('the project-wide rate limit', () => {
  test('gives each reservation the slot after the one before, whoever asks', async () => {
    const { pool, project } = await setup()
    const askedAt = performance.now()
    const all = await Promise.all(Array.from({ length: 5 }, () => reserve(pool, project, 10_000, 1e9)))
    const waits = all.map((one) => one.waitMs).sort((a, b) => a - b)
    expect(all.every((one) => one.isGranted)).toBe(true)
    // Each wait counts from when its own statement began, and whoever began first need not come first.
    const apart = performance.now() - askedAt
    for (const [index, waitMs] of waits.entries()) {
      expect(Math.abs(waitMs - index * 10_000)).toBeLessThanOrEqual(apart)
    }
  })

  test('reserves nothing when the wait would be too long, and says how long', async () => {
    const { pool, project } = await setup()
    await reserve(pool, project, 60_000, 0)
    const refused = await reserve(pool, project, 500, 2_000)
    expect(refused.isGranted).toBe(false)
    expect(refused.waitMs).toBeGreaterThan(55_000)
    const { rows } = await pool.query(
      `SELECT extract(epoch FROM next_at - now())::float8 AS ahead FROM rate_limits`,
    )
    expect(rows[0].ahead).toBeLessThanOrEqual(60)
  })

  test('starts from near zero after a standstill and is at full rate when the ramp is over', async () => {
    const { pool, project, age, cost } = await setup({ rampSeconds: 60, catchUpSeconds: 0 })
    expect(await cost(100)).toBeCloseTo(100 / 0.05, -2)
    await age(30)
    expect(await cost(1_000)).toBeGreaterThan(1_800)
    await age(31)
    expect(await cost(1_000)).toBeCloseTo(1_000, -2)
    await age(3600)
    expect((await reserve(pool, project, 1, 0)).isGranted).toBe(true)
    expect(await cost(100)).toBeCloseTo(100 / 0.05, -2)
  })

  test('blocks everybody after a 429, comes back at half the rate and climbs', async () => {
    const { pool, project, age, cost } = await setup()
    const slowedAt = performance.now()
    await slowDown(pool, project.key, 30_000)
    await slowDown(pool, project.key, 10_000)
    const refused = await reserve(pool, project, 500, 2_000)
    expect(refused.isGranted).toBe(false)
    expect(refused.waitMs).toBeGreaterThan(30_000 - (performance.now() - slowedAt))
    await age(30)
    expect((await reserve(pool, project, 1, 0)).isGranted).toBe(true)
    expect(await cost(1_000)).toBeGreaterThan(1_900)
    await age(25)
    expect(await cost(1_000)).toBeCloseTo(1_000 / 0.75, -2)
    await age(60)
    expect(await cost(1_000)).toBeCloseTo(1_000, -2)
  })

  test('without a limit still waits out a 429', async () => {
    const { pool, project, age } = await setup({ perMinute: Number.POSITIVE_INFINITY })
    expect(await reserve(pool, project, 500, 0)).toEqual({ isGranted: true, waitMs: 0 })
    await slowDown(pool, project.key, 20_000)
    expect(await reserve(pool, project, 500, 2_000)).toMatchObject({ isGranted: false })
    await age(20)
    expect(await reserve(pool, project, 500, 0)).toEqual({ isGranted: true, waitMs: 0 })
  })
})

test('a campaign catches up a second of slots that passed unused, and a project none', async () => {
  const { pool } = await createTestDatabase()
  for (const [key, catchUpSeconds, wait] of [
    ['campaign:c', 1, 9_000],
    ['project:p', 0, 10_000],
  ] as const) {
    const budget: Budget = { key, perMinute: 60, rampSeconds: 0, catchUpSeconds }
    await reserve(pool, budget, 1, 0)
    await pool.query(`UPDATE rate_limits SET next_at = now() - interval '1 h' WHERE key = $1`, [key])
    // Ten messages at one a second: the slot after them begins that much later.
    expect(await reserve(pool, budget, 10, 0)).toMatchObject({ isGranted: true, waitMs: 0 })
    const { waitMs } = await reserve(pool, budget, 1, 0)
    expect(waitMs).toBeGreaterThan(wait - 1_000)
    expect(waitMs).toBeLessThanOrEqual(wait)
  }
})
