/** The planner process: takes campaigns off the queue and writes their batches. */

import { watchProcess } from '../src/health/watch-process.ts'
import { planCampaign } from '../src/planning/plan-campaign.ts'
import { openPool } from '../src/postgres/pool.ts'
import { runProcess } from '../src/process/lifecycle.ts'
import { PLANS, type PlanRef } from '../src/queue/bullmq-backend.ts'
import { openJobQueue } from '../src/queue/bullmq-job-queue.ts'
import { Enqueuer } from '../src/queue/enqueuer.ts'
import { QueueWorker } from '../src/queue/queue-worker.ts'

/** Campaigns planned at a time in one process. Each is one long statement after another, all of it in PostgreSQL. */
const PLANS_AT_ONCE = 2

await runProcess('planner', async (context) => {
  const { config, log, onStop, ready } = context
  const pool = openPool(config.database, 'planner', log)
  onStop('database', () => pool.end())
  const watch = await watchProcess(context, pool, { isWorker: true })
  const queue = openJobQueue(config, 'planner', log)
  onStop('queue', () => queue.close())
  const enqueuer = new Enqueuer({ pool, queue, watermark: config.queue.watermark }, log)
  onStop('enqueueing', () => enqueuer.settled())

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
    async (entry) => {
      const { campaignId } = entry.data
      await watch.memory.rest(stopping.signal)
      const isPlanned = await planCampaign(deps, campaignId, stopping.signal)
      log.info({ campaignId, isPlanned }, 'planning ended')
    },
    log,
  )
  // A plan goes on where it stopped: its cursor is in PostgreSQL, and maintenance finds a plan that stands still.
  onStop('planning', () => {
    stopping.abort()
    return worker.close()
  })
  await worker.waitUntilReady()
  ready()
})
