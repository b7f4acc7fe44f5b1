import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { BatchOwner } from '../../src/dispatch/batch-owner.ts'
import { claimBatch } from '../../src/dispatch/batch-store.ts'
import { createLogger } from '../../src/process/logger.ts'
import { createTestDatabase } from '../support/database.ts'
import { createBatches, createCampaign, createDevices } from '../support/factories.ts'
import { until } from '../support/until.ts'

const log = createLogger('test', 'silent')
const NEVER = new AbortController().signal

async function setup(leaseMs = 30_000) {
  const { pool } = await createTestDatabase()
  const { deviceIds } = await createDevices(pool, 6)
  const id = await createCampaign(pool, { state: 'sending' })
  await createBatches(pool, id, deviceIds, { state: 'queued' })
  const owner = new BatchOwner(pool, leaseMs, log)
  onTestFinished(() => owner.close())
  const told: string[] = []
  const hold = async () => {
    const claim = await claimBatch(
      pool,
      { campaignId: id, seq: 0, turn: 1 },
      (await owner.ready(NEVER)) as number,
    )
    if (claim === null) throw new Error('the batch could not be claimed')
    owner.hold(claim, (why) => told.push(why))
  }
  /** Ends the session that holds the lock, as a restart of PostgreSQL would. */
  const cut = () =>
    pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND objsubid = 2`,
    )
  return { pool, owner, told, hold, cut, campaignId: id }
}

test('a batch is told that its campaign was paused', async () => {
  const { pool, owner, told, hold } = await setup()
  await owner.ready(NEVER)
  await hold()
  await pool.query(`UPDATE campaigns SET state = 'paused'`)
  await until(() => told.length > 0, { what: 'it is told' })
  expect(told[0]).toBe('campaign_stopped')
})

test('a batch is told that its message was corrected, also if the campaign is sending again when it looks', async () => {
  const { pool, owner, told, hold } = await setup()
  await owner.ready(NEVER)
  await hold()
  await pool.query(`UPDATE campaigns SET message_version = 2`)
  await until(() => told.length > 0, { what: 'it is told' })
  expect(told[0]).toBe('campaign_stopped')
})

test('after its session was lost it has the same id again, and holds the lock again', async () => {
  const { pool, owner, cut, told, hold } = await setup()
  const id = await owner.ready(NEVER)
  await hold()
  await cut()
  const locks = async () =>
    (
      await pool.query(
        `SELECT FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND objsubid = 2`,
      )
    ).rowCount
  await until(async () => (await locks()) === 0, { what: 'the lock is free', intervalMs: 1 })
  await until(async () => (await locks()) === 1, { what: 'the lock is held' })
  expect(await owner.ready(NEVER)).toBe(id)
  expect(told).toEqual([])
})

test('an owner that was declared dead tells its batches, and goes on under a new id', async () => {
  const { pool, owner, told, hold } = await setup()
  const id = await owner.ready(NEVER)
  await hold()
  await pool.query('DELETE FROM batch_owners')
  await until(() => told.length > 0, { what: 'it is told' })
  expect(told[0]).toBe('taken_over')
  await until(async () => ((await owner.ready(NEVER)) ?? 0) > (id ?? 0), { what: 'it has another id' })
})

test('when PostgreSQL has not answered for the lease, its batches stop: others may have them', async () => {
  const { pool, owner, told, hold, cut } = await setup(2_000)
  await owner.ready(NEVER)
  await hold()
  expect(owner.silentMs).toBeLessThan(2_000)
  const query = pool.query
  const { connectionString } = pool.options
  pool.options.connectionString = 'postgresql://127.0.0.1:1/none'
  onTestFinished(() => {
    pool.query = query
    pool.options.connectionString = connectionString
  })
  await cut()
  pool.query = (async () => {
    throw new Error('connect ECONNREFUSED')
  }) as never
  await until(() => told.includes('lease_expired'), { what: 'it is told' })
  expect(owner.silentMs).toBeGreaterThanOrEqual(2_000)
})

test('a claim does not wait for a session when the process stops', async () => {
  const { owner } = await setup()
  await owner.close()
  const stopping = new AbortController()
  const closed = new BatchOwner(
    { options: { connectionString: 'postgresql://127.0.0.1:1/none' } } as never,
    1_000,
    log,
  )
  const ready = closed.ready(stopping.signal)
  stopping.abort()
  expect(await ready).toBeUndefined()
  await closed.close()
})

test('a batch that it owns and nobody holds is left to maintenance: the answer to a claim was lost', async () => {
  const { pool, owner, campaignId } = await setup()
  const id = await owner.ready(NEVER)
  // While the claim runs, it is not taken for lost.
  const gate = Promise.withResolvers<void>()
  const owned = async () => (await pool.query('SELECT owner FROM batches')).rows[0].owner
  const claiming = owner.claim({ campaignId, seq: 0 }, async () => {
    await pool.query(`UPDATE batches SET state = 'sending', attempt = 1, owner = $1`, [id])
    await gate.promise
  })
  const beats = async () =>
    (await pool.query('SELECT beat FROM batch_owners WHERE id = $1', [id])).rows[0].beat
  const before = await beats()
  await until(async () => (await beats()) > before + 3, { what: 'it has beaten a few times' })
  expect(await owned()).toBe(id)
  gate.resolve()
  await claiming
  await until(async () => (await owned()) === null, { what: 'it is abandoned' })
})

test('declared dead while it connects again, it goes on under a new id', async () => {
  const { pool } = await createTestDatabase()
  // The lock of the second session is answered when the test says so.
  const gate = Promise.withResolvers<void>()
  let locks = 0
  class SlowLock extends pg.Client {
    // biome-ignore lint/suspicious/noExplicitAny: one of many overloads
    override async query(...call: any[]): Promise<any> {
      if (String(call[0]).includes('pg_advisory_lock_shared') && ++locks === 2) await gate.promise
      // biome-ignore lint/suspicious/noExplicitAny: as above
      return await (super.query as any)(...call)
    }
  }
  Object.assign(pool.options, { Client: SlowLock })
  const owner = new BatchOwner(pool, 30_000, log)
  onTestFinished(() => owner.close())
  const first = await owner.ready(NEVER)
  await pool.query(
    `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND objsubid = 2`,
  )
  await until(() => locks === 2, { what: 'it connects again' })
  await pool.query('DELETE FROM batch_owners')
  const beats = pool.query.bind(pool)
  let asked = 0
  pool.query = (async (...call: Parameters<typeof beats>) => {
    const answer = await beats(...call)
    if ((call[0] as { name?: string }).name === 'batch-renew') asked += 1
    return answer
  }) as never
  await until(() => asked > 0, { what: 'its beat finds no row' })
  gate.resolve()
  const signal = AbortSignal.timeout(5_000)
  expect(await owner.ready(signal)).toBeGreaterThan(first as number)
})

test('connections of the pool that swallow what is sent do not keep it from beating through its new session', async () => {
  const { pool } = await createTestDatabase()
  // A firewall forgets all connections: the first session gets no answer any more.
  let isCut = false
  let first: pg.Client | undefined
  class Forgotten extends pg.Client {
    // biome-ignore lint/suspicious/noExplicitAny: one of many overloads
    override async query(...call: any[]): Promise<any> {
      first ??= this
      if (isCut && this === first) throw new Error('Query read timeout')
      // biome-ignore lint/suspicious/noExplicitAny: as above
      return await (super.query as any)(...call)
    }
  }
  Object.assign(pool.options, { Client: Forgotten })
  const owner = new BatchOwner(pool, 30_000, log)
  onTestFinished(() => owner.close())
  await owner.ready(NEVER)
  const ask = pool.query.bind(pool)
  let swallowed = 0
  pool.query = ((...call: Parameters<typeof ask>) => {
    if ((call[0] as { name?: string }).name !== 'batch-renew') return ask(...call)
    swallowed += 1
    return new Promise(() => {})
  }) as never
  isCut = true
  await until(() => swallowed > 0, { what: 'it beats through the pool' })
  const beat = async () => (await ask<{ beat: number }>('SELECT beat FROM batch_owners')).rows[0]?.beat ?? 0
  const before = await beat()
  await until(async () => (await beat()) > before, { what: 'it beats again' })
})
