import { describe, expect, test } from 'vitest'
import { claimBatch, endAttempt } from '../../src/dispatch/batch-store.ts'
import type { Pool } from '../../src/postgres/pool.ts'
import { createLogger } from '../../src/process/logger.ts'
import { type DeviceResult, ResultRecorder } from '../../src/results/record-results.ts'
import { WriteBacklog } from '../../src/results/write-backlog.ts'
import { createTestDatabase } from '../support/database.ts'
import { createBatches, createCampaign, createDevices } from '../support/factories.ts'
import { until } from '../support/until.ts'

async function setup({ devices = 10, chunk = 100, lastSeenAt = new Date(Date.now() - 60_000) } = {}) {
  const { pool } = await createTestDatabase()
  const { deviceIds } = await createDevices(pool, devices, { lastSeenAt })
  const campaignId = await createCampaign(pool, { state: 'sending' })
  await createBatches(pool, campaignId, deviceIds, { state: 'queued' })
  const claim = await claimBatch(pool, { campaignId, seq: 0, turn: 1 }, 30_000)
  if (claim === null) throw new Error('the batch could not be claimed')
  let fenced = 0
  const backlog = new WriteBacklog(1_000, () => {})
  const recorder = (over: Partial<Pool> = {}, attempt = claim.attempt) =>
    new ResultRecorder({ query: pool.query.bind(pool), ...over } as Pool, {
      campaignId,
      seq: 0,
      attempt,
      leaseMs: 30_000,
      chunk,
      backlog,
      onFenced: () => void fenced++,
      onWritten: () => {},
      giveUp: new AbortController().signal,
      log: createLogger('test', 'silent'),
    })
  const rows = async () =>
    (await pool.query('SELECT device_id, state, code, message_id FROM deliveries ORDER BY device_id')).rows
  const batch = async () => (await pool.query('SELECT * FROM batches')).rows[0]
  const gone = async () =>
    (await pool.query(`SELECT id FROM devices WHERE state = 'gone' ORDER BY id`)).rows.map(({ id }) => id)
  return { pool, deviceIds, campaignId, claim, recorder, rows, batch, gone, backlog, fenced: () => fenced }
}

const sent = (deviceId: number): DeviceResult => ({
  deviceId,
  state: 'sent',
  code: 'ok',
  messageId: `m${deviceId}`,
  tokenIsDead: 'no',
})
const dead = (deviceId: number, tokenIsDead: DeviceResult['tokenIsDead'] = 'yes'): DeviceResult => ({
  deviceId,
  state: 'failed',
  code: tokenIsDead === 'yes' ? 'unregistered' : 'invalid_token',
  messageId: null,
  tokenIsDead,
})

describe('recording results', () => {
  test('a full chunk is committed while the rest of the batch is still being sent', async () => {
    const { deviceIds, recorder, rows, batch } = await setup({ chunk: 4 })
    const open = recorder()
    for (const id of deviceIds.slice(0, 5)) open.add(sent(id))
    await until(async () => (await rows()).length >= 4, { what: 'the first chunk is committed' })
    const { state, sent: counted } = await batch()
    expect(state).toBe('sending')
    expect(counted).toBeGreaterThanOrEqual(4)
    await open.flush()
    expect(await rows()).toHaveLength(5)
  })

  test('recording twice changes nothing', async () => {
    const { deviceIds, recorder, rows, batch } = await setup()
    for (const _ of [1, 2]) {
      const again = recorder()
      for (const id of deviceIds) again.add(sent(id))
      await again.flush()
    }
    expect(await rows()).toHaveLength(10)
    expect(await batch()).toMatchObject({ sent: 10 })
  })

  test('the first result of a device stays', async () => {
    const { deviceIds, recorder, rows } = await setup()
    const first = recorder()
    first.add(sent(deviceIds[0] as number))
    await first.flush()
    const second = recorder()
    second.add(dead(deviceIds[0] as number))
    await second.flush()
    expect(await rows()).toMatchObject([{ state: 1, message_id: Buffer.from(`m${deviceIds[0]}`) }])
  })

  test('a fenced owner is told so, changes nothing of the batch, and its sends are in the counts', async () => {
    const { pool, campaignId, deviceIds, recorder, rows, batch, fenced } = await setup()
    await pool.query(`UPDATE batches SET state = 'queued'`)
    const next = await claimBatch(pool, { campaignId, seq: 0, turn: 2 }, 30_000)
    const old = recorder({}, 1)
    for (const id of deviceIds.slice(0, 3)) old.add(sent(id))
    await old.flush()
    expect(fenced()).toBe(1)
    expect(await rows()).toHaveLength(3)
    expect(await batch()).toMatchObject({ attempt: 2, sent: 0 })
    // The next owner counts them when it closes.
    const rest = recorder({}, 2)
    for (const id of deviceIds.slice(3)) rest.add(sent(id))
    await rest.flush()
    if (next === null) throw new Error('not claimed')
    expect(await endAttempt(pool, next, { delayMs: 0, isSpent: true, restartsAge: false })).toBe('done')
    expect(await batch()).toMatchObject({ state: 'done', sent: 10 })
  })

  test('a database that fails for a moment loses no result', async () => {
    const { pool, deviceIds, recorder, rows, backlog } = await setup()
    const failures = [
      Object.assign(new Error('deadlock detected'), { code: '40P01' }),
      Object.assign(new Error('terminating connection'), { code: '57P01' }),
      new Error('Connection terminated unexpectedly'),
    ]
    const flaky = ((query: never) => {
      const failure = failures.shift()
      return failure ? Promise.reject(failure) : pool.query(query)
    }) as Pool['query']
    const open = recorder({ query: flaky })
    for (const id of deviceIds) open.add(sent(id))
    const flushed = open.flush()
    await until(() => backlog.isFull, { what: 'nothing more may leave' })
    await flushed
    expect(backlog).toMatchObject({ isFull: false, unwritten: 0 })
    expect(failures).toEqual([])
    expect(await rows()).toHaveLength(10)
  })

  test('a statement that can never succeed is not tried for ever', async () => {
    const { deviceIds, recorder, backlog } = await setup()
    let calls = 0
    const broken = (() => {
      calls++
      return Promise.reject(Object.assign(new Error('no such column'), { code: '42703' }))
    }) as unknown as Pool['query']
    const open = recorder({ query: broken })
    open.add(sent(deviceIds[0] as number))
    await expect(open.flush()).rejects.toThrow('no such column')
    expect(calls).toBe(1)
    expect(backlog).toMatchObject({ isFull: false, unwritten: 0 })
  })

  test('an unregistered token is marked gone', async () => {
    const { deviceIds, recorder, gone } = await setup()
    const open = recorder()
    open.add(dead(deviceIds[2] as number))
    await open.flush()
    expect(await gone()).toEqual([deviceIds[2]])
  })

  test('a device that registered again since the batch was claimed is not marked gone', async () => {
    const { pool, deviceIds, recorder, gone } = await setup()
    await pool.query('UPDATE devices SET last_seen_at = clock_timestamp() WHERE id = $1', [deviceIds[2]])
    const open = recorder()
    open.add(dead(deviceIds[2] as number))
    await open.flush()
    expect(await gone()).toEqual([])
  })

  test('a token that FCM calls invalid dies only when the same payload was accepted for others', async () => {
    const { deviceIds, recorder, gone, rows } = await setup()
    const [a, b, c] = deviceIds as [number, number, number]
    const alone = recorder()
    alone.add(dead(a, 'if_accepted'))
    await alone.flush()
    expect(await gone()).toEqual([])
    const among = recorder()
    among.add(dead(b, 'if_accepted'))
    await among.flush()
    among.add(sent(c))
    await among.flush()
    expect(await gone()).toEqual([b])
    expect(await rows()).toMatchObject([{ state: 2 }, { state: 2 }, { state: 1 }])
  })
})
