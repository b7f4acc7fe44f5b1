import { describe, expect, test } from 'vitest'
import { recountCanceledBatches } from '../../src/campaigns/cancel-batches.ts'
import { readCampaign } from '../../src/campaigns/read-campaigns.ts'
import { closeCampaign, closeSettled, pauseForEmptyAudience } from '../../src/maintenance/close-campaigns.ts'
import type { Pool } from '../../src/postgres/pool.ts'
import { createLogger } from '../../src/process/logger.ts'
import { createTestDatabase } from '../support/database.ts'
import { createBatches, createCampaign, createDevices } from '../support/factories.ts'
import { recordStatements } from '../support/record-statements.ts'

const log = createLogger('test', 'silent')

/** A campaign whose counts reconcile: 20 devices in 2 batches, done; 12 sent, 4 failed, 2 skipped, 2 in doubt. */
async function setup({ state = 'sending' as 'sending' | 'canceled' } = {}) {
  const { pool } = await createTestDatabase()
  const { deviceIds } = await createDevices(pool, 20)
  const id = await createCampaign(pool, { state })
  await createBatches(pool, id, deviceIds, {
    size: 10,
    state: 'done',
    sent: 6,
    failed: 2,
    skipped: 1,
    in_doubt: 1,
  })
  await pool.query(
    `INSERT INTO deliveries (campaign_id, device_id, state, code, attempt)
     SELECT $1, d, CASE WHEN n <= 6 THEN 1 WHEN n <= 8 THEN 2 WHEN n = 9 THEN 3 ELSE 4 END, 0, 1
     FROM batches b, unnest(b.device_ids) WITH ORDINALITY AS u (d, n) WHERE b.campaign_id = $1`,
    [id],
  )
  const campaign = async () => (await pool.query('SELECT * FROM campaigns WHERE id = $1', [id])).rows[0]
  return { pool, id, deviceIds, campaign }
}

const NEVER = new AbortController().signal

const record = async (pool: Pool, id: string, deviceIds: readonly number[]) =>
  await pool.query(
    'INSERT INTO deliveries (campaign_id, device_id, state, code, attempt) SELECT $1, unnest($2::bigint[]), 1, 0, 1',
    [id, deviceIds],
  )

/** The same pool, which aborts when so many parts have been counted. */
function stopAfter(pool: Pool, parts: number, stopping: AbortController): Pool {
  let counted = 0
  const query = async (statement: { name?: string }) => {
    const result = await pool.query(statement as never)
    if (statement.name === 'maintenance-count-results' && ++counted === parts) stopping.abort()
    return result
  }
  return new Proxy(pool, { get: (target, key) => (key === 'query' ? query : Reflect.get(target, key)) })
}

describe('closing the counts', () => {
  test('a campaign whose rows reconcile is finished', async () => {
    const { pool, id, campaign } = await setup()
    expect(await closeCampaign(pool, id, log)).toBe(true)
    const { state, closed_at } = await campaign()
    expect(state).toBe('finished')
    expect(closed_at).not.toBeNull()
    expect(await closeCampaign(pool, id, log)).toBe(false)
  })

  test('a canceled one keeps its state and is closed', async () => {
    const { pool, id, campaign } = await setup({ state: 'canceled' })
    expect(await closeCampaign(pool, id, log)).toBe(true)
    expect((await campaign()).state).toBe('canceled')
  })

  test.each([
    ['a result is missing', 'DELETE FROM deliveries WHERE device_id = $1'],
    ['a result is of another kind than counted', 'UPDATE deliveries SET state = 2 WHERE device_id = $1'],
    [
      'a batch counts more than its rows',
      'UPDATE batches SET sent = sent + 1 WHERE $1::bigint = ANY (device_ids)',
    ],
    [
      'a device has neither a result nor a count',
      `WITH gone AS (DELETE FROM deliveries WHERE device_id = $1)
       UPDATE batches SET sent = sent - 1 WHERE $1::bigint = ANY (device_ids)`,
    ],
    ['a batch is missing', 'DELETE FROM batches WHERE $1::bigint = ANY (device_ids)'],
    [
      'the audience is larger than its batches',
      'UPDATE campaigns SET audience_size = audience_size + 1 WHERE $1::bigint > 0',
    ],
  ])('when %s it is not finished, and pauses with the figures', async (_, harm) => {
    const { pool, id, deviceIds, campaign } = await setup()
    await pool.query(harm, [deviceIds[0]])
    expect(await closeCampaign(pool, id, log)).toBe(false)
    const after = await campaign()
    expect(after).toMatchObject({ state: 'paused', pause_reason: 'counts_mismatch', closed_at: null })
    expect(after.pause_detail).toMatch(/audience 2[01], batches \d+/)
  })

  test.each(['planned', 'queued', 'sending'])(
    'while a batch is %s it stays open and is not paused',
    async (state) => {
      const { pool, id, campaign } = await setup()
      await pool.query('UPDATE batches SET state = $2::batch_state WHERE campaign_id = $1 AND seq = 1', [
        id,
        state,
      ])
      expect(await closeCampaign(pool, id, log)).toBe(false)
      expect(await campaign()).toMatchObject({ state: 'sending', closed_at: null })
    },
  )

  test('while it is not planned to its end it stays open', async () => {
    const { pool, id, campaign } = await setup()
    await pool.query('UPDATE campaigns SET is_planned = false')
    expect(await closeCampaign(pool, id, log)).toBe(false)
    expect(await campaign()).toMatchObject({ state: 'sending' })
  })

  test('in parts it gives the same answers, and others are closed in between', async () => {
    const { pool, id, deviceIds, campaign } = await setup()
    const small = await createCampaign(pool, { state: 'sending', priority: 9 })
    await createBatches(pool, small, deviceIds.slice(0, 3), { state: 'done', sent: 3 })
    await record(pool, small, deviceIds.slice(0, 3))
    const statements = recordStatements(pool)
    await closeSettled(pool, log, NEVER, 7)
    // 7 + 7 + 6 rows, and after the first part it is the other's turn.
    expect(statements.filter((name) => name !== 'maintenance-settled')).toEqual([
      'maintenance-count-results',
      'maintenance-count-results',
      'maintenance-judge-refused',
      'maintenance-close',
      'maintenance-count-results',
      'maintenance-count-results',
      'maintenance-judge-refused',
      'maintenance-close',
    ])
    expect(await campaign()).toMatchObject({ state: 'finished', closing: null })
    expect(id).not.toBe(small)
  })

  test('what is counted is visible, and a process that dies is continued by the next', async () => {
    const { pool, id, campaign } = await setup()
    const stopping = new AbortController()
    const dies = recordStatements(pool)
    await closeSettled(stopAfter(pool, 2, stopping), log, stopping.signal, 4)
    expect(dies.filter((name) => name === 'maintenance-count-results')).toHaveLength(2)
    expect(await campaign()).toMatchObject({ closing: { rows: 8, isComplete: false } })
    expect((await readCampaign(pool, id)).countedResults).toBe(8)
    dies.length = 0
    expect(await closeCampaign(pool, id, log, 4)).toBe(true)
    // 12 rows are left; the last part is empty.
    expect(dies.filter((name) => name === 'maintenance-count-results')).toHaveLength(4)
    expect((await readCampaign(pool, id)).countedResults).toBeNull()
  })

  test('two processes take turns, and one of them closes', async () => {
    const { pool, campaign } = await setup()
    await Promise.all([closeSettled(pool, log, NEVER, 1), closeSettled(pool, log, NEVER, 1)])
    await closeSettled(pool, log, NEVER, 1)
    expect(await campaign()).toMatchObject({ state: 'finished', version: 2 })
  })

  test('one that another process is counting does not hold up the others', async () => {
    const { pool, id, deviceIds, campaign } = await setup()
    const other = await createCampaign(pool, { state: 'sending', priority: 9 })
    await createBatches(pool, other, deviceIds.slice(0, 3), { state: 'done', sent: 3 })
    await record(pool, other, deviceIds.slice(0, 3))
    const counting = await pool.connect()
    await counting.query('BEGIN')
    await counting.query('SELECT FROM campaigns WHERE id = $1 FOR NO KEY UPDATE', [id])
    await closeSettled(pool, log, NEVER)
    const { rows } = await pool.query('SELECT id FROM campaigns WHERE closed_at IS NOT NULL')
    expect(rows).toEqual([{ id: other }])
    await counting.query('ROLLBACK')
    counting.release()
    await closeSettled(pool, log, NEVER)
    expect(await campaign()).toMatchObject({ state: 'finished' })
  })

  test('begins anew when the campaign was paused and resumed meanwhile, and its rows changed', async () => {
    const { pool, id, deviceIds, campaign } = await setup()
    const stopping = new AbortController()
    await closeSettled(stopAfter(pool, 2, stopping), log, stopping.signal, 4)
    expect((await campaign()).closing).toMatchObject({ rows: 8 })
    await pool.query('DELETE FROM deliveries WHERE device_id = $1', [deviceIds[0]])
    await pool.query('UPDATE campaigns SET version = version + 2')
    expect(await closeCampaign(pool, id, log, 4)).toBe(false)
    expect(await campaign()).toMatchObject({ state: 'paused', pause_reason: 'counts_mismatch' })
  })

  test('a canceled one is counted again when a result was recorded behind the count', async () => {
    const { pool, id, deviceIds, campaign } = await setup({ state: 'canceled' })
    await pool.query('DELETE FROM deliveries WHERE device_id = $1', [deviceIds[0]])
    await pool.query(`UPDATE batches SET state = 'canceled', sent = sent - 1, canceled = 1 WHERE seq = 0`)
    const stopping = new AbortController()
    await closeSettled(stopAfter(pool, 2, stopping), log, stopping.signal, 4)
    // A dispatcher that had lost its batch wakes up, records what it has sent, and counts the batch again.
    await record(pool, id, deviceIds.slice(0, 1))
    await recountCanceledBatches(pool, id)
    expect(await closeCampaign(pool, id, log, 4)).toBe(true)
    expect(await campaign()).toMatchObject({ state: 'canceled', pause_reason: null })
    expect((await pool.query('SELECT sent, canceled FROM batches WHERE seq = 0')).rows).toEqual([
      { sent: 6, canceled: 0 },
    ])
  })

  test('one without anybody pauses, and would be planned anew', async () => {
    const { pool } = await createTestDatabase()
    const id = await createCampaign(pool, {
      state: 'sending',
      is_planned: true,
      frozen_through_id: 5,
      plan_cursor: 5,
    })
    await pauseForEmptyAudience(pool, id)
    const { rows } = await pool.query('SELECT * FROM campaigns')
    expect(rows[0]).toMatchObject({
      state: 'paused',
      pause_reason: 'audience_empty',
      is_planned: false,
      plan_cursor: 0,
      frozen_through_id: null,
    })
  })
})
