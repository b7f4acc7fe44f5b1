import { expect, test } from 'vitest'
import { BatchOwner } from '../../src/dispatch/batch-owner.ts'
import { claimBatch } from '../../src/dispatch/batch-store.ts'
import { dispatchBatch } from '../../src/dispatch/dispatch-batch.ts'
import type { Pool } from '../../src/postgres/pool.ts'
import { campaignKey } from '../../src/projects/rate-limit.ts'
import { attemptWith, log } from '../support/attempt-with.ts'
import { createTestDatabase } from '../support/database.ts'
import { createBatches, createCampaign, createDevices } from '../support/factories.ts'
import { fakeSender } from '../support/fake-sender.ts'
import { until } from '../support/until.ts'

async function setup(devices = 6, campaign: object = {}, columns: object = {}) {
  const { pool } = await createTestDatabase()
  const { deviceIds } = await createDevices(pool, devices)
  const id = await createCampaign(pool, { state: 'sending', ...campaign })
  await createBatches(pool, id, deviceIds, columns)
  return { pool, id, deviceIds, batch: async () => (await pool.query('SELECT * FROM batches')).rows[0] }
}

test('a batch that can never be attempted ends, and does not go round for ever unspent', async () => {
  const { pool, id, batch } = await setup()
  const sender = fakeSender(async () => Promise.reject(new Error('a bug')))
  for (let i = 0; i < 12; i++) {
    await attemptWith(pool, id, () => ({ kind: 'sent', messageId: '' }), { sender })
    await pool.query(`UPDATE batches SET first_claimed_at = now() - interval '2 h', not_before = now()`)
  }
  expect(await batch()).not.toMatchObject({ state: 'planned', spent: 0 })
})

test('what FCM said of our credential says in the reason of the pause no address', async () => {
  const { pool, id } = await setup(1)
  await attemptWith(pool, id, (address) => ({
    kind: 'blocked',
    code: 'credential_refused',
    detail: `FCM answered 403 and said: may not send to ${address}`,
  }))
  const { rows } = await pool.query('SELECT pause_reason, pause_detail FROM campaigns')
  expect(rows[0].pause_reason).toBe('credential_refused')
  expect(rows[0].pause_detail).toContain('may not send to [address]')
  expect(rows[0].pause_detail).not.toContain('token-m1-1')
})

test('a reason that PostgreSQL cannot store, or a page of it, pauses the campaign all the same', async () => {
  const { pool, id } = await setup(1)
  const detail = `a\0b\ud800 ${'<p>page</p>'.repeat(10_000)}`
  await attemptWith(pool, id, () => ({ kind: 'blocked', code: 'credential_refused', detail }))
  const { rows } = await pool.query('SELECT state, pause_detail FROM campaigns')
  expect(rows[0].state).toBe('paused')
  expect(rows[0].pause_detail).toContain('a b\ufffd <p>page</p>')
  expect(rows[0].pause_detail.length).toBeLessThanOrEqual(2_000)
})

test('an attempt that fails between two windows waits for the answers of the first', async () => {
  const { pool, id } = await setup(150)
  let answerNow = () => {}
  const sender = fakeSender(
    ({ addresses }, { report }) =>
      new Promise((resolve) => {
        answerNow = () => {
          for (const index of addresses.keys()) report(index, { kind: 'sent', messageId: 'm' })
          resolve()
        }
      }),
  )
  let reservations = 0
  const flaky = new Proxy(pool, {
    get: (target, name) =>
      name !== 'query'
        ? Reflect.get(target, name)
        : async (query: { name?: string }, values: unknown[]) => {
            if (query.name === 'rate-limit-reserve' && ++reservations === 2)
              throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
            return target.query(query as never, values as never)
          },
  }) as Pool
  let isOver = false
  const attempt = attemptWith(pool, id, () => ({ kind: 'sent', messageId: '' }), {
    sender,
    pool: flaky,
    // A hundred a second: windows of twenty.
    budget: { key: 'project:p', perMinute: 6_000, rampSeconds: 0, catchUpSeconds: 0 },
  })
    .catch(() => {})
    .finally(() => {
      isOver = true
    })
  await until(() => reservations === 2, { what: 'the second reservation failed' })
  await new Promise((resolve) => setImmediate(resolve))
  await until(() => isOver, { what: 'it ended', timeoutMs: 1_500 }).catch(() => {})
  const endedEarly = isOver
  answerNow()
  await attempt
  expect(endedEarly, 'the attempt ended while 100 messages were on their way').toBe(false)
})

test.each([
  ['a full rate', 6_000_000, 500, [500]],
  ['the quota of 10,000 a second', 600_000, 500, [200, 200, 100]],
  ['a rate limit of 1,000 a second', 60_000, 50, [20, 20, 10]],
  ['a rate limit of 5 a second', 300, 10, [5, 5]],
])('at %s, a batch leaves in windows', async (_, perMinute, devices, windows) => {
  const { pool, id } = await setup(devices)
  const reserved: unknown[] = []
  const watched = new Proxy(pool, {
    get: (target, name) =>
      name !== 'query'
        ? Reflect.get(target, name)
        : async (query: { name?: string; values?: unknown[] }, values: unknown[]) => {
            if (query.name === 'rate-limit-reserve') reserved.push(query.values?.[1])
            return target.query(query as never, values as never)
          },
  }) as Pool
  await attemptWith(pool, id, () => ({ kind: 'sent', messageId: '' }), {
    pool: watched,
    budget: { key: 'project:p', perMinute, rampSeconds: 0, catchUpSeconds: 0 },
  })
  expect(reserved).toEqual(windows)
})

test('of two attempts at one batch in one process, the older is told that it was taken over', async () => {
  const { pool, id } = await setup(6, {}, { state: 'queued' })
  const owner = new BatchOwner(pool, 30_000, log)
  const own = (await owner.ready(new AbortController().signal)) as number
  const ref = { campaignId: id, seq: 0, turn: 1 }
  const older = await claimBatch(pool, ref, own)
  await pool.query(`UPDATE batches SET state = 'queued'`)
  const newer = await claimBatch(pool, ref, own)
  if (!older || !newer) throw new Error('not claimed')
  const told: string[] = []
  owner.hold(older, (why) => told.push(`older: ${why}`))
  owner.hold(newer, (why) => told.push(`newer: ${why}`))
  await until(() => told.length > 0, { what: 'somebody is told' })
  await owner.close()
  expect([...new Set(told)]).toEqual(['older: taken_over'])
})

test('a job that waits for a session is dropped when the process takes no more batches', async () => {
  const { pool, id } = await setup(6, {}, { state: 'queued' })
  const noMore = new AbortController()
  // PostgreSQL cannot be reached.
  const owner = new BatchOwner(
    { options: { connectionString: 'postgresql://127.0.0.1:1/none' } } as never,
    30_000,
    log,
  )
  const dispatching = dispatchBatch(
    { campaignId: id, seq: 0, turn: 1 },
    { pool, owner } as never,
    new AbortController().signal,
    noMore.signal,
  )
  noMore.abort()
  expect(await dispatching).toEqual({ end: 'not_mine', lane: undefined })
  await owner.close()
})

test('a batch that the rate limit of its project refuses says how long it will refuse others', async () => {
  const { pool, id, batch } = await setup()
  const refused: number[] = []
  const budget = { key: 'project:p', perMinute: 6_000, rampSeconds: 0, catchUpSeconds: 0 }
  await pool.query(`INSERT INTO rate_limits (key, blocked_until) VALUES ($1, now() + interval '60 s')`, [
    budget.key,
  ])
  const refuse = (ms: number) => void refused.push(ms)
  await attemptWith(pool, id, () => ({ kind: 'sent', messageId: '' }), { budget, refuse })
  expect(await batch()).toMatchObject({ state: 'planned', spent: 0 })
  // Two seconds before its end, a batch would wait.
  expect(refused).toEqual([expect.closeTo(58_000, -4)])
})

test('a 429 for the project says how long it will refuse others', async () => {
  const { pool, id } = await setup()
  const refused: number[] = []
  const refuse = (ms: number) => void refused.push(ms)
  const overQuota = {
    kind: 'retry_later',
    code: 'quota_exceeded',
    scope: 'project',
    afterMs: 30_000,
  } as const
  await attemptWith(pool, id, () => overQuota, { refuse })
  expect(refused).toEqual([28_000])
})

test('a batch that the rate limit of its campaign refuses says nothing of its project', async () => {
  const { pool, id, batch } = await setup(6, { rate_per_minute: 60 })
  const refused: number[] = []
  await pool.query(`INSERT INTO rate_limits (key, next_at) VALUES ($1, now() + interval '60 s')`, [
    campaignKey(id),
  ])
  const refuse = (ms: number) => void refused.push(ms)
  await attemptWith(pool, id, () => ({ kind: 'sent', messageId: '' }), { refuse })
  expect(await batch()).toMatchObject({ state: 'planned', spent: 0 })
  expect(refused).toEqual([0])
})
