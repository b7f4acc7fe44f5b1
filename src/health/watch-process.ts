/**
 * Starts what every long-running process needs: heartbeat, memory watch, alerts and metrics. Call it right after opening
 * the database, so that heartbeats continue until just before the database is closed.
 */
import { randomUUIDv7 } from 'node:crypto'
import { hostname } from 'node:os'
import type { Registry } from 'prom-client'
import type { Pool } from '../postgres/pool.ts'
import type { ProcessContext } from '../process/lifecycle.ts'
import {
  type BreakerOpened,
  breakerOpened,
  type CampaignFinished,
  type CampaignMissed,
  type CampaignPaused,
  campaignFinished,
  campaignMissed,
  campaignPaused,
  type SchedulePaused,
  schedulePaused,
} from '../process/operator-events.ts'
import { within } from '../process/within.ts'
import { Alerts } from './alerts.ts'
import { collectGarbage } from './collect-garbage.ts'
import { startHeartbeat } from './heartbeat.ts'
import { type MemoryReading, memoryReader } from './memory-reading.ts'
import { type MemoryStep, MemoryWatch, shareOf } from './memory-watch.ts'
import { type DispatchHealth, eventLoopLagReader, NO_DISPATCH, poolHealth } from './process-health.ts'

/** Exit status of a process that ended because its memory was nearly used up (EX_TEMPFAIL). */
const EXIT_MEMORY = 75

/** How long a process whose memory is used up may take for its last heartbeat and alert. */
const LAST_WRITES_MS = 300

export interface ProcessWatch {
  /** Of the process's row in `processes`. */
  id: string
  memory: MemoryWatch
  alerts: Alerts
  /** Null if there is no port to serve them on. */
  metrics: Registry | null
  /** Adds a dispatcher's own figures to its heartbeats and metrics. */
  addDispatchHealth(dispatch: () => DispatchHealth): Promise<void>
  /** `listener` is called when memory use becomes high and when it is normal again. */
  onMemory(listener: (isHigh: boolean) => void): void
  /** `listener` is called when the process stops because of its memory: release work in progress, do not finish it. */
  onRelease(listener: () => void): void
}

export async function watchProcess(
  { role, config, log, recentErrors, onStop, stop, stopReason }: ProcessContext,
  pool: Pool,
  /**
   * `isWorker`: it takes work from a queue; it is restarted if its memory stays high.
   * `isMetered`: it serves metrics itself, even without METRICS_PORT.
   */
  { isWorker = false, isMetered = false } = {},
): Promise<ProcessWatch> {
  const { memoryLimitMb, metricsPort, alertWebhookUrl } = config.health
  const { publicUrl } = config.http
  const alerts = new Alerts({ url: alertWebhookUrl, role, log })
  const readMemory = memoryReader(memoryLimitMb)
  const lag = eventLoopLagReader()
  let dispatch = () => NO_DISPATCH
  let release = () => {}
  let onMemory = (_isHigh: boolean) => {}

  const onPaused = (message: unknown) => {
    const { name, ...facts } = message as CampaignPaused
    log.warn(facts, 'a campaign has paused itself')
    alerts.send('campaign_paused', `The campaign "${name}" has paused itself: ${facts.detail}`, {
      name,
      ...facts,
    })
  }
  const onFinished = (message: unknown) => {
    const { name, ...facts } = message as CampaignFinished
    const url = publicUrl === null ? null : `${publicUrl}/campaigns/${facts.campaignId}`
    const text = `${describeFinished(message as CampaignFinished)}${url === null ? '' : ` ${url}`}`
    alerts.send('campaign_finished', text, { name, ...facts, ...(url !== null && { url }) })
  }
  const onMissed = (message: unknown) => {
    const { name, ...facts } = message as CampaignMissed
    const text = `The campaign "${name}" was not sent: it was to start at ${facts.scheduledAt.toISOString()}, nothing could start it within ${facts.latestStartMinutes} minutes, and so it is canceled. To send it now, duplicate it.`
    alerts.send('campaign_missed', text, { name, ...facts })
  }
  const onBreakerOpened = (message: unknown) => {
    const { project } = message as BreakerOpened
    const text = `FCM does not answer ${role} ${hostname()}:${process.pid} for the project "${project}". The dispatcher releases the batches of this project and tries one from time to time.`
    alerts.send('breaker_open', text, { project })
  }
  const onSchedulePaused = (message: unknown) => {
    const { name, ...facts } = message as SchedulePaused
    alerts.send('schedule_paused', `The schedule "${name}" has paused itself: ${facts.detail}`, {
      name,
      ...facts,
    })
  }
  campaignPaused.subscribe(onPaused)
  campaignFinished.subscribe(onFinished)
  campaignMissed.subscribe(onMissed)
  schedulePaused.subscribe(onSchedulePaused)
  breakerOpened.subscribe(onBreakerOpened)

  const onStep = (step: MemoryStep, reading: MemoryReading) => {
    onMemory(step !== 'ok')
    const facts = { step, share: Math.round(shareOf(reading) * 100) / 100, ...reading }
    const text = `${role}: ${describe(reading)}`
    if (step === 'ok') log.info(facts, 'memory use is normal again')
    else if (step === 'stop_claiming') {
      log.warn(facts, 'memory use is high: no new work is taken until it has fallen')
      alerts.send('memory_high', `${text}. It takes no new work until memory use has fallen.`, facts)
    } else if (step === 'release') {
      log.error(facts, 'memory use is high: the process releases its work and ends')
      alerts.send('memory_releasing', `${text}. It releases its work, ends and is restarted.`, facts)
      release()
      stop(`memory: ${describe(reading)}`)
    } else {
      log.fatal(facts, 'memory is nearly used up: the process ends at once')
      alerts.send('memory_exhausted', `${text}. It ended at once; other processes take over its work.`, facts)
      const lastWrites = Promise.all([
        alerts.settled(),
        heartbeat.end(`memory exhausted: ${describe(reading)}`),
      ])
      within(LAST_WRITES_MS, lastWrites)
        .catch(() => {})
        .finally(() => process.exit(EXIT_MEMORY))
    }
  }
  const memory = new MemoryWatch({
    read: readMemory,
    collectGarbage,
    onStep,
    restartsWhenStuck: () => isWorker,
  })
  const meter = async () => {
    // Loaded only if needed: prom-client costs each dispatcher some megabytes.
    const { openMetrics } = await import('./metrics.ts')
    const registry = openMetrics({ role, pool, readMemory, memoryStep: () => memory.step })
    if (metricsPort === 0) return registry
    const { startMetricsServer } = await import('./metrics-server.ts')
    const whyNotReady = () => {
      const why = stopReason()
      return why === null ? null : `stopping: ${why}`
    }
    const { host } = config.http
    const server = await startMetricsServer({ host, port: metricsPort, registry, whyNotReady, log })
    onStop('metrics', () => server.close())
    return registry
  }
  const memoryTimer = setInterval(() => memory.look(), 1_000)
  memoryTimer.unref()

  const health = () => ({
    ...readMemory(),
    ...dispatch(),
    state:
      stopReason() !== null
        ? ('draining' as const)
        : memory.isHigh
          ? ('memory_high' as const)
          : ('ok' as const),
    eventLoopLagMs: lag.read(),
    pool: poolHealth(pool),
    errors: recentErrors.list,
  })
  const id = randomUUIDv7()
  const heartbeat = startHeartbeat({ pool, id, role, health, log })
  const metrics = isMetered || metricsPort > 0 ? await meter() : null
  onStop('heartbeat', async () => {
    clearInterval(memoryTimer)
    campaignPaused.unsubscribe(onPaused)
    campaignFinished.unsubscribe(onFinished)
    campaignMissed.unsubscribe(onMissed)
    schedulePaused.unsubscribe(onSchedulePaused)
    breakerOpened.unsubscribe(onBreakerOpened)
    await Promise.all([heartbeat.end(stopReason() ?? 'stopped'), alerts.settled()])
    lag.close()
  })
  return {
    id,
    memory,
    alerts,
    metrics,
    addDispatchHealth: async (given) => {
      dispatch = given
      if (metrics !== null) (await import('./metrics.ts')).addDispatchMetrics(metrics, given)
    },
    onMemory: (listener) => {
      onMemory = listener
    },
    onRelease: (listener) => {
      release = listener
    },
  }
}

/** Figures that are zero are left out, but for the ones that everybody asks for. */
function describeFinished({ name, audience, sent, failed, skipped, inDoubt, canceled }: CampaignFinished) {
  const others = [
    skipped > 0 ? `${skipped} skipped` : '',
    inDoubt > 0 ? `${inDoubt} in doubt` : '',
    canceled > 0 ? `${canceled} canceled` : '',
  ].filter(Boolean)
  const figures = [`${sent} sent`, `${failed} failed`, ...others]
  return `The campaign "${name}" has finished. Of ${audience} devices: ${figures.join(', ')}.`
}

function describe({ rssBytes, rssLimitBytes, heapUsedBytes, heapLimitBytes }: MemoryReading): string {
  const mb = (bytes: number) => Math.round(bytes / 1024 / 1024)
  const ofHeap = `${mb(heapUsedBytes)} of ${mb(heapLimitBytes)} MB of heap`
  return rssLimitBytes === null ? ofHeap : `${mb(rssBytes)} of ${mb(rssLimitBytes)} MB, ${ofHeap}`
}
