import { Redis } from 'ioredis'
import { describe, expect, test } from 'vitest'
import { conveyorBackends } from './conveyors.ts'
import { createTestDatabase } from './database.ts'
import { createBatches, createCampaign, createDevices } from './factories.ts'

test('a test database is migrated and empty', async () => {
  const { pool } = await createTestDatabase()
  const { rows } = await pool.query('SELECT count(*) AS n FROM devices')
  expect(rows).toEqual([{ n: 0 }])
})

describe.each(conveyorBackends())('a block on $name', ({ name, redisUrl, prefix }) => {
  test('has a backend that answers', async () => {
    expect(redisUrl === null).toBe(name === 'PostgreSQL')
    if (redisUrl === null) return
    const redis = new Redis(redisUrl)
    await redis.set(`{${prefix}}:x`, '1')
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
})
