/** The maintenance process: a tick that repairs and advances, and now and then the housekeeping. */

import { watchProcess } from '../src/health/watch-process.ts'
import { HOUSEKEEPING_INTERVAL_MS, keepHouse } from '../src/maintenance/clean-up.ts'
import { keepUp } from '../src/maintenance/maintenance.ts'
import { openPool } from '../src/postgres/pool.ts'
import { runProcess } from '../src/process/lifecycle.ts'
import { repeat } from '../src/process/repeat.ts'
import { openJobQueue } from '../src/queue/bullmq-job-queue.ts'

/** Long enough that a batch on its way to the queue is not taken for lost, short enough to go unnoticed. */
const STANDSTILL_MS = 2_000

await runProcess('maintenance', async (context) => {
  const { config, log, onStop, ready } = context
  const pool = openPool(config.database, 'maintenance', log)
  onStop('database', () => pool.end())
  await watchProcess(context, pool)
  const queue = openJobQueue(config, 'maintenance', log)
  onStop('queue', () => queue.close())

  const { intervalMs, planAheadMs } = config.maintenance
  const deps = {
    pool,
    queue,
    watermark: config.queue.watermark,
    planAheadMs,
    standstillMs: STANDSTILL_MS,
    log,
  }
  const tick = repeat('maintenance', intervalMs, () => keepUp(deps), log)
  const housekeeping = repeat(
    'housekeeping',
    HOUSEKEEPING_INTERVAL_MS,
    async () => log.info(await keepHouse(pool, config.maintenance), 'housekeeping done'),
    log,
  )
  onStop('maintenance', () => Promise.all([tick.stop(), housekeeping.stop()]))
  ready()
})
