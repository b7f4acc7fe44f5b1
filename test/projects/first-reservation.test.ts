import { expect, test } from 'vitest'
import type { Pool } from '../../src/postgres/pool.ts'
import { reserve } from '../../src/projects/rate-limit.ts'
import { createTestDatabase } from '../support/database.ts'

test.each([600_000, Number.POSITIVE_INFINITY])(
  'of two first reservations at once none is refused, at %d a minute',
  async (perMinute) => {
    const { pool } = await createTestDatabase()
    // The other one makes the row behind this one's first statement.
    const query = async (statement: { name?: string }) => {
      const result = await pool.query(statement as never)
      if (/^rate-limit-(reserve|blocked)$/.test(statement.name ?? '')) {
        await pool.query(`INSERT INTO rate_limits (key) VALUES ('project:1') ON CONFLICT DO NOTHING`)
      }
      return result
    }
    const late = new Proxy(pool, {
      get: (target, key) => (key === 'query' ? query : Reflect.get(target, key)),
    })
    const budget = { key: 'project:1', perMinute, rampSeconds: 0, catchUpSeconds: 0 }
    expect(await reserve(late as Pool, budget, 50, 2_000)).toEqual({
      isGranted: true,
      waitMs: expect.any(Number),
    })
  },
)
