/** A dispatcher process: takes batches off the conveyor, sends them and records the results. Run as many as needed. */
import { haltPlatform, pauseItself } from '../src/campaigns/halt-campaign.ts'
import { BATCHES, openWorker } from '../src/conveyor/backend.ts'
import { openConveyor } from '../src/conveyor/bullmq-conveyor.ts'
import type { BatchRef } from '../src/conveyor/conveyor.ts'
import { Feeder } from '../src/conveyor/feeder.ts'
import type { Attempt } from '../src/dispatch/attempt.ts'
import { type DispatchDeps, dispatchBatch } from '../src/dispatch/dispatch-batch.ts'
import { FcmBreaker } from '../src/dispatch/fcm-breaker.ts'
import { LeaseKeeper } from '../src/dispatch/lease-keeper.ts'
import { openBudget } from '../src/dispatch/pace.ts'
import { createSender } from '../src/push/create-sender.ts'
import { openPool } from '../src/runtime/database.ts'
import { runProcess } from '../src/runtime/lifecycle.ts'
import { lastMinuteReader } from '../src/vitals/last-minute.ts'
import { watchProcess } from '../src/vitals/watch-process.ts'

await runProcess('dispatcher', async (context) => {
  const { config, log, onStop, ready } = context
  const pool = openPool(config.database, 'dispatcher', log, { byKeyOnly: true })
  onStop('database', () => pool.end())
  const watch = await watchProcess(context, pool, { isWorker: true })
  const conveyor = openConveyor(config, 'dispatcher', log)
  onStop('conveyor', () => conveyor.close())
  const feeder = new Feeder({ pool, conveyor, watermark: config.conveyor.watermark }, log)
  onStop('feeding', () => feeder.settled())
  const sender = await createSender(config.fcm, log)
  onStop('sender', () => sender.close())
  const leases = new LeaseKeeper(pool, config.dispatcher.leaseMs, log)
  onStop('leases', () => leases.close())

  const { leaseMs, recordChunk, retryFirstDelayMs, retryAttempts, retryAgeMs, batches } = config.dispatcher
  const { breakerFaults, breakerWaitMs, errorPausePercent, errorPauseMinimum } = config.dispatcher
  const breaker = new FcmBreaker({ faults: breakerFaults, waitMs: breakerWaitMs, log })
  const project = {
    key: `project:${sender.projectId}`,
    perMinute: config.fcm.messagesPerMinute,
    rampSeconds: config.fcm.rampSeconds,
  }
  await openBudget(pool, project.key)
  const draining = new AbortController()
  const stopping = new AbortController()
  const giveUp = new AbortController()
  watch.onHandBack(() => stopping.abort())
  const inHand = new Set<Attempt>()
  const lastMinute = lastMinuteReader()
  const signs = () => ({
    batchesInHand: inHand.size,
    messagesInFlight: messagesInFlight(inHand),
    breaker: breaker.state,
    ...lastMinute(),
  })
  await watch.tellAlso(signs)
  const deps: DispatchDeps = {
    pool,
    sender,
    leases,
    inHand,
    leaseMs,
    recordChunk,
    project,
    retry: { firstDelayMs: retryFirstDelayMs, attempts: retryAttempts, ageMs: retryAgeMs },
    breaker,
    errorLimits: { percent: errorPausePercent, minimum: errorPauseMinimum },
    haltPlatform: (campaignId, platform) => haltPlatform(pool, campaignId, platform),
    pauseCampaign: (campaignId, reason, detail) => pauseItself(pool, campaignId, reason, detail),
    giveUp: giveUp.signal,
    log,
  }
  const worker = openWorker<BatchRef>(
    BATCHES,
    config,
    'dispatcher',
    batches,
    async (entry) => {
      // Whoever has had to wait lets its entry go: upkeep has given the batch to another meanwhile.
      if (await watch.memory.rest(draining.signal)) return
      await dispatchBatch(entry.data, deps, stopping.signal)
      feeder.batchEnded(entry.data.campaignId)
      await breaker.rest(draining.signal)
    },
    log,
  )
  // Take no more; let what is in hand finish; start no further request when only the answers' time is left.
  onStop('dispatching', async (hurry) => {
    draining.abort()
    const handBack = () => stopping.abort()
    const timer = setTimeout(handBack, config.stopTimeoutMs - config.fcm.requestTimeoutMs)
    hurry.addEventListener('abort', () => {
      handBack()
      giveUp.abort()
    })
    await worker.close()
    clearTimeout(timer)
  })
  await worker.waitUntilReady()
  ready({ projectId: sender.projectId })
})

function messagesInFlight(inHand: ReadonlySet<Attempt>): number {
  let messages = 0
  for (const attempt of inHand) messages += attempt.onTheirWay
  return messages
}
