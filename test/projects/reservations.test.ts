import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Budget, reserve } from '../../src/projects/rate-limit.ts'
import { createTestDatabase } from '../support/database.ts'

/** The clocks of PostgreSQL and of this process, over a second. */
const CLOCKS_MS = 5

test('whatever is asked for, one after the other or at once: all that is granted fits into the rate', async () => {
  const { pool } = await createTestDatabase()
  let runs = 0
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 60, max: 600_000 }),
      fc.array(fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 4 }), {
        minLength: 1,
        maxLength: 5,
      }),
      fc.integer({ min: 0, max: 60_000 }),
      async (perMinute, groups, longestWaitMs) => {
        const budget: Budget = { key: `project:${++runs}`, perMinute, rampSeconds: 0, catchUpSeconds: 0 }
        await pool.query('INSERT INTO rate_limits (key) VALUES ($1)', [budget.key])
        const granted: { messages: number; earliest: number; latest: number }[] = []
        for (const group of groups) {
          await Promise.all(
            group.map(async (messages) => {
              const before = performance.now()
              const { isGranted, waitMs } = await reserve(pool, budget, messages, longestWaitMs)
              const after = performance.now()
              if (isGranted) {
                expect(waitMs).toBeLessThanOrEqual(longestWaitMs)
                granted.push({ messages, earliest: before + waitMs, latest: after + waitMs })
              } else expect(waitMs + CLOCKS_MS + after - before).toBeGreaterThan(longestWaitMs)
            }),
          )
        }
        // The slot of the last begins when those of all others are over.
        const sizes = granted.map(({ messages }) => messages)
        const all = sizes.reduce((sum, size) => sum + size, 0)
        const first = Math.min(...granted.map(({ earliest }) => earliest))
        const last = Math.max(...granted.map(({ latest }) => latest))
        const leastMs = ((all - Math.max(...sizes)) / perMinute) * 60_000
        expect(last - first + CLOCKS_MS).toBeGreaterThanOrEqual(leastMs)
      },
    ),
    { numRuns: 100 },
  )
})
