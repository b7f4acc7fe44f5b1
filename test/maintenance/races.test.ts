import { expect, test } from 'vitest'
import { cancelBatches } from '../../src/campaigns/cancel-batches.ts'
import { cancelCampaign } from '../../src/campaigns/cancel-campaign.ts'
import { endAttempt, recountCanceled } from '../../src/dispatch/batch-store.ts'
import { closeCampaign, closeSettled } from '../../src/maintenance/close-campaigns.ts'
import { OwnerWatch } from '../../src/maintenance/owner-watch.ts'
import { QueuedCursor } from '../../src/maintenance/rescue-unqueued.ts'
import { runMaintenance } from '../../src/maintenance/run-maintenance.ts'
import { enqueueBatches } from '../../src/queue/enqueue-batches.ts'
import { log } from '../support/attempt-with.ts'
import { claimAs, claimed, PASS_ENDED } from '../support/claims.ts'
import { createTestDatabase } from '../support/database.ts'
import { createBatches, createCampaign, createDevices } from '../support/factories.ts'
import { recordStatements } from '../support/record-statements.ts'
import { until } from '../support/until.ts'

const NEVER = new AbortController().signal

const waiting = async (pool: Awaited<ReturnType<typeof createTestDatabase>>['pool'], part: string) =>
  (
    await pool.query(
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE $1`,
      [`%${part}%`],
    )
  ).rowCount === 1

test('a canceled campaign closes although its batch was counted before a fenced owner’s result came', async () => {
  const { pool } = await createTestDatabase()
  const { deviceIds } = await createDevices(pool, 6)
  const campaignId = await createCampaign(pool, { state: 'sending' })
  await createBatches(pool, campaignId, deviceIds, { state: 'queued' })
  const first = await claimed(pool, campaignId)
  // Its process hangs; maintenance takes the batch back; the campaign is canceled.
  await pool.query(`UPDATE batches SET state = 'planned', not_before = now()`)
  await pool.query(`UPDATE campaigns SET state = 'canceled'`)
  // The sweep has taken its snapshot and waits for a lock (in life: it works through thousands of batches).
  const other = await pool.connect()
  await other.query('BEGIN')
  await other.query('SELECT FROM batches FOR UPDATE')
  const sweep = cancelBatches(pool, campaignId)
  await until(() => waiting(pool, `state = 'canceled', sent = n.sent`), { what: 'the sweep waits' })
  // The first owner wakes up and records what it had sent; finds itself fenced; counts again.
  await pool.query(
    'INSERT INTO deliveries (campaign_id, device_id, state, code, attempt) VALUES ($1, $2, 1, 0, 1)',
    [campaignId, deviceIds[0]],
  )
  expect(await endAttempt(pool, first, PASS_ENDED)).toBeNull()
  await recountCanceled(pool, first)
  await other.query('COMMIT')
  other.release()
  await sweep
  const maintenance = {
    pool,
    queue: { findWaiting: async () => [] } as never,
    watermark: 4,
    planAheadMs: 0,
    standstillMs: 2_000,
    queuedCursor: new QueuedCursor(),
    log,
  }
  await runMaintenance(maintenance)
  await closeSettled(pool, log, NEVER)
  const { rows } = await pool.query('SELECT state, closed_at FROM campaigns')
  const { rows: batches } = await pool.query('SELECT state, sent, canceled FROM batches')
  expect(batches[0]).toEqual({ state: 'canceled', sent: 1, canceled: 5 })
  expect(rows[0].closed_at).not.toBeNull()
})

test('one campaign whose row is held (a page of its plan) does not hold up maintenance for the others', async () => {
  const { pool } = await createTestDatabase()
  const { deviceIds } = await createDevices(pool, 20)
  const held = await createCampaign(pool, { state: 'sending', priority: 1 })
  await createBatches(pool, held, deviceIds.slice(0, 10))
  const other = await createCampaign(pool, { state: 'sending', priority: 2 })
  await createBatches(pool, other, deviceIds.slice(10))
  const planner = await pool.connect()
  await planner.query('BEGIN')
  await planner.query('SELECT FROM campaigns WHERE id = $1 FOR NO KEY UPDATE', [held])
  const put: string[] = []
  const queue = {
    findWaiting: async () => [],
    addBatchJobs: async (refs: { campaignId: string }[]) =>
      void put.push(...refs.map((ref) => ref.campaignId)),
  } as never
  const queuedCursor = new QueuedCursor()
  const tick = runMaintenance({
    pool,
    queue,
    watermark: 4,
    planAheadMs: 0,
    standstillMs: 2_000,
    queuedCursor,
    log,
  })
  const first = await Promise.race([
    until(() => put.includes(other), { what: 'the other is enqueued' }).then(() => 'enqueued'),
    until(() => waiting(pool, 'SELECT priority, rate_per_minute'), { what: 'maintenance waits' }).then(
      () => 'maintenance waits',
    ),
  ])
  await planner.query('ROLLBACK')
  planner.release()
  await tick
  expect(first).toBe('enqueued')
})

test('a canceled campaign that cannot reconcile says so, and is not counted in full on every tick', async () => {
  const { pool } = await createTestDatabase()
  const { deviceIds } = await createDevices(pool, 4)
  const id = await createCampaign(pool, { state: 'canceled' })
  await createBatches(pool, id, deviceIds, { state: 'done', sent: 4 })
  expect(await closeCampaign(pool, id, log)).toBe(false)
  const { rows } = await pool.query('SELECT pause_reason, closed_at FROM campaigns')
  expect(rows).toEqual([{ pause_reason: 'counts_mismatch', closed_at: null }])
  const statements = recordStatements(pool)
  await closeSettled(pool, log, NEVER)
  expect(statements).toEqual(['maintenance-settled'])
  // Ten minutes later it is counted anew; somebody has restored the rows.
  await pool.query(`UPDATE campaigns SET updated_at = now() - interval '11 min'`)
  await pool.query(
    'INSERT INTO deliveries (campaign_id, device_id, state, code, attempt) SELECT $1, unnest($2::bigint[]), 1, 0, 1',
    [id, deviceIds],
  )
  await closeSettled(pool, log, NEVER)
  expect((await pool.query('SELECT closed_at FROM campaigns')).rows[0].closed_at).not.toBeNull()
})

test('enqueueing many at once and cancel: nothing is left behind', async () => {
  const { pool } = await createTestDatabase()
  const { deviceIds } = await createDevices(pool, 200)
  const id = await createCampaign(pool, { state: 'sending' })
  await createBatches(pool, id, deviceIds, { size: 2 })
  const queue = { addBatchJobs: async () => {}, findWaiting: async () => [] } as never
  const deps = { pool, queue, watermark: 30 }
  const queuedCursor = new QueuedCursor()
  await Promise.all([
    ...Array.from({ length: 6 }, () => enqueueBatches(deps, id)),
    cancelCampaign({ ...deps, log }, id),
    ...Array.from({ length: 20 }, (_, seq) => claimAs(pool, id, seq)),
  ])
  await pool.query('DELETE FROM batch_owners')
  const watch = new OwnerWatch(pool, 30_000)
  await until(
    async () => {
      await watch.look()
      await runMaintenance({ ...deps, planAheadMs: 0, standstillMs: 0, queuedCursor, log })
      await closeSettled(pool, log, NEVER)
      return (await pool.query('SELECT closed_at FROM campaigns')).rows[0].closed_at !== null
    },
    { what: 'closed' },
  )
  const { rows } = await pool.query(
    `SELECT count(*) FILTER (WHERE state <> 'canceled') AS left, sum(canceled)::int AS canceled FROM batches`,
  )
  expect(rows[0]).toEqual({ left: 0, canceled: 200 })
})
