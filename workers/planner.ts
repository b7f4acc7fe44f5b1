/** The planner process: takes campaigns from the queue and writes their batches. */

import { startOnTime } from '../src/campaigns/start-due-campaigns.ts'
import { watchProcess } from '../src/health/watch-process.ts'
import { planCampaign } from '../src/planning/plan-campaign.ts'
import { openPool } from '../src/postgres/pool.ts'
import { runProcess } from '../src/process/lifecycle.ts'
import { PLANS, type PlanRef } from '../src/queue/bullmq-backend.ts'
import { openJobQueue } from '../src/queue/bullmq-job-queue.ts'
import { Enqueuer } from '../src/queue/enqueuer.ts'
import { QueueWorker } from '../src/queue/queue-worker.ts'
import { makeRunsAhead } from '../src/schedules/make-runs.ts'

/** Campaigns planned at a time in one process. Each is one long statement after another, and PostgreSQL does the work. */
const PLANS_AT_ONCE = 2

await runProcess(
  'planner',
  async (context) => {
    const { config, log, onStop, ready } = context
    const pool = openPool(config.database, 'planner', log)
    onStop('database', () => pool.end())
    const watch = await watchProcess(context, pool, { isWorker: true })
    const queue = openJobQueue(config, 'planner', log)
    onStop('queue', () => queue.close())
    const enqueuer = new Enqueuer({ pool, queue, watermark: config.queue.watermark }, log)
    onStop('enqueueing', () => enqueuer.settled())
    const starts = startOnTime({ pool, queue, watermark: config.queue.watermark, log })
    onStop('starting campaigns', () => starts.stop())
    // As maintenance does, which may be dead when it is time.
    const runs = makeRunsAhead(pool, log, config.maintenance.planAheadMs)
    onStop('making runs of schedules', () => runs.stop())

    const stopping = new AbortController()
    watch.onRelease(() => stopping.abort())
    const deps = {
      pool,
      ...config.planner,
      onPage: async (campaignId: string) => {
        enqueuer.enqueue(campaignId)
        await watch.memory.rest(stopping.signal)
      },
    }
    const worker = new QueueWorker<PlanRef>(
      PLANS,
      config,
      'planner',
      PLANS_AT_ONCE,
      async (job) => {
        const { campaignId } = job.data
        await watch.memory.rest(stopping.signal)
        const isPlanned = await planCampaign(deps, campaignId, stopping.signal)
        log.info({ campaignId, isPlanned }, 'planning ended')
      },
      log,
    )
    // An interrupted plan continues at its cursor, which is in PostgreSQL; maintenance finds plans that make no progress.
    onStop('planning', () => {
      stopping.abort()
      return worker.close()
    })
    await worker.waitUntilReady()
    ready()
  },
  { needsFcm: false },
)
