/** The upkeep process: a tick that repairs and advances, and now and then the housekeeping. */
import { openConveyor } from '../src/queue/bullmq-job-queue.ts'
import { openPool } from '../src/postgres/pool.ts'
import { runProcess } from '../src/process/lifecycle.ts'
import { repeat } from '../src/process/repeat.ts'
import { HOUSEKEEPING_INTERVAL_MS, keepHouse } from '../src/maintenance/clean-up.ts'
import { keepUp } from '../src/maintenance/maintenance.ts'
import { watchProcess } from '../src/health/watch-process.ts'

/** Long enough that a batch on its way to the conveyor is not taken for lost, short enough to go unnoticed. */
const STANDSTILL_MS = 2_000

await runProcess('upkeep', async (context) => {
  const { config, log, onStop, ready } = context
  const pool = openPool(config.database, 'upkeep', log)
  onStop('database', () => pool.end())
  await watchProcess(context, pool)
  const conveyor = openConveyor(config, 'upkeep', log)
  onStop('conveyor', () => conveyor.close())

  const { intervalMs, planAheadMs } = config.upkeep
  const deps = {
    pool,
    conveyor,
    watermark: config.conveyor.watermark,
    planAheadMs,
    standstillMs: STANDSTILL_MS,
    log,
  }
  const tick = repeat('upkeep', intervalMs, () => keepUp(deps), log)
  const housekeeping = repeat(
    'housekeeping',
    HOUSEKEEPING_INTERVAL_MS,
    async () => log.info(await keepHouse(pool, config.upkeep), 'housekeeping done'),
    log,
  )
  onStop('upkeep', () => Promise.all([tick.stop(), housekeeping.stop()]))
  ready()
})
