/**
 * Prometheus metrics of a process. Nearly all are read from existing counters when they are scraped, so they cost nothing
 * per message. docs/operations.md lists the names; a test compares.
 */
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { Pool } from '../postgres/pool.ts'
import { counters, fcmCalls, outcomes, recordings } from '../process/counters.ts'
import { VERSION } from '../process/version.ts'
import { registerDurations } from './durations-metric.ts'
import { LIMITS } from './limit-watch.ts'
import type { MemoryReading } from './memory-reading.ts'
import { MEMORY_STEPS, type MemoryStep, shareOf } from './memory-watch.ts'
import { measurePoolWaits } from './pool-waits.ts'
import { BREAKER_STATES, type DispatchHealth, type ProjectHealth, poolHealth } from './process-health.ts'

/** A gauge that is read when it is scraped. Null: no value now. */
export function gauge(
  registry: Registry,
  name: string,
  help: string,
  read: () => number | null | Promise<number | null>,
): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    async collect() {
      const value = await read()
      if (value === null) this.remove()
      else this.set(value)
    },
  })
}

/** A gauge with one value for each value of a label. All are replaced at each scrape. */
export function gauges<K extends string>(
  registry: Registry,
  name: string,
  help: string,
  label: string,
  read: () => Partial<Record<K, number>> | Promise<Partial<Record<K, number>>>,
): void {
  new Gauge({
    name,
    help,
    labelNames: [label],
    registers: [registry],
    async collect() {
      const values = await read()
      this.reset()
      for (const [value, number] of Object.entries(values)) this.set({ [label]: value }, Number(number))
    },
  })
}

/** A counter whose value is kept elsewhere. */
function counter(registry: Registry, name: string, help: string, read: () => number): void {
  new Counter({
    name,
    help,
    registers: [registry],
    collect() {
      this.reset()
      this.inc(read())
    },
  })
}

export interface ProcessMetricsSource {
  role: string
  pool: Pool
  readMemory: () => MemoryReading
  memoryStep: () => MemoryStep
}

/** Metrics that every process has. */
export function openMetrics({ role, pool, readMemory, memoryStep }: ProcessMetricsSource): Registry {
  const registry = new Registry()
  registry.setDefaultLabels({ role })
  collectDefaultMetrics({ register: registry })
  gauges(registry, 'carillon_build_info', 'Always 1; the label is the version.', 'version', () => ({
    [VERSION]: 1,
  }))
  gauge(
    registry,
    'carillon_memory_native_bytes',
    'Resident memory outside V8. If it grows and the heap does not, there is a leak outside the heap.',
    () => readMemory().nativeBytes,
  )
  gauge(
    registry,
    'carillon_memory_limit_bytes',
    'Memory limit: MEMORY_LIMIT_MB, or the limit of the container. Missing if there is no limit.',
    () => readMemory().rssLimitBytes,
  )
  gauge(
    registry,
    'carillon_memory_used_ratio',
    'Memory use as a share of the process limit or the heap limit, whichever is nearer.',
    () => shareOf(readMemory()),
  )
  gauge(
    registry,
    'carillon_memory_step',
    '0: normal; 1: takes no new work; 2: releases its work and ends; 3: ends at once.',
    () => MEMORY_STEPS.indexOf(memoryStep()),
  )
  gauges(
    registry,
    'carillon_database_connections',
    'Database connections of this process, by state.',
    'state',
    () => {
      const { open, idle } = poolHealth(pool)
      return { in_use: open - idle, idle }
    },
  )
  gauge(
    registry,
    'carillon_database_waiting',
    'Statements that are waiting for a connection.',
    () => pool.waitingCount,
  )
  registerDurations(
    registry,
    'carillon_database_wait_seconds',
    'How long statements waited for a connection; only those that had to wait.',
    measurePoolWaits(pool),
  )
  return registry
}

/** Metrics that only a dispatcher has. */
export function addDispatchMetrics(registry: Registry, health: () => DispatchHealth): void {
  new Counter({
    name: 'carillon_messages_total',
    help: 'Messages sent to FCM, by outcome.',
    labelNames: ['outcome'],
    registers: [registry],
    collect() {
      this.reset()
      for (const [outcome, count] of Object.entries(outcomes)) this.inc({ outcome }, count)
    },
  })
  counter(registry, 'carillon_results_total', 'Committed results.', () => counters.resultsRecorded)
  counter(registry, 'carillon_attempts_total', 'Ended attempts at batches.', () => counters.attemptsEnded)
  registerDurations(
    registry,
    'carillon_fcm_call_seconds',
    'Duration of FCM requests, to the end of the answer.',
    fcmCalls,
  )
  registerDurations(
    registry,
    'carillon_record_seconds',
    'Duration of writing a chunk of results, to its commit.',
    recordings,
  )
  gauge(
    registry,
    'carillon_batches_in_hand',
    'Claimed batches that have not ended.',
    () => health().batchesInHand,
  )
  gauge(
    registry,
    'carillon_messages_in_flight',
    'Messages that FCM has not answered yet.',
    () => health().messagesInFlight,
  )
  const projects = (name: string, help: string, read: (project: ProjectHealth) => number | null) =>
    gauges(registry, name, help, 'project', () =>
      Object.fromEntries(
        (health().projects ?? []).flatMap((project) => {
          const value = read(project)
          return value === null ? [] : [[project.name, value]]
        }),
      ),
    )
  projects(
    'carillon_concurrency_limit',
    'Requests that may be in flight, as the dispatcher found from latency and answers.',
    ({ limit }) => limit,
  )
  projects(
    'carillon_requests_in_flight',
    'Requests that FCM has not answered yet.',
    ({ inFlight }) => inFlight,
  )
  projects(
    'carillon_fcm_latency_seconds',
    'Mean duration of FCM requests over the last window, from which the limit is derived.',
    ({ latencyMs }) => (latencyMs === null ? null : latencyMs / 1000),
  )
  new Gauge({
    name: 'carillon_limited_by',
    help: '1 for what limits the rate of each project now.',
    labelNames: ['project', 'by'],
    registers: [registry],
    collect() {
      this.reset()
      for (const { name: project, limitedBy } of health().projects ?? []) {
        for (const by of LIMITS) this.set({ project, by }, by === limitedBy?.by ? 1 : 0)
      }
    },
  })
  new Gauge({
    name: 'carillon_breaker_state',
    help: '1 for the state of the circuit breaker of each project.',
    labelNames: ['project', 'state'],
    registers: [registry],
    collect() {
      this.reset()
      for (const { name: project, breaker } of health().projects ?? []) {
        for (const state of BREAKER_STATES) this.set({ project, state }, state === breaker ? 1 : 0)
      }
    },
  })
}
