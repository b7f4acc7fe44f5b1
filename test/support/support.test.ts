import { Redis } from 'ioredis'
import pg from 'pg'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { deleteQueueKeys } from '../../testing/servers/queue-keys.ts'
import { createTestDatabase } from './database.ts'
import { createBatches, createCampaign, createDevices } from './factories.ts'
import { dropStale } from './global-setup.ts'
import { expectNoLeaks } from './leaks.ts'
import { queueBackends } from './queues.ts'

test('a test database is migrated, empty and of its own', async () => {
  const [one, two] = await Promise.all([createTestDatabase(), createTestDatabase()])
  await createDevices(one.pool, 1)
  const { rows } = await two.pool.query('SELECT count(*) AS n FROM devices')
  expect(rows).toEqual([{ n: 0 }])
})

test('a pool that a test did not close is an error', async () => {
  const { url, drop } = await createTestDatabase()
  const forgotten = new pg.Client({ connectionString: url, application_name: 'forgotten' })
  forgotten.on('error', () => {})
  await forgotten.connect()
  await expect(drop()).rejects.toThrow(/Connections to carillon_test_\w+ were not closed: forgotten\./)
  await forgotten.end()
})

test('a listener left on a signal is an error', () => {
  const check = expectNoLeaks()
  const listener = () => {}
  process.on('SIGTERM', listener)
  expect(check).toThrow('This file leaves listeners on SIGTERM behind')
  process.off('SIGTERM', listener)
  expect(check).not.toThrow()
})

test('of the databases that killed runs left, only old ones of ours that nobody uses go', async () => {
  const admin = new pg.Client({ connectionString: inject('postgres').adminUrl })
  await admin.connect()
  const tag = `${process.pid}_${Date.now()}`
  const hour = 3_600_000
  const name = (ageHours: number) =>
    `carillon_test_${(Date.now() - ageHours * hour).toString(36)}_${tag}_${ageHours}`
  const [young, old, used] = [name(1), name(13), name(14)]
  const alien = `carillon_testimony_${tag}`
  const names = [young, old, used, alien]
  for (const each of names) await admin.query(`CREATE DATABASE ${each} TEMPLATE template0`)
  const url = new URL(inject('postgres').adminUrl)
  url.pathname = `/${used}`
  const user = new pg.Client({ connectionString: url.href })
  await user.connect()
  onTestFinished(async () => {
    await user.end()
    for (const each of names) await admin.query(`DROP DATABASE IF EXISTS ${each} WITH (FORCE)`)
    await admin.end()
  })
  await dropStale(admin)
  const { rows } = await admin.query('SELECT datname AS name FROM pg_database WHERE datname = ANY($1)', [
    names,
  ])
  expect(rows.map((row) => row.name).sort()).toEqual([young, used, alien].sort())
})

describe.each(queueBackends())('a block on $name', ({ name, redisUrl, prefix }) => {
  test('has a backend that answers, and keys of its own', async () => {
    expect(redisUrl === null).toBe(name === 'PostgreSQL')
    if (redisUrl === null) return
    const redis = new Redis(redisUrl)
    const [mine, other] = [`{${prefix}}:x`, `{${prefix}0}:x`]
    for (const key of [mine, other]) await redis.set(key, '1')
    await deleteQueueKeys(redisUrl, prefix)
    expect(await redis.exists(mine)).toBe(0)
    expect(await redis.del(other)).toBe(1)
    redis.disconnect()
  })
})

test('factories make what a planner leaves', async () => {
  const { pool } = await createTestDatabase()
  const { memberIds, deviceIds } = await createDevices(pool, 3, {
    perMember: 2,
    member: { locale: 'ko', attributes: { plan: 'gold' } },
  })
  expect([memberIds.length, deviceIds.length]).toEqual([3, 6])
  await createDevices(pool, 1)
  const id = await createCampaign(pool, { state: 'sending', rate_per_minute: 600 })
  expect(await createBatches(pool, id, deviceIds, { size: 4 })).toEqual([0, 1])
  expect(await createBatches(pool, id, [99], { state: 'done' })).toEqual([2])
  const { rows } = await pool.query(
    'SELECT state, audience_size, planned_batches, frozen_through_id, is_planned FROM campaigns',
  )
  expect(rows).toEqual([
    { state: 'sending', audience_size: 7, planned_batches: 3, frozen_through_id: 99, is_planned: true },
  ])
  const members = await pool.query('SELECT external_id, locale, attributes FROM members ORDER BY id')
  expect([members.rows[0], members.rows[3]]).toEqual([
    { external_id: 'm1', locale: 'ko', attributes: { plan: 'gold' } },
    { external_id: 'm4', locale: null, attributes: {} },
  ])
})
