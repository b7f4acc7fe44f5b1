import { expect, onTestFinished, test } from 'vitest'
import { BatchOwner, OWNER_LOCK } from '../../src/dispatch/batch-owner.ts'
import { claimBatch } from '../../src/dispatch/batch-store.ts'
import { OwnerWatch } from '../../src/maintenance/owner-watch.ts'
import type { Pool } from '../../src/postgres/pool.ts'
import { createLogger } from '../../src/process/logger.ts'
import { createOwner } from '../support/claims.ts'
import { createTestDatabase } from '../support/database.ts'
import { createBatches, createCampaign, createDevices } from '../support/factories.ts'
import { until } from '../support/until.ts'

const log = createLogger('test', 'silent')
const LEASE_MS = 30_000

/** A watch whose time is the test's, and a batch that `owner` is sending. */
async function setup({ campaign = 'sending' as 'sending' | 'paused' | 'canceled' } = {}) {
  const { pool } = await createTestDatabase()
  const { deviceIds } = await createDevices(pool, 6)
  const id = await createCampaign(pool, { state: 'sending' })
  await createBatches(pool, id, deviceIds, { state: 'queued', passed: [1] })
  const owner = await createOwner(pool)
  await claimBatch(pool, { campaignId: id, seq: 0, turn: 1 }, owner)
  await pool.query('UPDATE campaigns SET state = $1', [campaign])
  let now = 1_000_000
  const watch = new OwnerWatch(pool, LEASE_MS, () => now)
  const batch = async () => (await pool.query('SELECT * FROM batches')).rows[0]
  /** Looks every quarter of a second. Returns how many milliseconds passed until batches were taken back; null: never. */
  const pass = async (ms: number, each: () => Promise<unknown> = async () => {}) => {
    for (let passed = 0; passed <= ms; passed += 250) {
      await each()
      if ((await watch.look()) > 0) return passed
      now += 250
    }
    return null
  }
  /** Nobody looks. */
  const skip = (ms: number) => {
    now += ms
  }
  const beat = () => pool.query('UPDATE batch_owners SET beat = beat + 1')
  return { pool, id, owner, watch, batch, pass, skip, beat }
}

async function lockOf(pool: Pool, owner: number) {
  const client = await pool.connect()
  onTestFinished(() => client.release(true))
  await client.query('SELECT pg_advisory_lock_shared($1, $2)', [OWNER_LOCK, owner])
  return async () => {
    await client.query('SELECT pg_advisory_unlock_shared($1, $2)', [OWNER_LOCK, owner])
  }
}

// 750 ms: the last beat was seen a look before.
test('the batches of a killed dispatcher are taken back a second after its last beat', async () => {
  const { pool, owner, pass, batch, beat } = await setup()
  const unlock = await lockOf(pool, owner)
  expect(await pass(10_000, beat)).toBeNull()
  await unlock()
  expect(await pass(10_000)).toBe(750)
  // The pass is over, since nobody knows whom it has sent to.
  expect(await batch()).toMatchObject({ state: 'planned', owner: null, attempt: 1, spent: 1, passed: [] })
  expect(await batch()).toMatchObject({ precedence: 2 })
  expect((await pool.query('SELECT FROM batch_owners')).rowCount).toBe(0)
})

test('a dispatcher that lost its connection and lives beats on, and keeps its batches', async () => {
  const { pass, beat, batch } = await setup()
  expect(await pass(60_000, beat)).toBeNull()
  expect(await batch()).toMatchObject({ state: 'sending', attempt: 1 })
})

test('one that hangs with its connection open keeps them for the lease', async () => {
  const { pool, owner, pass } = await setup()
  await lockOf(pool, owner)
  expect(await pass(LEASE_MS + 5_000)).toBe(LEASE_MS)
})

test('after PostgreSQL was away, owners get the time to beat again, however long it was away', async () => {
  const { pool, owner, pass, skip, beat, batch } = await setup()
  const unlock = await lockOf(pool, owner)
  expect(await pass(5_000, beat)).toBeNull()
  // Away for ten leases: every session is lost, nothing was renewed.
  skip(10 * LEASE_MS)
  await unlock()
  expect(await pass(2_000), 'it has just come back').toBeNull()
  expect(await pass(1_000, beat), 'the owner beats again').toBeNull()
  expect(await batch()).toMatchObject({ state: 'sending', attempt: 1 })
  // One that does not come back is dead after all.
  expect(await pass(10_000)).toBe(750)
})

test('a watch that has just begun has seen no outage, and waits as if there had been one', async () => {
  const { pass } = await setup()
  expect(await pass(10_000)).toBe(4_000)
})

test('an owner that beats while it is being judged is alive', async () => {
  const { pool, pass, beat, batch } = await setup()
  expect(await pass(3_900)).toBeNull()
  // The beat comes between the look and the statement that takes back.
  const query = pool.query.bind(pool) as (...args: unknown[]) => Promise<unknown>
  pool.query = (async (...args: unknown[]) => {
    if ((args[0] as { name?: string }).name === 'maintenance-rescue')
      await query('UPDATE batch_owners SET beat = 99')
    return await query(...args)
  }) as never
  expect(await pass(500)).toBeNull()
  expect(await batch()).toMatchObject({ state: 'sending' })
  await beat()
})

test('a batch whose owner has no row is taken back at once: it was claimed by a process that was declared dead', async () => {
  const { pool, watch, batch } = await setup()
  await pool.query('DELETE FROM batch_owners')
  expect(await watch.look()).toBe(1)
  expect(await batch()).toMatchObject({ state: 'planned', spent: 1 })
})

test.each(['paused', 'canceled'] as const)('also of a campaign that is %s', async (campaign) => {
  const { pool, watch, batch } = await setup({ campaign })
  await pool.query('DELETE FROM batch_owners')
  expect(await watch.look()).toBe(1)
  expect(await batch()).toMatchObject({ state: 'planned' })
})

test('a real owner is seen as locked, beats, and leaves no row when it closes', async () => {
  const { pool } = await createTestDatabase()
  const owner = new BatchOwner(pool, LEASE_MS, log)
  const id = await owner.ready(new AbortController().signal)
  const seen = async () =>
    (await pool.query('SELECT id, beat FROM batch_owners')).rows as { id: number; beat: number }[]
  await until(async () => ((await seen())[0]?.beat ?? 0) > 1, { what: 'it beats' })
  const { rows } = await pool.query(
    `SELECT objid::int AS id FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND classid = $1 AND objsubid = 2`,
    [OWNER_LOCK],
  )
  expect(rows).toEqual([{ id }])
  await owner.close()
  expect(await seen()).toEqual([])
})
