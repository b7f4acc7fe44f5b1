/** The maintenance process: starts campaigns, watches dispatchers, advances campaigns, closes them, and cleans up. */
import { removeDeleted } from '../src/campaigns/restore-campaign.ts'
import { startOnTime } from '../src/campaigns/start-due-campaigns.ts'
import { completeDueCancels } from '../src/campaigns/undo-cancel.ts'
import { watchProcess } from '../src/health/watch-process.ts'
import { CLEAN_UP_INTERVAL_MS, cleanUp } from '../src/maintenance/clean-up.ts'
import { closeSettled } from '../src/maintenance/close-campaigns.ts'
import { LOOK_MS, OwnerWatch } from '../src/maintenance/owner-watch.ts'
import { QueuedCursor } from '../src/maintenance/rescue-unqueued.ts'
import { runMaintenance, runOwnerWatch } from '../src/maintenance/run-maintenance.ts'
import { openPool } from '../src/postgres/pool.ts'
import { runProcess } from '../src/process/lifecycle.ts'
import { repeat } from '../src/process/repeat.ts'
import { openJobQueue } from '../src/queue/bullmq-job-queue.ts'
import { makeRunsAhead } from '../src/schedules/make-runs.ts'

/** Longer than adding a job to the queue takes, and short enough that the delay is not noticeable. */
const STANDSTILL_MS = 2_000

await runProcess(
  'maintenance',
  async (context) => {
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
    const starts = startOnTime(deps, intervalMs)
    const runs = makeRunsAhead(pool, log, planAheadMs)
    const tick = repeat('maintenance', intervalMs, () => runMaintenance(deps), log)
    const watch = new OwnerWatch(pool, config.dispatcher.leaseMs)
    const watching = repeat('owner watch', LOOK_MS, () => runOwnerWatch(watch, deps), log)
    const closing = repeat(
      'closing campaigns',
      intervalMs,
      () => closeSettled(pool, log, stopping.signal),
      log,
    )
    const canceling = repeat('completing cancels', intervalMs, () => completeDueCancels(deps), log)
    const removing = repeat('removing deleted campaigns', intervalMs, () => removeDeleted(pool), log)
    const cleanup = repeat(
      'cleanup',
      CLEAN_UP_INTERVAL_MS,
      async () => log.info(await cleanUp(pool, config.maintenance), 'cleanup done'),
      log,
    )
    onStop('maintenance', () => {
      stopping.abort()
      return Promise.all(
        [starts, runs, tick, watching, closing, canceling, removing, cleanup].map((loop) => loop.stop()),
      )
    })
    ready()
  },
  { needsFcm: false },
)
