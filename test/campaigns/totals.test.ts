/** The figures of a campaign that is closed: kept by the statement that closes it, and read without its batches. */
import { randomUUIDv7 } from 'node:crypto'
import { expect, test } from 'vitest'
import { cancelCampaign } from '../../src/campaigns/cancel-campaign.ts'
import { listCampaigns } from '../../src/campaigns/list-campaigns.ts'
import { readCampaign } from '../../src/campaigns/read-campaigns.ts'
import { readOverview } from '../../src/campaigns/read-overview.ts'
import { recountCanceled } from '../../src/dispatch/batch-store.ts'
import { closeCampaign } from '../../src/maintenance/close-campaigns.ts'
import { inTransaction, type Pool, type Queryable } from '../../src/postgres/pool.ts'
import { createLogger } from '../../src/process/logger.ts'
import { claimed, openWriter } from '../support/claims.ts'
import { createTestDatabase } from '../support/database.ts'
import { createBatches, createCampaign, createDevices, totalsOf } from '../support/factories.ts'

const log = createLogger('test', 'silent')

/** Settled, with two batches of four devices: sent, failed, skipped, in doubt. The second one was tried three times. */
async function createSettled(pool: Pool): Promise<string> {
  const { deviceIds } = await createDevices(pool, 8)
  const id = await createCampaign(pool, { state: 'sending', started_at: new Date() })
  const counts = { sent: 1, failed: 1, skipped: 1, in_doubt: 1 }
  const at = {
    first_sent_at: new Date('2026-11-01T10:00:00.123Z'),
    last_sent_at: new Date('2026-11-01T10:05:00Z'),
  }
  await createBatches(pool, id, deviceIds.slice(0, 4), { state: 'done', attempt: 1, ...counts, ...at })
  await createBatches(pool, id, deviceIds.slice(4), { state: 'done', attempt: 3, spent: 2, ...counts })
  await pool.query(
    `INSERT INTO deliveries (campaign_id, device_id, state, code, attempt)
     SELECT $1, d, 1 + (n - 1) % 4, 0, 1 FROM unnest($2::bigint[]) WITH ORDINALITY AS u (d, n)`,
    [id, deviceIds],
  )
  return id
}

test('are those of before', async () => {
  const { pool } = await createTestDatabase()
  const id = await createSettled(pool)
  const before = await readCampaign(pool, id)
  expect(before.progress).toMatchObject({ sent: 2, failed: 2, batches: 2, batchesTried: 2, attempts: 4 })
  expect(await closeCampaign(pool, id, log)).toBe(true)
  const { progress } = await readCampaign(pool, id)
  expect(progress).toEqual({ ...before.progress, ratePerSecond: null })
  const { rows } = await pool.query('SELECT totals FROM campaigns')
  expect(rows[0].totals).toMatchObject({ audience: 8, sent: 2, in_doubt: 2, canceled: 0 })
})

test('a campaign that is canceled before its plan has zeros', async () => {
  const { pool } = await createTestDatabase()
  const id = await createCampaign(pool, {
    state: 'scheduled',
    scheduled_at: new Date(Date.now() + 3_600_000),
  })
  const { campaign } = await cancelCampaign({ pool, queue: {} as never, log, watermark: 1 }, id)
  expect(campaign).toMatchObject({ state: 'canceled', progress: { audience: 0, sent: 0, firstSentAt: null } })
  expect(campaign.closedAt).not.toBeNull()
  const { rows } = await pool.query('SELECT totals FROM campaigns')
  expect(rows[0].totals).toMatchObject({ audience: 0, sent: 0, failed: 0, batches: 0, first_sent_at: null })
})

test('results that a dispatcher records late, when the campaign is closed, are in its totals', async () => {
  const { pool } = await createTestDatabase()
  const { deviceIds } = await createDevices(pool, 10)
  const id = await createCampaign(pool, { state: 'sending', started_at: new Date() })
  await createBatches(pool, id, deviceIds, { state: 'queued' })
  const claim = await claimed(pool, id)
  // Taken for dead, so its batch was given back, and canceled with the campaign.
  await pool.query(`UPDATE batches SET state = 'planned', owner = NULL`)
  await cancelCampaign({ pool, queue: {} as never, log, watermark: 1 }, id)
  expect(await closeCampaign(pool, id, log)).toBe(true)
  expect((await readCampaign(pool, id)).progress).toMatchObject({ sent: 0, canceled: 10 })

  const recorder = openWriter(pool).open(claim, { onFenced: () => {}, onFailed: () => {} })
  for (const deviceId of deviceIds.slice(0, 3)) {
    recorder.add({ deviceId, state: 'sent', code: 'ok', messageId: `m${deviceId}`, addressIsDead: 'no' })
  }
  await recorder.flush()
  const late = { audience: 10, sent: 3, failed: 0, canceled: 7, remaining: 0 }
  expect((await readCampaign(pool, id)).progress).toMatchObject(late)

  // At the end of its attempt it counts the rows, whatever was counted before.
  await pool.query('UPDATE batches SET sent = 1, canceled = 9')
  await pool.query(`UPDATE campaigns SET totals = totals || '{"sent": 1, "canceled": 9}'`)
  await recountCanceled(pool, claim)
  expect((await readCampaign(pool, id)).progress).toMatchObject(late)
})

/** How often `work` has looked into the table, counted by PostgreSQL. */
async function batchScans(pool: Pool, work: (tx: Queryable) => Promise<unknown>): Promise<number> {
  return await inTransaction(pool, async (tx) => {
    const before = await countScans(tx)
    await work(tx)
    return (await countScans(tx)) - before
  })
}

/** Of this connection, since it has last reported. */
async function countScans(tx: Queryable): Promise<number> {
  const { rows } = await tx.query<{ scans: number }>(
    `SELECT (coalesce(seq_scan, 0) + coalesce(idx_scan, 0))::int AS scans
     FROM pg_stat_xact_user_tables WHERE relname = 'batches'`,
  )
  return rows[0]?.scans ?? 0
}

test('no batch of closed campaigns is read for a list; of one without totals they are', async () => {
  const { pool } = await createTestDatabase()
  const { deviceIds } = await createDevices(pool, 3)
  const closed = { state: 'finished', closed_at: new Date(), started_at: new Date() } as const
  for (let n = 0; n < 25; n += 1) {
    const id = await createCampaign(pool, { ...closed, totals: totalsOf({ sent: 3 }) })
    await createBatches(pool, id, deviceIds, { size: 1, state: 'done', sent: 1 })
  }
  const list = (tx: Queryable) => listCampaigns(tx, 25, {}, { sort: 'sent' })
  expect(await list(pool)).toMatchObject(
    Array(25).fill({ campaign: { progress: { sent: 3, remaining: 0 } } }),
  )
  expect(await batchScans(pool, list)).toBe(0)
  const overview = () => readOverview(pool, 'UTC')
  expect((await overview()).days.at(-1)).toMatchObject({ campaigns: 25, sent: 75 })

  const id = await createCampaign(pool, { ...closed, id: randomUUIDv7() })
  await createBatches(pool, id, deviceIds, { size: 1, state: 'done', sent: 1 })
  expect(await batchScans(pool, (tx) => listCampaigns(tx, 1))).toBeGreaterThan(0)
  expect((await overview()).days.at(-1)).toMatchObject({ campaigns: 26, sent: 78 })
})
