/** Measures how long statements wait for a connection when all connections of the pool are in use. */

import type { Pool } from '../postgres/pool.ts'
import { Durations } from '../process/durations.ts'

type Connect = (done?: (...answer: unknown[]) => void) => Promise<unknown> | undefined

export function measurePoolWaits(pool: Pool): Durations {
  const waits = new Durations()
  const connect = pool.connect.bind(pool) as Connect
  const most = pool.options.max ?? 10
  // `pool.query` calls `connect` too, with a callback.
  const measured: Connect = (done) => {
    if (pool.idleCount > 0 || pool.totalCount < most) return connect(done)
    const askedAt = performance.now()
    const record = () => waits.record(performance.now() - askedAt)
    if (done === undefined) return connect()?.finally(record)
    return connect((...answer) => {
      record()
      done(...answer)
    })
  }
  pool.connect = measured as Pool['connect']
  return waits
}
