import { randomUUIDv7 } from 'node:crypto'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { ProcessHealth } from '../../../src/health/process-health.ts'
import type { Pool } from '../../../src/postgres/pool.ts'
import { campaignKey, projectKey, reserve, slowDown } from '../../../src/projects/rate-limit.ts'
import { someHealth, someProject } from '../../health/some-health.ts'
import { createBatches, createCampaign, createDevices } from '../../support/factories.ts'
import { until } from '../../support/until.ts'
import { startApp } from '../start-app.ts'

interface Row {
  role: string
  health?: Partial<ProcessHealth>
  seenSecondsAgo?: number
  exitReason?: string
}

async function createProcess(pool: Pool, { role, health = {}, seenSecondsAgo = 0, exitReason }: Row) {
  const id = randomUUIDv7()
  await pool.query(
    `INSERT INTO processes (id, role, host, pid, version, started_at, seen_at, stopped_at, exit_reason, figures)
     VALUES ($1, $2, 'here', 7, '0.0.1', now() - interval '1 day', now() - make_interval(secs => $3),
       CASE WHEN $4::text IS NOT NULL THEN now() END, $4, $5)`,
    [id, role, seenSecondsAgo, exitReason ?? null, someHealth(health)],
  )
  return id
}

test('an installation at rest', async () => {
  const { call, queue } = await startApp()
  // It opens in the background, and nobody waits for it.
  await until(() => queue.ping().then(() => true), { what: 'the queue is connected' })
  const { status, json, headers } = await call('GET', '/v1/system', undefined, { as: 'viewer' })
  expect(status).toBe(200)
  expect(headers['cache-control']).toBe('no-store')
  expect(json).toMatchObject({
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    processes: [],
    queue: { isReachable: true, waiting: 0, active: 0, delayed: 0, failed: 0 },
    batches: { planned: 0, queued: 0, sending: 0 },
    oldestDueSeconds: null,
    devices: { token: 0, fid: 0, isEstimate: false },
    rateLimits: [
      {
        project: 'default',
        messagesPerMinute: null,
        share: 1,
        blockedUntil: null,
        rampSeconds: 0,
        rampUntil: null,
        usedLastMinute: 0,
        deadAddressesLastMinute: 0,
      },
    ],
    errors: [],
  })
  expect(json.database.connections).toBeGreaterThan(0)
  expect(json.database.pool.size).toBe(4)
})

test('who lives, who said that it ended, and who was not heard of any more', async () => {
  const { call, pool } = await startApp()
  const dispatch = {
    batchesInHand: 2,
    messagesInFlight: 150,
    ratePerSecond: 900,
  } as const
  await pool.query(`INSERT INTO projects (id, name) VALUES (2, 'shop')`)
  const minute = {
    projects: [
      someProject({ usedLastMinute: 1000, deadAddressesLastMinute: 10 }),
      someProject({ id: 2, name: 'shop', breaker: 'half_open', usedLastMinute: 7, limitedBy: null }),
    ],
  }
  await createProcess(pool, { role: 'dispatcher', health: { ...dispatch, ...minute, state: 'memory_high' } })
  await createProcess(pool, { role: 'dispatcher', health: minute, seenSecondsAgo: 30 })
  await createProcess(pool, { role: 'dispatcher', health: minute, seenSecondsAgo: 90 })
  await createProcess(pool, { role: 'maintenance', exitReason: 'SIGTERM' })
  await createProcess(pool, { role: 'api', seenSecondsAgo: 3_700 })
  const { json } = await call('GET', '/v1/system')
  const states = json.processes.map(({ role, state, isAlive }: Record<string, unknown>) => [
    role,
    state,
    isAlive,
  ])
  expect(states).toEqual([
    ['dispatcher', 'memory_high', true],
    ['dispatcher', 'lost', false],
    ['dispatcher', 'lost', false],
    ['maintenance', 'stopped', false],
  ])
  expect(json.processes[0]).toMatchObject({
    ...dispatch,
    breakers: [
      { project: 'default', state: 'closed' },
      { project: 'shop', state: 'half_open' },
    ],
    senders: [
      {
        project: 'default',
        limit: 400,
        mostInFlight: 10_000,
        inFlight: 120,
        latencyMs: 176.3,
        baseLatencyMs: 170,
        limitedBy: 'fcm_latency',
        figure: 176.25,
      },
      { project: 'shop', limitedBy: null, figure: null },
    ],
    host: 'here',
    pid: 7,
    version: '0.0.1',
    rssBytes: 100,
    rssLimitBytes: 1000,
    nativeBytes: 30,
    eventLoopLagMs: 1.5,
    stoppedAt: null,
    exitReason: null,
    pool: { size: 10, open: 2, idle: 1, waiting: 0 },
  })
  expect(json.processes[3]).toMatchObject({
    exitReason: 'SIGTERM',
    batchesInHand: null,
    breakers: null,
    senders: null,
  })
  // Of the two dispatchers heard of within the minute.
  expect(json.rateLimits).toMatchObject([
    { project: 'default', usedLastMinute: 2000, deadAddressesLastMinute: 20 },
    { project: 'shop', usedLastMinute: 14, deadAddressesLastMinute: 0 },
  ])
})

test('a row of another release, with none of today’s figures, is shown with what it has', async () => {
  const { call, pool } = await startApp()
  await createProcess(pool, { role: 'api' })
  await pool.query(`UPDATE processes SET figures = '{}'`)
  const { status, json } = await call('GET', '/v1/system')
  expect(status).toBe(200)
  expect(json.processes[0]).toMatchObject({ state: 'ok', rssBytes: null, pool: null })
})

test('the last errors of all processes, newest first', async () => {
  const { call, pool } = await startApp()
  const error = (second: number) => ({
    at: `2026-11-21T10:00:${String(second).padStart(2, '0')}.000Z`,
    message: `error ${second}`,
    code: second === 23 ? 'ECONNREFUSED' : null,
    campaignId: second === 23 ? '01980000-0000-7000-8000-000000000000' : null,
  })
  const seconds = Array.from({ length: 24 }, (_, second) => second)
  const half = (rest: number) => seconds.filter((second) => second % 2 === rest).map(error)
  await createProcess(pool, { role: 'dispatcher', health: { errors: half(0) } })
  await createProcess(pool, {
    role: 'maintenance',
    health: { errors: half(1) },
    exitReason: 'uncaught exception',
  })
  const { json } = await call('GET', '/v1/system')
  expect(json.errors).toHaveLength(20)
  expect(json.errors[0]).toEqual({ ...error(23), process: 'maintenance@here:7' })
  expect(json.errors[19].message).toBe('error 4')
})

test('batches on their way, and for how long the oldest that is due has not moved', async () => {
  const { call, pool } = await startApp()
  // What is asked within a second has the answer of before: that second is over when the test says so.
  vi.useFakeTimers({ toFake: ['performance'] })
  onTestFinished(() => void vi.useRealTimers())
  const { deviceIds } = await createDevices(pool, 60)
  const sending = await createCampaign(pool, { state: 'sending' })
  const ago = (seconds: number) => new Date(Date.now() - seconds * 1000)
  const batches = (from: number, more: Parameters<typeof createBatches>[3]) =>
    createBatches(pool, sending, deviceIds.slice(from, from + 10), { size: 10, ...more })
  await batches(0, { state: 'planned' })
  await batches(10, { state: 'planned', attempt: 1, not_before: ago(-60) })
  await batches(20, { state: 'queued', queued_at: ago(20) })
  await batches(30, { state: 'sending', attempt: 1 })
  await batches(40, { state: 'done', attempt: 1 })
  // Nobody waits for what is deleted or being canceled.
  const overdue = { state: 'scheduled', scheduled_at: ago(900) } as const
  await createCampaign(pool, { ...overdue, cancel_at: ago(-60) })
  const deleted = await createCampaign(pool, { ...overdue, deleted_at: ago(1) })
  await createBatches(pool, deleted, deviceIds.slice(0, 10))
  const first = await call('GET', '/v1/system')
  expect(first.json.batches).toEqual({ planned: 2, queued: 1, sending: 1 })
  expect(first.json.oldestDueSeconds).toBeGreaterThanOrEqual(20)
  expect(first.json.oldestDueSeconds).toBeLessThan(30)

  await pool.query(`UPDATE batches SET not_before = now() - interval '40 s' WHERE not_before IS NOT NULL`)
  vi.advanceTimersByTime(999)
  expect((await call('GET', '/v1/system')).json.oldestDueSeconds).toBe(first.json.oldestDueSeconds)
  vi.advanceTimersByTime(1)
  expect((await call('GET', '/v1/system')).json.oldestDueSeconds).toBeGreaterThanOrEqual(40)
})

test('a project that FCM has slowed down, beside one that it has not', async () => {
  const { call, pool } = await startApp({ FCM_MESSAGES_PER_MINUTE: 600_000, FCM_RAMP_SECONDS: 60 })
  await pool.query(`INSERT INTO projects (id, name, messages_per_minute) VALUES (2, 'shop', 1200)`)
  await reserve(pool, { key: projectKey(2), perMinute: 1200, rampSeconds: 60, catchUpSeconds: 0 }, 1, 0)
  await pool.query(`UPDATE rate_limits SET ramp_from = now() - interval '10 s' WHERE key = 'project:2'`)
  await slowDown(pool, projectKey(2), 30_000)
  const [usual, shop] = (await call('GET', '/v1/system')).json.rateLimits
  expect(usual).toMatchObject({ messagesPerMinute: 600_000, share: 1, blockedUntil: null, rampUntil: null })
  expect(shop).toMatchObject({ project: 'shop', messagesPerMinute: 1200, share: 0.5 })
  expect(Date.parse(shop.blockedUntil) - Date.now()).toBeGreaterThan(20_000)
  expect(Date.parse(shop.rampUntil) - Date.now()).toBeGreaterThan(40_000)
})

test('a dispatcher with nothing to send is limited by a quota or a campaign’s rate if batches wait for one', async () => {
  const { call, pool } = await startApp()
  const limitedBy = { by: 'nothing_to_send', figure: null } as const
  await pool.query(`INSERT INTO projects (id, name) VALUES (2, 'shop'), (3, 'news')`)
  const projects = ['default', 'shop', 'news'].map((name, index) =>
    someProject({ id: index + 1, name, usedLastMinute: 70, limitedBy }),
  )
  await createProcess(pool, { role: 'dispatcher', health: { projects } })
  await reserve(pool, { key: projectKey(2), perMinute: 1200, rampSeconds: 0, catchUpSeconds: 0 }, 1, 0)
  await slowDown(pool, projectKey(2), 30_000)
  const rated = await createCampaign(pool, { state: 'sending', project_id: 3, rate_per_minute: 6 })
  await reserve(pool, { key: campaignKey(rated), perMinute: 6, rampSeconds: 0, catchUpSeconds: 0 }, 1, 0)
  const { json } = await call('GET', '/v1/system')
  expect(json.processes[0].senders).toMatchObject([
    { project: 'default', limitedBy: 'nothing_to_send', figure: null },
    { project: 'shop', limitedBy: 'quota', figure: 70 },
    { project: 'news', limitedBy: 'campaign_rate' },
  ])
})

test('a queue that is away is said, and the rest is there', async () => {
  const { call } = await startApp({ REDIS_URL: 'redis://127.0.0.1:1' })
  const { status, json } = await call('GET', '/v1/system')
  expect(status).toBe(200)
  expect(json.queue).toEqual({
    backend: 'redis',
    isReachable: false,
    waiting: null,
    active: null,
    delayed: null,
    failed: null,
  })
})
