/**
 * The metrics of a process, in Prometheus' form. Nearly all are read from where they are kept anyway when somebody asks,
 * so that sending a message costs no more than without them; names are in docs/operations.md, and a test compares.
 */
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { Pool } from '../postgres/pool.ts'
import { counters, fcmCalls, outcomes, recordings } from '../process/counters.ts'
import { VERSION } from '../process/version.ts'
import { registerDurations } from './durations-metric.ts'
import type { MemoryReading } from './memory-reading.ts'
import { MEMORY_STEPS, type MemoryStep, shareOf } from './memory-watch.ts'
import { measurePoolWaits } from './pool-waits.ts'
import { BREAKER_STATES, type DispatchHealth, poolHealth } from './process-health.ts'

/** A number that is asked for when it is wanted. Null: there is none now. */
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

/** One number for each value of a label, all of them each time. */
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

/** What is counted elsewhere, and only grows. */
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

/** What every process has. */
export function openMetrics({ role, pool, readMemory, memoryStep }: ProcessMetricsSource): Registry {
  const registry = new Registry()
  registry.setDefaultLabels({ role })
  collectDefaultMetrics({ register: registry })
  gauges(registry, 'carillon_build_info', 'Always 1; the label says which release.', 'version', () => ({
    [VERSION]: 1,
  }))
  gauge(
    registry,
    'carillon_memory_native_bytes',
    'Resident memory that V8 does not account for. Growing while the heap does not: a leak outside the heap.',
    () => readMemory().nativeBytes,
  )
  gauge(
    registry,
    'carillon_memory_limit_bytes',
    'What the process may have: MEMORY_LIMIT_MB, or its container. Missing: nobody limits it.',
    () => readMemory().rssLimitBytes,
  )
  gauge(
    registry,
    'carillon_memory_used_ratio',
    'Of the limit of the process or of its heap, whichever is nearer.',
    () => shareOf(readMemory()),
  )
  gauge(
    registry,
    'carillon_memory_step',
    '0: room enough; 1: takes no more work; 2: releases and ends; 3: ends at once.',
    () => MEMORY_STEPS.indexOf(memoryStep()),
  )
  gauges(registry, 'carillon_database_connections', 'Connections of this process.', 'state', () => {
    const { open, idle } = poolHealth(pool)
    return { in_use: open - idle, idle }
  })
  gauge(
    registry,
    'carillon_database_waiting',
    'Statements that wait for a connection now.',
    () => pool.waitingCount,
  )
  registerDurations(
    registry,
    'carillon_database_wait_seconds',
    'How long statements waited for a connection, of those that had to.',
    measurePoolWaits(pool),
  )
  return registry
}

/** What a dispatcher has beside. */
export function addDispatchMetrics(registry: Registry, signs: () => DispatchHealth): void {
  new Counter({
    name: 'carillon_messages_total',
    help: 'Messages that were handed to FCM, by what became of them.',
    labelNames: ['outcome'],
    registers: [registry],
    collect() {
      this.reset()
      for (const [outcome, count] of Object.entries(outcomes)) this.inc({ outcome }, count)
    },
  })
  counter(registry, 'carillon_results_total', 'Results that were committed.', () => counters.resultsRecorded)
  counter(
    registry,
    'carillon_attempts_total',
    'Attempts at a batch that have ended.',
    () => counters.attemptsEnded,
  )
  registerDurations(
    registry,
    'carillon_fcm_call_seconds',
    'From a request to FCM to the end of its answer.',
    fcmCalls,
  )
  registerDurations(
    registry,
    'carillon_record_seconds',
    'From the statement to the commit of a chunk of results.',
    recordings,
  )
  gauge(
    registry,
    'carillon_batches_in_hand',
    'Batches that were claimed and not ended.',
    () => signs().batchesInHand,
  )
  gauge(
    registry,
    'carillon_messages_in_flight',
    'Messages that were handed to the sender and not answered.',
    () => signs().messagesInFlight,
  )
  new Gauge({
    name: 'carillon_breaker_state',
    help: '1 for the state of the circuit breaker of each project.',
    labelNames: ['project', 'state'],
    registers: [registry],
    collect() {
      this.reset()
      for (const { name: project, breaker } of signs().projects ?? []) {
        for (const state of BREAKER_STATES) this.set({ project, state }, state === breaker ? 1 : 0)
      }
    },
  })
}
