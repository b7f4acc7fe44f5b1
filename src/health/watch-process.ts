/**
 * What every process that runs for long has: its heartbeat in PostgreSQL, its memory watched, alerts, metrics.
 * To be called as soon as the database is open, so that it is told of until just before that is closed.
 */
import { randomUUIDv7 } from 'node:crypto'
import { hostname } from 'node:os'
import type { Registry } from 'prom-client'
import type { Pool } from '../postgres/pool.ts'
import type { ProcessContext } from '../process/lifecycle.ts'
import {
  type BreakerOpened,
  breakerOpened,
  type CampaignPaused,
  campaignPaused,
} from '../process/operator-events.ts'
import { within } from '../process/within.ts'
import { Alerts } from './alerts.ts'
import { collectGarbage } from './collect-garbage.ts'
import { startHeartbeat } from './heartbeat.ts'
import { type MemoryReading, memoryReader } from './memory-reading.ts'
import { type MemoryStep, MemoryWatch, shareOf } from './memory-watch.ts'
import { type DispatchHealth, eventLoopLagReader, NO_DISPATCH, poolHealth } from './process-health.ts'

/** The process ended itself because its memory was all but used up (EX_TEMPFAIL: try again). */
export const EXIT_MEMORY = 75

/** The last words of a process that has no time left. */
const LAST_WORDS_MS = 300

export interface ProcessWatch {
  memory: MemoryWatch
  alerts: Alerts
  /** Null: nobody can ask for them. */
  metrics: Registry | null
  /** From now on, what a dispatcher has to tell beside what all have. */
  tellAlso(dispatch: () => DispatchHealth): Promise<void>
  /** Called when memory gets short, and when there is room again. */
  onMemory(deed: (isHigh: boolean) => void): void
  /** Called when the process is about to stop for want of memory: let go of what is in hand now, not when it is done. */
  onRelease(deed: () => void): void
}

export async function watchProcess(
  { role, config, log, recentErrors, onStop, stop, stopReason }: ProcessContext,
  pool: Pool,
  /**
   * `isWorker`: it takes work by itself; without any for want of memory, it is worth less than a fresh one.
   * `isMetered`: it has somewhere to show metrics, METRICS_PORT or not.
   */
  { isWorker = false, isMetered = false } = {},
): Promise<ProcessWatch> {
  const { memoryLimitMb, metricsPort, alertWebhookUrl } = config.health
  const alerts = new Alerts({ url: alertWebhookUrl, role, log })
  const readMemory = memoryReader(memoryLimitMb)
  const lag = eventLoopLagReader()
  let dispatch = () => NO_DISPATCH
  let release = () => {}
  let tellMemory = (_isHigh: boolean) => {}

  const onPaused = (message: unknown) => {
    const { name, ...facts } = message as CampaignPaused
    log.warn(facts, 'a campaign has paused itself')
    alerts.send('campaign_paused', `The campaign "${name}" has paused itself: ${facts.detail}`, {
      name,
      ...facts,
    })
  }
  const onBreakerOpened = (message: unknown) => {
    const { project } = message as BreakerOpened
    const text = `FCM does not answer ${role} ${hostname()}:${process.pid} for the project "${project}". The dispatcher releases the batches of this project and tries one from time to time.`
    alerts.send('breaker_open', text, { project })
  }
  campaignPaused.subscribe(onPaused)
  breakerOpened.subscribe(onBreakerOpened)

  const onStep = (step: MemoryStep, reading: MemoryReading) => {
    tellMemory(step !== 'ok')
    const facts = { step, share: Math.round(shareOf(reading) * 100) / 100, ...reading }
    const text = `${role}: ${describe(reading)}`
    if (step === 'ok') log.info(facts, 'there is room in memory again')
    else if (step === 'stop_claiming') {
      log.warn(facts, 'memory is short: no more work is taken until there is room')
      alerts.send('memory_high', `${text}. It takes no more work until there is room.`, facts)
    } else if (step === 'release') {
      log.error(facts, 'memory is short: what is in hand is released, and the process ends')
      alerts.send('memory_releasing', `${text}. It releases its work, ends and is started again.`, facts)
      release()
      stop(`memory: ${describe(reading)}`)
    } else {
      log.fatal(facts, 'memory is all but used up: the process ends at once')
      alerts.send('memory_exhausted', `${text}. It ended at once; others take over its work.`, facts)
      const lastWords = Promise.all([
        alerts.settled(),
        heartbeat.end(`memory exhausted: ${describe(reading)}`),
      ])
      within(LAST_WORDS_MS, lastWords)
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
    // Loaded where they are wanted: prom-client is some megabytes to each dispatcher.
    const { openMetrics } = await import('./metrics.ts')
    const registry = openMetrics({ role, pool, readMemory, memoryStep: () => memory.step })
    if (metricsPort === 0) return registry
    const { startMetricsServer } = await import('./metrics-server.ts')
    const whyNotReady = () => {
      const why = stopReason()
      return why === null ? null : `it is stopping: ${why}`
    }
    const { host } = config.http
    const server = await startMetricsServer({ host, port: metricsPort, registry, whyNotReady, log })
    onStop('metrics', () => server.close())
    return registry
  }
  const looking = setInterval(() => memory.look(), 1_000)
  looking.unref()

  const signs = () => ({
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
  const heartbeat = startHeartbeat({ pool, id: randomUUIDv7(), role, signs, log })
  const metrics = isMetered || metricsPort > 0 ? await meter() : null
  onStop('heartbeat', async () => {
    clearInterval(looking)
    campaignPaused.unsubscribe(onPaused)
    breakerOpened.unsubscribe(onBreakerOpened)
    await Promise.all([heartbeat.end(stopReason() ?? 'it stopped'), alerts.settled()])
    lag.close()
  })
  return {
    memory,
    alerts,
    metrics,
    tellAlso: async (given) => {
      dispatch = given
      if (metrics !== null) (await import('./metrics.ts')).addDispatchMetrics(metrics, given)
    },
    onMemory: (deed) => {
      tellMemory = deed
    },
    onRelease: (deed) => {
      release = deed
    },
  }
}

function describe({ rssBytes, rssLimitBytes, heapUsedBytes, heapLimitBytes }: MemoryReading): string {
  const mb = (bytes: number) => Math.round(bytes / 1024 / 1024)
  const ofHeap = `${mb(heapUsedBytes)} of ${mb(heapLimitBytes)} MB of heap`
  return rssLimitBytes === null ? ofHeap : `${mb(rssBytes)} of ${mb(rssLimitBytes)} MB, ${ofHeap}`
}
