import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { memoryReader } from '../../../src/health/memory-reading.ts'
import { addDispatchMetrics, openMetrics } from '../../../src/health/metrics.ts'
import { NO_DISPATCH } from '../../../src/health/process-health.ts'
import { openPool } from '../../../src/postgres/pool.ts'
import { createLogger } from '../../../src/process/logger.ts'
import { series } from '../../health/series.ts'
import { testConfig } from '../../support/config.ts'
import { createBatches, createCampaign, createDevices } from '../../support/factories.ts'
import { until } from '../../support/until.ts'
import { startApp } from '../start-app.ts'

const DOCUMENT = join(import.meta.dirname, '../../../docs/operations.md')

async function setup({ isServedHere = true } = {}) {
  const log = createLogger('test', 'silent')
  // Told of, and never used.
  const pool = openPool(testConfig().database, 'test', log)
  onTestFinished(() => pool.end())
  const registry = openMetrics({ role: 'api', pool, readMemory: memoryReader(0), memoryStep: () => 'ok' })
  const app = await startApp({}, { metrics: { registry, isServedHere } })
  const scrape = async () => {
    const answer = await app.app.inject({ method: 'GET', url: '/metrics' })
    return { ...answer, seen: series(answer.body) }
  }
  return { ...app, registry, scrape }
}

test('calls are counted by route and status, and no address is among them', async () => {
  const { call, scrape } = await setup()
  await call('GET', '/v1/campaigns')
  await call('GET', '/v1/campaigns')
  await call('DELETE', '/v1/devices/planted-secret-token')
  await call('GET', '/v1/nothing/planted-secret-token')
  const { statusCode, headers, body, seen } = await scrape()
  expect(statusCode).toBe(200)
  expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
  expect(seen['carillon_http_requests_total{method="GET",route="/v1/campaigns",status="200"}']).toBe(2)
  expect(
    seen['carillon_http_requests_total{method="DELETE",route="/v1/devices/:address",status="404"}'],
  ).toBe(1)
  expect(seen['carillon_http_request_seconds_count{method="GET",route="/v1/campaigns"}']).toBe(2)
  expect(body).not.toContain('planted-secret-token')
})

test('what only the database and the queue know is told as well', async () => {
  const { pool, scrape, queue } = await setup()
  await until(() => queue.ping().then(() => true), { what: 'the queue is connected' })
  const { deviceIds } = await createDevices(pool, 20)
  const id = await createCampaign(pool, { state: 'sending' })
  await createBatches(pool, id, deviceIds, {
    size: 10,
    state: 'queued',
    turn: 1,
    queued_at: new Date(Date.now() - 9_000),
  })
  await queue.addBatchJobs([{ campaignId: id, seq: 0, turn: 1 }], 5)
  const { seen } = await scrape()
  expect(seen).toMatchObject({
    'carillon_batches{state="queued"}': 2,
    'carillon_queue_jobs{state="waiting"}': 1,
    'carillon_devices{kind="token"}': 20,
    'carillon_devices{kind="fid"}': 0,
    carillon_http_slots: 16,
  })
  expect(seen.carillon_oldest_due_seconds).toBeGreaterThanOrEqual(9)
})

test('with the database away, what the process knows of itself is there all the same', async () => {
  const { pool, scrape } = await setup()
  await pool.end()
  const { statusCode, seen } = await scrape()
  expect(statusCode).toBe(200)
  expect(seen.carillon_memory_native_bytes).toBeGreaterThan(0)
  expect(Object.keys(seen)).not.toContain('carillon_oldest_due_seconds')
})

test('with a port of their own, the metrics are not on the one that customers reach', async () => {
  const { scrape } = await setup({ isServedHere: false })
  expect((await scrape()).statusCode).toBe(404)
})

test('docs/operations.md lists every metric, and no other', async () => {
  const { registry } = await setup()
  addDispatchMetrics(registry, () => NO_DISPATCH)
  const names = registry.getMetricsAsArray().map(({ name }) => name)
  const text = await readFile(DOCUMENT, 'utf8')
  const listed = [...text.matchAll(/^\| `(carillon_[a-z_]+)` \|/gm)].map(([, name]) => name)
  expect(listed.toSorted()).toEqual(names.filter((name) => name.startsWith('carillon_')).toSorted())
})
