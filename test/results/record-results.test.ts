import { describe, expect, test } from 'vitest'
import { endAttempt } from '../../src/dispatch/batch-store.ts'
import type { Pool } from '../../src/postgres/pool.ts'
import type { DeviceResult } from '../../src/results/result-writer.ts'
import { claimed, openWriter, PASS_ENDED } from '../support/claims.ts'
import { createTestDatabase } from '../support/database.ts'
import { createBatches, createCampaign, createDevices } from '../support/factories.ts'
import { until } from '../support/until.ts'

async function setup({ devices = 10, chunk = 100, lastSeenAt = new Date(Date.now() - 60_000) } = {}) {
  const { pool } = await createTestDatabase()
  const { deviceIds } = await createDevices(pool, devices, { lastSeenAt })
  const campaignId = await createCampaign(pool, { state: 'sending' })
  await createBatches(pool, campaignId, deviceIds, { state: 'queued' })
  const claim = await claimed(pool, campaignId)
  const told = { fenced: 0, failed: 0, full: [] as boolean[] }
  const writer = (over: Partial<Pool> = {}) =>
    openWriter({ query: pool.query.bind(pool), ...over } as Pool, {
      chunk,
      onFull: (isFull) => told.full.push(isFull),
    })
  const recorder = (over: Partial<Pool> = {}, attempt = claim.attempt) =>
    writer(over).open(
      { ...claim, attempt },
      { onFenced: () => void told.fenced++, onFailed: () => void told.failed++ },
    )
  const rows = async () =>
    (await pool.query('SELECT device_id, state, code, message_id FROM deliveries ORDER BY device_id')).rows
  const batch = async () => (await pool.query('SELECT * FROM batches')).rows[0]
  const gone = async () =>
    (await pool.query(`SELECT id FROM devices WHERE state = 'gone' ORDER BY id`)).rows.map(({ id }) => id)
  return { pool, deviceIds, campaignId, claim, writer, recorder, rows, batch, gone, told }
}

const sent = (deviceId: number): DeviceResult => ({
  deviceId,
  state: 'sent',
  code: 'ok',
  messageId: `m${deviceId}`,
  addressIsDead: 'no',
})
const dead = (deviceId: number, addressIsDead: DeviceResult['addressIsDead'] = 'yes'): DeviceResult => ({
  deviceId,
  state: 'failed',
  code: addressIsDead === 'yes' ? 'unregistered' : 'invalid_address',
  messageId: null,
  addressIsDead,
})

describe('recording results', () => {
  test('what is answered is committed, and shown, while the rest of the batch is still being sent', async () => {
    const { deviceIds, recorder, rows, batch } = await setup({ chunk: 4 })
    const open = recorder()
    for (const id of deviceIds.slice(0, 5)) open.add(sent(id))
    await until(async () => (await rows()).length === 5, { what: 'the results are committed' })
    await until(async () => (await batch()).sent === 5, { what: 'the running count is raised' })
    expect(await batch()).toMatchObject({ state: 'sending' })
  })

  test('the running counts say when their results came, whatever they are', async () => {
    const { deviceIds, recorder, batch, pool } = await setup({ chunk: 4 })
    const open = recorder()
    for (const id of deviceIds.slice(0, 5)) open.add(dead(id))
    await until(async () => (await batch()).failed === 5, { what: 'the running count is raised' })
    const { rows } = await pool.query(
      `SELECT b.first_result_at = min(d.sent_at) AND b.last_result_at = max(d.sent_at) AS agree, b.first_sent_at
       FROM batches b, deliveries d GROUP BY b.campaign_id, b.seq`,
    )
    expect(rows).toEqual([{ agree: true, first_sent_at: null }])
  })

  test('recording twice changes nothing', async () => {
    const { deviceIds, recorder, rows, batch } = await setup()
    for (const _ of [1, 2]) {
      const again = recorder()
      for (const id of deviceIds) again.add(sent(id))
      await again.flush()
    }
    expect(await rows()).toHaveLength(10)
    await until(async () => (await batch()).sent > 0, { what: 'the running count is raised' })
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
    const { pool, campaignId, deviceIds, recorder, rows, batch, told } = await setup()
    await pool.query(`UPDATE batches SET state = 'queued'`)
    const next = await claimed(pool, campaignId)
    let raised = 0
    const query = (async (statement: { name?: string }) => {
      const answer = await pool.query(statement as never)
      if (statement.name === 'results-count') raised += 1
      return answer
    }) as unknown as Pool['query']
    const old = recorder({ query }, 1)
    for (const id of deviceIds.slice(0, 3)) old.add(sent(id))
    await old.flush()
    expect(told.fenced).toBe(1)
    expect(await rows()).toHaveLength(3)
    await until(() => raised > 0, { what: 'it has tried to raise the running counts' })
    expect(await batch()).toMatchObject({ attempt: 2, sent: 0 })
    // The next owner counts them when it closes.
    const rest = recorder({}, 2)
    for (const id of deviceIds.slice(3)) rest.add(sent(id))
    await rest.flush()
    expect(await endAttempt(pool, next, PASS_ENDED)).toBe('done')
    expect(await batch()).toMatchObject({ state: 'done', sent: 10 })
  })

  test('a database that fails for a moment loses no result', async () => {
    const { pool, deviceIds, writer, claim, rows, told } = await setup()
    const failures = [
      Object.assign(new Error('deadlock detected'), { code: '40P01' }),
      Object.assign(new Error('terminating connection'), { code: '57P01' }),
      new Error('Connection terminated unexpectedly'),
    ]
    const flaky = ((query: never) => {
      const failure = failures.shift()
      return failure ? Promise.reject(failure) : pool.query(query)
    }) as Pool['query']
    const own = writer({ query: flaky })
    const open = own.open(claim, { onFenced: () => {}, onFailed: () => {} })
    for (const id of deviceIds) open.add(sent(id))
    const flushed = open.flush()
    await until(() => own.isFull, { what: 'nothing more may leave' })
    await flushed
    expect(own).toMatchObject({ isFull: false, unwritten: 0 })
    expect(told.full).toEqual([true, false])
    expect(failures).toEqual([])
    expect(await rows()).toHaveLength(10)
  })

  test('a statement that can never succeed is not tried for ever', async () => {
    const { deviceIds, writer, claim, told } = await setup()
    let calls = 0
    const broken = (() => {
      calls++
      return Promise.reject(Object.assign(new Error('no such column'), { code: '42703' }))
    }) as unknown as Pool['query']
    const own = writer({ query: broken })
    const open = own.open(claim, { onFenced: () => {}, onFailed: () => void told.failed++ })
    open.add(sent(deviceIds[0] as number))
    await expect(open.flush()).rejects.toThrow('no such column')
    expect(calls).toBe(1)
    expect(told.failed).toBe(1)
    expect(own).toMatchObject({ isFull: false, unwritten: 0 })
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

describe('one writer for all batches', () => {
  async function twoCampaigns() {
    const first = await setup()
    const other = await createCampaign(first.pool, { state: 'sending' })
    await createBatches(first.pool, other, first.deviceIds, { state: 'queued' })
    return { ...first, otherClaim: await claimed(first.pool, other) }
  }
  const quiet = { onFenced: () => {}, onFailed: () => {} }

  test('results of several batches are one statement, and each is told of its own', async () => {
    const { pool, deviceIds, claim, otherClaim, rows, told } = await twoCampaigns()
    await pool.query(`UPDATE batches SET attempt = 9 WHERE campaign_id = $1`, [otherClaim.campaignId])
    let statements = 0
    const query = (statement: never) => {
      statements += 1
      return pool.query(statement)
    }
    const counting = { query } as unknown as Pool
    const writer = openWriter(counting)
    const one = writer.open(claim, { ...quiet, onFenced: () => void told.fenced++ })
    let otherFenced = 0
    const other = writer.open(otherClaim, { ...quiet, onFenced: () => void otherFenced++ })
    one.add(sent(deviceIds[0] as number))
    for (const id of deviceIds.slice(1)) one.add(sent(id))
    for (const id of deviceIds) other.add(sent(id))
    await Promise.all([one.flush(), other.flush()])
    expect(statements).toBe(1)
    expect(await rows()).toHaveLength(20)
    expect([told.fenced, otherFenced]).toEqual([0, 1])
  })

  test('a row that can never be written fails its own batch and no other', async () => {
    const { pool, deviceIds, claim, otherClaim } = await twoCampaigns()
    await pool.query(
      `ALTER TABLE deliveries ADD CONSTRAINT no_such CHECK (campaign_id <> '${otherClaim.campaignId}')`,
    )
    const writer = openWriter(pool)
    const one = writer.open(claim, quiet)
    const other = writer.open(otherClaim, quiet)
    for (const id of deviceIds) {
      one.add(sent(id))
      other.add(sent(id))
    }
    await one.flush()
    await expect(other.flush()).rejects.toThrow('no_such')
    const { rows } = await pool.query('SELECT DISTINCT campaign_id FROM deliveries')
    expect(rows).toEqual([{ campaign_id: claim.campaignId }])
    expect(writer).toMatchObject({ isFull: false, unwritten: 0 })
  })

  test('a result that comes after its batch was canceled is in the counts, whoever lives to count it', async () => {
    const { pool, deviceIds, claim, batch } = await setup()
    await pool.query(`UPDATE campaigns SET state = 'canceled', closed_at = now()`)
    await pool.query(`UPDATE batches SET state = 'canceled', canceled = size`)
    const late = openWriter(pool).open(claim, quiet)
    for (const id of deviceIds.slice(0, 3)) late.add(sent(id))
    await late.flush()
    const after = await batch()
    expect(after).toMatchObject({ sent: 3, canceled: 7 })
    expect(after.first_result_at).toEqual(after.last_result_at)
    expect(after.first_result_at).toBeInstanceOf(Date)
  })

  test('when the first and the last message were sent, to the microsecond', async () => {
    const { pool, deviceIds, claim, batch } = await setup()
    const own = openWriter(pool).open(claim, quiet)
    for (const id of deviceIds) own.add(sent(id))
    await own.flush()
    await endAttempt(pool, claim, { ...PASS_ENDED, ...own.sentBetween })
    const { rows } = await pool.query(
      `SELECT b.first_sent_at = min(d.sent_at) AND b.last_sent_at = max(d.sent_at) AS agree
       FROM batches b, deliveries d GROUP BY b.first_sent_at, b.last_sent_at`,
    )
    expect(rows).toEqual([{ agree: true }])
    expect(await batch()).toMatchObject({ state: 'done' })
  })
})
