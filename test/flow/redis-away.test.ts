/** Redis away: campaigns are taken into PostgreSQL all the same, at once, and go out when it is back. */
import { randomUUIDv7 } from 'node:crypto'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { createApiKey } from '../../src/access/api-key-store.ts'
import { openPrisma } from '../../src/postgres/prisma.ts'
import { startPrivateRedis } from '../../testing/servers/private-redis.ts'
import { Carillon, stopChild } from '../support/carillon.ts'
import { expectReconciledCounts } from '../support/counts.ts'
import { until } from '../support/until.ts'

const DEVICES = 300
/** A person waits for the answer; a queue that is away must not be waited for. */
const SOON_MS = 10_000

async function setup(workers: readonly ('api' | 'planner' | 'dispatcher' | 'maintenance')[]) {
  const redis = await startPrivateRedis()
  if (redis === null) throw new Error('There is a redis-server: REDIS_URL or the global setup said so.')
  let again: typeof redis | null = null
  onTestFinished(async () => {
    await redis.stop()
    await again?.stop()
  })
  const prefix = 'carillon_away'
  const carillon = await Carillon.start(
    { name: 'Redis', redisUrl: redis.url, prefix, env: { REDIS_URL: redis.url, QUEUE_PREFIX: prefix } },
    { devices: DEVICES, workers },
  )
  const prisma = openPrisma(carillon.pool)
  onTestFinished(() => prisma.$disconnect())
  const { key } = await createApiKey(prisma, {
    id: randomUUIDv7(),
    name: 'test',
    role: 'admin',
    expiresAt: null,
  })

  /** Status and body; fails when the answer takes longer than a person would wait. */
  const call = async (method: string, path: string, body?: object, version?: number) => {
    const answer = await fetch(`${carillon.apiUrl}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body && { 'content-type': 'application/json' }),
        ...(version !== undefined && { 'if-match': `"${version}"` }),
      },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(SOON_MS),
    })
    return {
      status: answer.status,
      body: (await answer.json()) as { id: string; state: string; version: number; queue: string },
    }
  }
  const create = (more: object = {}) =>
    call('POST', '/v1/campaigns', {
      name: 'while Redis is away',
      message: { title: 'a', body: 'b' },
      audience: { all: true },
      ...more,
    })
  const restart = async () => {
    again = await startPrivateRedis({ port: redis.port })
  }
  return { carillon, call, create, redis, restart }
}

describe.skipIf(inject('redisUrl') === null)('while Redis is away', () => {
  test('campaigns are made, sent and scheduled, and start when it is back', async () => {
    const { carillon, call, create, redis, restart } = await setup(['planner', 'dispatcher', 'maintenance'])
    const api = await carillon.startWorker('api')
    await redis.stop()

    const now = await create()
    expect(now.status).toBe(201)
    const sent = await call('POST', `/v1/campaigns/${now.body.id}/send`, {}, now.body.version)
    expect([sent.status, sent.body.state]).toEqual([200, 'sending'])
    const later = await create({ scheduledAt: new Date(Date.now() + 600_000).toISOString() })
    expect([later.status, later.body.state]).toEqual([201, 'scheduled'])
    await carillon.pool.query(`UPDATE campaigns SET scheduled_at = now() WHERE state = 'scheduled'`)
    const ready = await call('GET', '/health/ready')
    expect([ready.status, ready.body.queue]).toEqual([200, 'unreachable'])
    const paused = await call('POST', `/v1/campaigns/${now.body.id}/pause`)
    expect([paused.status, paused.body.state]).toEqual([200, 'paused'])
    const resumed = await call('POST', `/v1/campaigns/${now.body.id}/resume`, {}, paused.body.version)
    expect([resumed.status, resumed.body.state]).toEqual([200, 'sending'])
    // Maintenance starts what is due without the queue too.
    await until(async () => (await carillon.campaign(later.body.id)).state === 'sending', {
      what: 'the scheduled campaign has started',
    })
    expect(carillon.fcm.stats().accepted).toBe(0)
    // Nor does anybody wait for it at the end.
    expect(await stopChild(api)).toBe(0)

    await restart()
    for (const { id } of [now.body, later.body]) {
      await carillon.closed(id)
      await expectReconciledCounts(carillon, id)
      expect(await carillon.counts(id)).toMatchObject({ sent: DEVICES })
    }
    expect(carillon.fcm.stats()).toMatchObject({ accepted: 2 * DEVICES })
  })

  test('processes start without it, take campaigns, and send when it is there', async () => {
    const { carillon, call, create, redis, restart } = await setup([])
    await redis.stop()
    const api = await carillon.startWorker('api')
    const maintenance = await carillon.startWorker('maintenance')
    const { body } = await create()
    const sent = await call('POST', `/v1/campaigns/${body.id}/send`, {}, body.version)
    expect(sent.body.state).toBe('sending')
    expect(await stopChild(await carillon.startWorker('maintenance'))).toBe(0)
    await restart()
    await carillon.startWorker('planner')
    await carillon.startWorker('dispatcher')
    await carillon.closed(body.id)
    await expectReconciledCounts(carillon, body.id)
    expect(await stopChild(api)).toBe(0)
    expect(await stopChild(maintenance)).toBe(0)
  })
})
