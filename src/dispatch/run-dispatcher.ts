/**
 * A dispatcher: takes batches off the queue, hands them to the sender and has the results recorded, until it is told
 * to stop. What it watches itself by, memory and movement, is put together here as well.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { haltPlatform } from '../campaigns/halt-platform.ts'
import { pauseAutomatically } from '../campaigns/pause-campaign.ts'
import type { Config } from '../config/config.ts'
import { lastMinuteReader } from '../health/last-minute.ts'
import { watchProcess } from '../health/watch-process.ts'
import { isWaitingForDatabase } from '../postgres/keep-trying.ts'
import { openPool } from '../postgres/pool.ts'
import { counters } from '../process/counters.ts'
import type { ProcessContext } from '../process/lifecycle.ts'
import type { Logger } from '../process/logger.ts'
import { openBudget } from '../projects/rate-limit.ts'
import type { PushSender } from '../push/push-sender.ts'
import { BATCHES } from '../queue/bullmq-backend.ts'
import { openJobQueue } from '../queue/bullmq-job-queue.ts'
import { Enqueuer } from '../queue/enqueuer.ts'
import type { BatchRef } from '../queue/job-queue.ts'
import { QueueWorker } from '../queue/queue-worker.ts'
import type { Attempt } from './attempt.ts'
import { type DispatchDeps, dispatchBatch } from './dispatch-batch.ts'
import { FcmBreaker } from './fcm-breaker.ts'
import { LeaseKeeper } from './lease-keeper.ts'
import type { Stop } from './release-batch.ts'
import { StandstillWatch, standstillPatienceMs } from './standstill-watch.ts'

/** How often a dispatcher looks at itself. */
const LOOK_MS = 1_000
/** Renewing a lease takes milliseconds: after so long without, PostgreSQL is away or slow. */
const SILENT_MS = 5_000

export async function runDispatcher(
  context: ProcessContext,
  openSender: (config: Config['fcm'], log: Logger) => PushSender,
): Promise<void> {
  const { config, log, onStop, ready, stop } = context
  const pool = openPool(config.database, 'dispatcher', log, { byKeyOnly: true })
  onStop('database', () => pool.end())
  const watch = await watchProcess(context, pool, { isWorker: true })
  const queue = openJobQueue(config, 'dispatcher', log)
  onStop('queue', () => queue.close())
  const enqueuer = new Enqueuer({ pool, queue, watermark: config.queue.watermark }, log)
  onStop('enqueueing', () => enqueuer.settled())
  const sender = openSender(config.fcm, log)
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
  watch.onRelease(() => stopping.abort())
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
    pauseCampaign: (campaignId, reason, detail) => pauseAutomatically(pool, campaignId, reason, detail),
    giveUp: giveUp.signal,
    log,
  }
  const worker = new QueueWorker<BatchRef>(
    BATCHES,
    config,
    'dispatcher',
    batches,
    async (entry) => {
      // Whoever has had to wait lets its entry go: maintenance has given the batch to another meanwhile.
      if (await watch.memory.rest(draining.signal)) return
      await dispatchBatch(entry.data, deps, stopping.signal)
      enqueuer.batchEnded(entry.data.campaignId)
      await breaker.rest(draining.signal)
    },
    log,
  )
  let isStuck = false
  const standstill = new StandstillWatch({
    patienceMs: standstillPatienceMs({ ...config.fcm, ...config.database, leaseMs }),
    progress: () => {
      const { jobsTaken, attemptsEnded, resultsRecorded } = counters
      return [jobsTaken, attemptsEnded, resultsRecorded, messagesInFlight(inHand)].join()
    },
    isExcused: () =>
      draining.signal.aborted ||
      watch.memory.isHigh ||
      breaker.waitMs > 0 ||
      isWaitingForDatabase() ||
      leases.silentMs > SILENT_MS,
    batchesInHand: () => inHand.size,
    waitingJobs: async () => (await queue.counts()).waiting,
    onStandstill: (seconds) => {
      isStuck = true
      const facts = { seconds, batchesInHand: inHand.size, messagesInFlight: messagesInFlight(inHand) }
      log.error(facts, 'nothing moves although there is work: the process ends, to be started again')
      const text = `A dispatcher had ${inHand.size} batches in hand and did not move for ${seconds} s. It ends and is started again.`
      watch.alerts.send('standstill', text, facts)
      stopping.abort('standstill' satisfies Stop)
      stop(`no progress for ${seconds} s while work waits`)
    },
  })
  const looking = setInterval(() => void standstill.look(), LOOK_MS)

  // Take no more; let what is in hand finish; start no further request when only the answers' time is left.
  onStop('dispatching', async (hurry) => {
    clearInterval(looking)
    draining.abort()
    const release = () => stopping.abort()
    const timer = setTimeout(release, config.stopTimeoutMs - config.fcm.requestTimeoutMs)
    hurry.addEventListener('abort', () => {
      release()
      giveUp.abort()
    })
    const closed = worker.close()
    if (isStuck) await leaveBehind(closed)
    else await closed
    clearTimeout(timer)
  })

  /** Whoever hangs is not waited for: what it holds goes to another dispatcher when its lease has run out. */
  async function leaveBehind(closed: Promise<void>): Promise<void> {
    const afterAnswers = new AbortController()
    const { requestTimeoutMs } = config.fcm
    const late = wait(requestTimeoutMs + 1_000, 'late' as const, { signal: afterAnswers.signal })
    if ((await Promise.race([closed, late.catch(() => undefined)])) === 'late') {
      // Without its connections, a request that hangs may end after all, and its attempt release the rest.
      await Promise.race([sender.close(), wait(1_000)])
      await Promise.race([closed, wait(1_000)])
    }
    afterAnswers.abort()
  }
  await worker.waitUntilReady()
  ready({ projectId: sender.projectId })
}

function messagesInFlight(inHand: ReadonlySet<Attempt>): number {
  let messages = 0
  for (const attempt of inHand) messages += attempt.onTheirWay
  return messages
}
