import { randomUUIDv7 } from 'node:crypto'
import { expect, test } from 'vitest'
import { countInFlight } from '../../src/campaigns/count-in-flight.ts'
import type { Pool } from '../../src/postgres/pool.ts'
import { createTestDatabase } from '../support/database.ts'
import { createBatches, createCampaign, createDevices } from '../support/factories.ts'

const ago = (seconds: number) => new Date(Date.now() - 1000 * seconds)

async function setup() {
  const { pool } = await createTestDatabase()
  const { deviceIds } = await createDevices(pool, 20)
  const id = await createCampaign(pool, { state: 'sending' })
  const hold = (devices: number[], claimedSecondsAgo: number) =>
    createBatches(pool, id, devices, {
      state: 'sending',
      attempt: 1,
      first_claimed_at: ago(claimedSecondsAgo),
    })
  return { pool, deviceIds, id, hold }
}

async function beat(pool: Pool, secondsAgo: number, messagesInFlight: number, ratePerSecond: number) {
  await pool.query(
    `INSERT INTO processes (id, role, host, pid, version, seen_at, figures) VALUES ($1, 'dispatcher', 'h', 1, '0', $2, $3)`,
    [randomUUIDv7(), ago(secondsAgo), { messagesInFlight, ratePerSecond }],
  )
}

test('of a campaign that is sent slowly: what dispatchers have in the air, and a second of their rate', async () => {
  const { pool, deviceIds, id, hold } = await setup()
  await hold(deviceIds, 60)
  await beat(pool, 1, 2, 0.3)
  await beat(pool, 1, 1, 0)
  expect(await countInFlight(pool, id)).toBe(4)
})

test('figures from before a batch was taken say nothing of it', async () => {
  const { pool, deviceIds, id, hold } = await setup()
  await hold(deviceIds.slice(0, 8), 1)
  await hold(deviceIds.slice(8), 60)
  await beat(pool, 0.5, 0, 0)
  await beat(pool, 1.5, 3, 0)
  expect(await countInFlight(pool, id)).toBe(8 + 3)
})

test('no dispatcher has told anything lately: all that is held', async () => {
  const { pool, deviceIds, id, hold } = await setup()
  await hold(deviceIds, 60)
  await beat(pool, 60, 2, 0)
  expect(await countInFlight(pool, id)).toBe(20)
})

test('never more than is held without a result', async () => {
  const { pool, deviceIds, id, hold } = await setup()
  await hold(deviceIds.slice(0, 5), 60)
  await beat(pool, 1, 100, 1000)
  expect(await countInFlight(pool, id)).toBe(5)
})
