/**
 * Runs a dispatcher: takes batches from the queue, sends them and records the results until the process stops. All parts of
 * a dispatcher are created and connected here, including the memory watch and the standstill watch.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { haltPlatform } from '../campaigns/halt-platform.ts'
import { pauseAutomatically } from '../campaigns/pause-campaign.ts'
import { startOnTime } from '../campaigns/start-due-campaigns.ts'
import { cpuReader } from '../health/cpu-reading.ts'
import { meanReader, resultRateReader } from '../health/last-minute.ts'
import { LimitWatch } from '../health/limit-watch.ts'
import { watchProcess } from '../health/watch-process.ts'
import { fewAtATime } from '../postgres/few-at-a-time.ts'
import { isWaitingForDatabase } from '../postgres/keep-trying.ts'
import { openPool } from '../postgres/pool.ts'
import { counters, recordings } from '../process/counters.ts'
import type { ProcessContext } from '../process/lifecycle.ts'
import { repeat } from '../process/repeat.ts'
import type { OpenSender } from '../push/create-sender.ts'
import { BATCHES, RATED_BATCHES } from '../queue/bullmq-backend.ts'
import { openJobQueue } from '../queue/bullmq-job-queue.ts'
import { Enqueuer } from '../queue/enqueuer.ts'
import type { BatchRef } from '../queue/job-queue.ts'
import { QueueWorker } from '../queue/queue-worker.ts'
import { RecentResults } from '../results/recent-results.ts'
import { ResultWriter } from '../results/result-writer.ts'
import { SampleKeeper } from '../results/sample-keeper.ts'
import type { Attempt } from './attempt.ts'
import { BatchOwner } from './batch-owner.ts'
import { BatchSlots, FIRST_SLOTS } from './batch-slots.ts'
import { type DispatchDeps, dispatchBatch } from './dispatch-batch.ts'
import { keepWarm } from './keep-warm.ts'
import { checkEnvironment, ProjectLanes } from './project-lanes.ts'
import type { Stop } from './release-batch.ts'
import { restoreAfterFailovers } from './restore-results.ts'
import { StandstillWatch, standstillPatienceMs } from './standstill-watch.ts'
import { LOOK_AT_TURNS_MS, Turns } from './turns.ts'

/** How often the number of batches in hand is adjusted. */
const ADJUST_MS = 100
/** Slots for campaigns with a rate of their own where DISPATCH_BATCHES is less: 10 MB. */
const FEWEST_RATED = 25
/** A third of the default DATABASE_POOL_SIZE: with a hundred of their batches in hand, all others waited for a connection. */
const RATED_STATEMENTS = 3
/** How often the standstill watch checks for progress. */
const LOOK_MS = 1_000
/** A beat takes milliseconds: after this long without an answer, PostgreSQL is unavailable or slow. */
const SILENT_MS = 5_000

export async function runDispatcher(context: ProcessContext, openSender: OpenSender): Promise<void> {
  const { config, log, onStop, ready, stop } = context
  await checkEnvironment(config.fcm, openSender, log)
  const pool = openPool(config.database, 'dispatcher', log, { byKeyOnly: true })
  onStop('database', () => pool.end())
  const watch = await watchProcess(context, pool, { isWorker: true })
  const queue = openJobQueue(config, 'dispatcher', log)
  onStop('queue', () => queue.close())
  const enqueuer = new Enqueuer({ pool, queue, watermark: config.queue.watermark }, log)
  onStop('enqueueing', () => enqueuer.settled())
  const starts = startOnTime({ pool, queue, watermark: config.queue.watermark, log })
  onStop('starting campaigns', () => starts.stop())
  const lanes = new ProjectLanes({
    pool,
    environment: config.fcm,
    openSender,
    limits: config.dispatcher,
    log,
  })
  onStop('senders', () => lanes.close())
  const warming = keepWarm(pool, lanes, log)
  onStop('warming up', () => warming.stop())
  const owner = new BatchOwner(pool, config.dispatcher.leaseMs, log)
  onStop('ownership', () => owner.close())

  const { leaseMs, recordChunk, retryFirstDelayMs, retryAttempts, retryAgeMs, batches } = config.dispatcher
  const { errorPausePercent, errorPauseMinimum } = config.dispatcher
  const draining = new AbortController()
  const stopping = new AbortController()
  const giveUp = new AbortController()
  watch.onRelease(() => stopping.abort())
  const inHand = new Set<Attempt>()
  const ratePerSecond = resultRateReader()
  const limits = new LimitWatch({
    cpu: cpuReader(),
    memoryShare: () => watch.memory.share,
    recordMs: meanReader(recordings),
  })
  const health = () => ({
    batchesInHand: inHand.size,
    messagesInFlight: messagesInFlight(inHand),
    ratePerSecond: ratePerSecond(),
    projects: lanes.health.map((lane) => ({ ...lane, limitedBy: limits.of(lane.id) })),
  })
  await watch.addDispatchHealth(health)
  const recent = new RecentResults()
  const writer = new ResultWriter(pool, {
    chunk: recordChunk,
    recent,
    onFull: (isFull) => lanes.hold(isFull),
    giveUp: giveUp.signal,
    log,
  })
  onStop('results', () => writer.close())
  const samples = new SampleKeeper(pool, log)
  onStop('samples', () => samples.settled())
  onStop(
    'failovers',
    restoreAfterFailovers({
      processId: watch.id,
      pool,
      recent,
      countsUses: config.sendRules.caps.length > 0,
      inHand,
      giveUp: giveUp.signal,
      log,
    }),
  )
  const deps: DispatchDeps = {
    pool,
    writer,
    openLane: (projectId) => lanes.open(projectId),
    owner,
    inHand,
    retry: { firstDelayMs: retryFirstDelayMs, attempts: retryAttempts, ageMs: retryAgeMs },
    hours: config.sendRules,
    errorLimits: { percent: errorPausePercent, minimum: errorPauseMinimum },
    haltPlatform: async (campaignId, platform) => {
      // Before the campaign can pause for it: the reason is read from the samples (maintenance/held-batches.ts).
      await samples.settled()
      return await haltPlatform(pool, campaignId, platform)
    },
    pauseCampaign: (campaignId, reason, detail, messageVersion) =>
      pauseAutomatically(pool, campaignId, reason, detail, messageVersion),
    keepSample: (claim, code, detail) => samples.keep(claim, code, detail),
    giveUp: giveUp.signal,
    log,
  }
  const work = (own: DispatchDeps) => async (job: { data: BatchRef }) => {
    // A job that had to wait for memory is dropped: maintenance has enqueued its batch again meanwhile.
    if (await watch.memory.rest(draining.signal)) return
    const { lane } = await dispatchBatch(job.data, own, stopping.signal, draining.signal)
    enqueuer.batchEnded(job.data.campaignId)
    if (lane !== undefined) await lanes.rest(lane, draining.signal)
  }
  const firstSlots = Math.min(FIRST_SLOTS, batches)
  const worker = new QueueWorker<BatchRef>(BATCHES, config, 'dispatcher', firstSlots, work(deps), log)
  // They wait for their rates, and send the few messages that are due: in slots of their own, and with few statements at a time,
  // they keep nobody else waiting.
  const workRated = work({ ...deps, pool: fewAtATime(pool, RATED_STATEMENTS) })
  const ratedSlots = Math.max(FEWEST_RATED, batches)
  const ratedWorker = new QueueWorker<BatchRef>(
    RATED_BATCHES,
    config,
    'dispatcher',
    ratedSlots,
    workRated,
    log,
  )
  const turns = new Turns(pool, lanes, inHand)
  const lookingAtTurns = repeat('looking whose turn it is', LOOK_AT_TURNS_MS, () => turns.look(), log)
  onStop('turns', () => lookingAtTurns.stop())
  const slots = new BatchSlots(batches)
  const adjusting = setInterval(() => {
    const held = [...inHand].map(({ lane, waitsFor, isRated, inFlight }) => ({
      projectId: lane?.project.id,
      waitsFor,
      isRated,
      inFlight,
    }))
    const usual = held.filter(({ isRated }) => !isRated)
    const mayHave = slots.look({
      loads: lanes.loads,
      batches: usual,
      campaigns: turns.campaigns,
      isHeldBack: writer.isFull || watch.memory.isHigh,
    })
    worker.concurrency = mayHave
    limits.look({
      projects: lanes.health.map((lane) => ({ ...lane, isRefused: lanes.refuses(lane.id) })),
      batches: held,
      slots: mayHave + held.length - usual.length,
      mostBatches: batches,
      isMemoryHigh: watch.memory.isHigh,
      isBacklogFull: writer.isFull,
    })
  }, ADJUST_MS)
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
      lanes.mayRest ||
      isWaitingForDatabase() ||
      owner.silentMs > SILENT_MS,
    batchesInHand: () => inHand.size,
    waitingJobs: async () => (await queue.counts()).waiting,
    onStandstill: (seconds) => {
      isStuck = true
      const facts = { seconds, batchesInHand: inHand.size, messagesInFlight: messagesInFlight(inHand) }
      log.error(facts, 'no progress although work is waiting: the process exits and is restarted')
      const text = `A dispatcher had ${inHand.size} batches in progress and made no progress for ${seconds} s. It exits and is restarted.`
      watch.alerts.send('standstill', text, facts)
      stopping.abort('standstill' satisfies Stop)
      stop(`no progress for ${seconds} s while work was waiting`)
    },
  })
  const looking = setInterval(() => void standstill.look(), LOOK_MS)

  // Takes no more batches and finishes those in hand. Starts no further request once the remaining stop time is needed for
  // the answers.
  onStop('dispatching', async (hurry) => {
    clearInterval(looking)
    clearInterval(adjusting)
    draining.abort()
    const release = () => stopping.abort()
    const timer = setTimeout(release, config.stopTimeoutMs - config.fcm.requestTimeoutMs)
    hurry.addEventListener('abort', () => {
      release()
      giveUp.abort()
    })
    const closed = Promise.all([worker.close(), ratedWorker.close()])
    if (isStuck) await leaveBehind(closed)
    else await closed
    clearTimeout(timer)
  })

  /** Does not wait for an attempt that hangs: another dispatcher takes its batch when this process has ended. */
  async function leaveBehind(closed: Promise<unknown>): Promise<void> {
    const afterAnswers = new AbortController()
    const { requestTimeoutMs } = config.fcm
    const late = wait(requestTimeoutMs + 1_000, 'late' as const, { signal: afterAnswers.signal })
    if ((await Promise.race([closed, late.catch(() => undefined)])) === 'late') {
      // Closing the connections may end a request that hangs, so that its attempt releases the rest of the batch.
      await Promise.race([lanes.close(), wait(1_000)])
      await Promise.race([closed, wait(1_000)])
    }
    afterAnswers.abort()
  }
  await Promise.all([worker.waitUntilReady(), ratedWorker.waitUntilReady()])
  ready()
}

function messagesInFlight(inHand: ReadonlySet<Attempt>): number {
  let messages = 0
  for (const attempt of inHand) messages += attempt.inFlight
  return messages
}
