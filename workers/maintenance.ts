/** The maintenance process: starts campaigns, watches dispatchers, advances campaigns, closes them, and cleans up. */
import { watchProcess } from '../src/health/watch-process.ts'
import { CLEAN_UP_INTERVAL_MS, cleanUp } from '../src/maintenance/clean-up.ts'
import { closeSettled } from '../src/maintenance/close-campaigns.ts'
import { LOOK_MS, OwnerWatch } from '../src/maintenance/owner-watch.ts'
import { QueuedCursor } from '../src/maintenance/rescue-unqueued.ts'
import { runMaintenance, runOwnerWatch } from '../src/maintenance/run-maintenance.ts'
import { startDueCampaigns } from '../src/maintenance/start-due-campaigns.ts'
import { openPool } from '../src/postgres/pool.ts'
import { runProcess } from '../src/process/lifecycle.ts'
import { repeat } from '../src/process/repeat.ts'
import { openJobQueue } from '../src/queue/bullmq-job-queue.ts'

/** Longer than adding a job to the queue takes, and short enough that the delay is not noticeable. */
const STANDSTILL_MS = 2_000
/** At most: hundreds of campaigns of one second then start within that second. A look at an index. */
const START_INTERVAL_MS = 200

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
    queuedCursor: new QueuedCursor(),
    log,
  }
  const stopping = new AbortController()
  const starts = repeat(
    'starting campaigns',
    Math.min(intervalMs, START_INTERVAL_MS),
    () => startDueCampaigns(deps),
    log,
  )
  const tick = repeat('maintenance', intervalMs, () => runMaintenance(deps), log)
  const watch = new OwnerWatch(pool, config.dispatcher.leaseMs)
  const watching = repeat('owner watch', LOOK_MS, () => runOwnerWatch(watch, deps), log)
  const closing = repeat('closing campaigns', intervalMs, () => closeSettled(pool, log, stopping.signal), log)
  const cleanup = repeat(
    'cleanup',
    CLEAN_UP_INTERVAL_MS,
    async () => log.info(await cleanUp(pool, config.maintenance), 'cleanup done'),
    log,
  )
  onStop('maintenance', () => {
    stopping.abort()
    return Promise.all([starts, tick, watching, closing, cleanup].map((loop) => loop.stop()))
  })
  ready()
})
