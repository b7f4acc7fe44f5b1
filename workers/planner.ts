/** The planner process: takes campaigns off the conveyor and writes their batches. */
import { PLANS, type PlanRef } from '../src/queue/bullmq-backend.ts'
import { openConveyor } from '../src/queue/bullmq-job-queue.ts'
import { ConveyorWorker } from '../src/queue/queue-worker.ts'
import { Feeder } from '../src/queue/enqueuer.ts'
import { planCampaign } from '../src/planning/plan-campaign.ts'
import { openPool } from '../src/postgres/pool.ts'
import { runProcess } from '../src/process/lifecycle.ts'
import { watchProcess } from '../src/health/watch-process.ts'

/** Campaigns planned at a time in one process. Each is one long statement after another, all of it in PostgreSQL. */
const PLANS_AT_ONCE = 2

await runProcess('planner', async (context) => {
  const { config, log, onStop, ready } = context
  const pool = openPool(config.database, 'planner', log)
  onStop('database', () => pool.end())
  const watch = await watchProcess(context, pool, { isWorker: true })
  const conveyor = openConveyor(config, 'planner', log)
  onStop('conveyor', () => conveyor.close())
  const feeder = new Feeder({ pool, conveyor, watermark: config.conveyor.watermark }, log)
  onStop('feeding', () => feeder.settled())

  const stopping = new AbortController()
  watch.onHandBack(() => stopping.abort())
  const deps = {
    pool,
    ...config.planner,
    onPage: async (campaignId: string) => {
      feeder.feed(campaignId)
      await watch.memory.rest(stopping.signal)
    },
  }
  const worker = new ConveyorWorker<PlanRef>(
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
  // A plan goes on where it stopped: its cursor is in PostgreSQL, and upkeep finds a plan that stands still.
  onStop('planning', () => {
    stopping.abort()
    return worker.close()
  })
  await worker.waitUntilReady()
  ready()
})
