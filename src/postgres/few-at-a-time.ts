/**
 * The same pool for work that must not keep other work waiting for a connection: at most so many of its statements run at a
 * time, and the rest waits here and not in the pool's own line. Transactions are not counted.
 */
import pLimit from 'p-limit'
import type { Pool } from './pool.ts'

export function fewAtATime(pool: Pool, statements: number): Pool {
  const limit = pLimit(statements)
  return new Proxy(pool, {
    get(target, name) {
      if (name !== 'query') return Reflect.get(target, name)
      return (...query: Parameters<Pool['query']>) => limit(() => target.query(...query))
    },
  })
}
