import { DatabaseSync } from 'node:sqlite'
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { registerDurations } from '../../src/health/durations-metric.ts'
import { memoryReader } from '../../src/health/memory-reading.ts'
import { addDispatchMetrics, openMetrics } from '../../src/health/metrics.ts'
import { startMetricsServer } from '../../src/health/metrics-server.ts'
import { NO_DISPATCH } from '../../src/health/process-health.ts'
import { openPool } from '../../src/postgres/pool.ts'
import { addOutcomes, noOutcomes, outcomes } from '../../src/process/counters.ts'
import { Durations } from '../../src/process/durations.ts'
import { createLogger } from '../../src/process/logger.ts'
import { testConfig } from '../support/config.ts'
import { createTestDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'
import { series } from './series.ts'
import { someProject } from './some-health.ts'

const log = createLogger('test', 'silent')
const MB = 1024 * 1024
/** Leaked for good: what was freed would be used again, and nothing would grow in the next test. */
const leaked: SecureContext[] = []

/** The pool is told of, and used by one test only. */
async function setup(pool = openPool(testConfig().database, 'test', log)) {
  onTestFinished(async () => {
    if (!pool.ended) await pool.end()
  })
  const readMemory = memoryReader(512)
  const registry = openMetrics({ role: 'dispatcher', pool, readMemory, memoryStep: () => 'stop_claiming' })
  const scrape = async () => series(await registry.metrics())
  return { pool, registry, scrape, readMemory }
}

test('what an HTTP/2 client could leak, TLS contexts, is seen there and not in the heap', async () => {
  const { scrape } = await setup()
  const read = async () => {
    const seen = await scrape()
    return {
      native: seen.carillon_memory_native_bytes as number,
      heap: seen.nodejs_heap_size_used_bytes as number,
    }
  }
  const before = await read()
  const ca = rootCertificates.join('\n')
  for (let n = 0; n < 80; n++) leaked.push(createSecureContext({ ca }))
  const after = await read()
  expect(after.native - before.native).toBeGreaterThan(15 * MB)
  expect(after.native - before.native).toBeGreaterThan(3 * (after.heap - before.heap))
  expect(leaked).toHaveLength(80)
})

test('native memory is what is resident and not V8’s, and grows with what V8 knows nothing of', async () => {
  const { scrape } = await setup()
  const native = async () => (await scrape()).carillon_memory_native_bytes as number
  const before = await native()
  const { rss, heapTotal, external } = process.memoryUsage()
  expect(Math.abs(before - (rss - heapTotal - external))).toBeLessThan(16 * MB)

  // What V8 accounts for changes nothing here, in the heap or outside of it.
  const buffers = Array.from({ length: 64 }, () => Buffer.alloc(MB, 1))
  expect((await native()) - before).toBeLessThan(16 * MB)

  // A database in memory is the allocator's own.
  const database = new DatabaseSync(':memory:')
  database.exec(`CREATE TABLE leak AS SELECT randomblob(${64 * MB}) AS lost`)
  const grown = (await native()) - before
  expect(grown).toBeGreaterThan(56 * MB)
  expect(grown).toBeLessThan(90 * MB)
  database.close()
  expect(buffers).toHaveLength(64)
})

test('memory, its limit and the step of the ladder', async () => {
  const { scrape, registry } = await setup()
  const seen = await scrape()
  expect(seen).toMatchObject({ carillon_memory_limit_bytes: 512 * MB, carillon_memory_step: 1 })
  expect(seen.carillon_memory_used_ratio).toBeCloseTo(
    (seen.process_resident_memory_bytes as number) / (512 * MB),
    1,
  )
  expect(await registry.metrics()).toContain('carillon_memory_step{role="dispatcher"} 1')
})

test('what a dispatcher does: outcomes by kind, what is in hand, the breaker of each project', async () => {
  const { scrape, registry } = await setup()
  addDispatchMetrics(registry, () => ({
    ...NO_DISPATCH,
    batchesInHand: 3,
    messagesInFlight: 120,
    projects: [
      someProject(),
      someProject({ id: 2, name: 'shop', breaker: 'half_open', latencyMs: null, limitedBy: null }),
    ],
  }))
  const before = outcomes.sent
  addOutcomes({ ...noOutcomes(), sent: 99, token_gone: 1 })
  const seen = await scrape()
  expect(seen['carillon_messages_total{outcome="sent"}']).toBe(before + 99)
  expect(seen['carillon_fcm_latency_seconds{project="shop"}']).toBeUndefined()
  expect(seen).toMatchObject({
    carillon_batches_in_hand: 3,
    carillon_messages_in_flight: 120,
    'carillon_breaker_state{project="default",state="closed"}': 1,
    'carillon_breaker_state{project="default",state="half_open"}': 0,
    'carillon_breaker_state{project="shop",state="closed"}': 0,
    'carillon_breaker_state{project="shop",state="half_open"}': 1,
    'carillon_concurrency_limit{project="default"}': 400,
    'carillon_requests_in_flight{project="shop"}': 120,
    'carillon_fcm_latency_seconds{project="default"}': 0.17625,
    'carillon_limited_by{project="default",by="fcm_latency"}': 1,
    'carillon_limited_by{project="default",by="cpu"}': 0,
    'carillon_limited_by{project="shop",by="fcm_latency"}': 0,
  })
  // Asked again, counters have not doubled.
  expect((await scrape())['carillon_messages_total{outcome="sent"}']).toBe(before + 99)
})

test('durations are a histogram whose buckets hold what was recorded', async () => {
  const { scrape, registry } = await setup()
  const kept = new Durations()
  for (const ms of [0.5, 3, 3, 40, 60_000]) kept.record(ms)
  registerDurations(registry, 'carillon_test_seconds', 'For this test.', kept)
  const seen = await scrape()
  expect(seen['carillon_test_seconds_bucket{le="0.001"}']).toBe(1)
  expect(seen['carillon_test_seconds_bucket{le="0.005"}']).toBe(3)
  expect(seen['carillon_test_seconds_bucket{le="30"}']).toBe(4)
  expect(seen['carillon_test_seconds_bucket{le="+Inf"}']).toBe(5)
  expect(seen.carillon_test_seconds_count).toBe(5)
  expect(seen.carillon_test_seconds_sum).toBeGreaterThan(59)
  expect(seen.carillon_test_seconds_sum).toBeLessThan(61.5)
})

test('a statement that had to wait for a connection is counted, one that had not is not', async () => {
  const { scrape, pool } = await setup((await createTestDatabase()).pool)
  const waits = async () => (await scrape()).carillon_database_wait_seconds_count
  await pool.query('SELECT 1')
  expect(await waits()).toBe(0)
  const clients = await Promise.all([1, 2, 3, 4].map(() => pool.connect()))
  const late = [pool.query('SELECT 1'), pool.connect().then((client) => client.release())]
  await until(() => pool.waitingCount === 2, { what: 'both wait' })
  expect((await scrape()).carillon_database_waiting).toBe(2)
  for (const client of clients) client.release()
  await Promise.all(late)
  expect(await waits()).toBe(2)
  expect((await scrape())['carillon_database_connections{state="idle"}']).toBe(4)
})

test('a port of its own answers metrics and health, and nothing else', async () => {
  const { registry } = await setup()
  let problem: string | null = null
  const server = await startMetricsServer({
    host: '127.0.0.1',
    port: 0,
    registry,
    whyNotReady: () => problem,
    log,
  })
  onTestFinished(() => server.close())
  const get = async (path: string, init?: RequestInit) => {
    const answer = await fetch(`http://127.0.0.1:${server.port}${path}`, init)
    return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() }
  }
  const metrics = await get('/metrics')
  expect(metrics).toMatchObject({ status: 200, type: 'text/plain; version=0.0.4; charset=utf-8' })
  expect(metrics.text).toContain('# TYPE carillon_memory_native_bytes gauge')
  expect(await get('/health/ready')).toMatchObject({ status: 200 })
  problem = 'stopping: SIGTERM'
  expect(await get('/health/ready')).toMatchObject({
    status: 503,
    text: '{"status":"stopping: SIGTERM"}',
  })
  expect(await get('/health/live')).toMatchObject({ status: 200 })
  expect(await get('/v1/system')).toMatchObject({ status: 404 })
  expect(await get('/metrics', { method: 'POST' })).toMatchObject({ status: 405 })
})
