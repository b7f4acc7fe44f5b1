import { expect, test } from 'vitest'
import { fewAtATime } from '../../src/postgres/few-at-a-time.ts'
import type { Pool } from '../../src/postgres/pool.ts'

test('no more statements at a time than it may, and all of them in the end', async () => {
  const running: (() => void)[] = []
  let most = 0
  let now = 0
  const pool = {
    options: { max: 10 },
    async query(text: string) {
      most = Math.max(most, ++now)
      await new Promise<void>((resolve) => running.push(resolve))
      now -= 1
      return { rows: [text] }
    },
  } as unknown as Pool
  const few = fewAtATime(pool, 3)
  const asked = Promise.all(['a', 'b', 'c', 'd', 'e'].map((text) => few.query(text)))
  for (let n = 0; n < 20; n++) {
    await new Promise((resolve) => setImmediate(resolve))
    running.shift()?.()
  }
  expect((await asked).map(({ rows }) => rows[0])).toEqual(['a', 'b', 'c', 'd', 'e'])
  expect(most).toBe(3)
  expect(few.options.max).toBe(10)
})
