/** A failover as the database shows it: the timeline of the server has no row. The real ones: test/flow/database-failover.test.ts. */
import { expect, onTestFinished, test } from 'vitest'
import { beginCancel, keepCampaign } from '../../src/campaigns/undo-cancel.ts'
import { endAttempt } from '../../src/dispatch/batch-store.ts'
import { settleFailover } from '../../src/maintenance/settle-failover.ts'
import { openPool, type Pool } from '../../src/postgres/pool.ts'
import { createLogger } from '../../src/process/logger.ts'
import { RecentResults, type Restored } from '../../src/results/recent-results.ts'
import { claimAs, claimed, PASS_ENDED } from '../support/claims.ts'
import { testConfig } from '../support/config.ts'
import { createTestDatabase } from '../support/database.ts'
import { createBatches, createCampaign, createDevices } from '../support/factories.ts'

const silent = createLogger('test', 'silent')
const DISPATCHER = '01a22700-0000-7000-8000-000000000001'

async function setup() {
  const database = await createTestDatabase()
  const { pool } = database
  const { deviceIds } = await createDevices(pool, 6)
  const connect = () => {
    const { database: config } = testConfig({ DATABASE_URL: database.url, DATABASE_POOL_SIZE: 2 })
    const opened = openPool(config, 'under-test', silent)
    onTestFinished(() => opened.end())
    return opened
  }
  /** Whoever connects next is on a server that nobody has written on. */
  const failOver = (former: { isSynchronous: boolean } = { isSynchronous: false }) =>
    pool.query('UPDATE database_timelines SET timeline = 77, is_synchronous = $1', [former.isSynchronous])
  const campaign = async (id: string) =>
    (await pool.query('SELECT * FROM campaigns WHERE id = $1', [id])).rows[0]
  const startDispatcher = () =>
    pool.query(
      `INSERT INTO processes (id, role, host, pid, version, started_at) VALUES ($1, 'dispatcher', 'h', 1, '0', now() - interval '1 h')`,
      [DISPATCHER],
    )
  const report = (missing: number, isBeyondReach = false) =>
    pool.query(
      `INSERT INTO failover_reports (timeline, process_id, missing, orphans, is_beyond_reach)
       SELECT timeline, $1, $2, 0, $3 FROM database_timelines WHERE settled_at IS NULL`,
      [DISPATCHER, missing, isBeyondReach],
    )
  return { pool, deviceIds, connect, failOver, campaign, startDispatcher, report }
}

async function queued(pool: Pool, deviceIds: number[]): Promise<string> {
  const id = await createCampaign(pool, { state: 'sending' })
  await createBatches(pool, id, deviceIds, { state: 'queued', turn: 1, queued_at: new Date() })
  return id
}

test('the first connection pauses what was sending before anything else runs, and only that', async () => {
  const { pool, deviceIds, connect, failOver, campaign } = await setup()
  const sending = await queued(pool, deviceIds)
  const draft = await createCampaign(pool)
  await connect().query('SELECT 1')
  expect((await campaign(sending)).state).toBe('sending')
  await failOver()
  const { rows } = await connect().query('SELECT id, state FROM campaigns ORDER BY id')
  expect(rows).toEqual([
    { id: sending, state: 'paused' },
    { id: draft, state: 'draft' },
  ])
  expect(await campaign(sending)).toMatchObject({ pause_reason: 'database_failed_over' })
})

test('the owner of a claim from before changes no row, although the next one has the number it would have had', async () => {
  const { pool, deviceIds, connect, failOver } = await setup()
  const id = await queued(pool, deviceIds)
  const mine = await claimed(pool, id)
  // The server that takes over does not have the claim.
  await pool.query(`UPDATE batches SET state = 'queued', attempt = attempt - 1`)
  await failOver()
  await connect().query('SELECT 1')
  await pool.query(`UPDATE campaigns SET state = 'sending'`)
  await pool.query(`UPDATE batches SET state = 'queued'`)
  const next = await claimAs(pool, id)
  expect(next?.spent).toBe(mine.spent)
  expect(await endAttempt(pool, mine, PASS_ENDED)).toBeNull()
  if (next !== null) expect(await endAttempt(pool, next, PASS_ENDED)).toBe('planned')
})

test('campaigns continue when every dispatcher has reported, and not before', async () => {
  const { pool, deviceIds, connect, failOver, campaign, startDispatcher, report } = await setup()
  const id = await queued(pool, deviceIds)
  await startDispatcher()
  await failOver()
  await connect().query('SELECT 1')
  const operators = await createCampaign(pool, { state: 'paused', pause_reason: 'by_operator' })
  expect(await settleFailover(pool, silent)).toBe(false)
  await report(3)
  expect(await settleFailover(pool, silent)).toBe(true)
  expect((await campaign(id)).state).toBe('sending')
  expect((await campaign(operators)).state).toBe('paused')
})

test.each([
  { isSynchronous: true, missing: null, state: 'sending', doubtful: 0 },
  { isSynchronous: false, missing: null, state: 'paused', doubtful: 6 },
  // It was not synchronous all the time, whatever the settings said last.
  { isSynchronous: true, missing: 1, state: 'paused', doubtful: 6 },
])('a lost dispatcher: $isSynchronous, others missed $missing: $state', async (row) => {
  const { pool, deviceIds, connect, failOver, campaign, startDispatcher, report } = await setup()
  const id = await queued(pool, deviceIds)
  await startDispatcher()
  await failOver(row)
  await connect().query('SELECT 1')
  if (row.missing !== null) {
    await report(row.missing)
    await pool.query(
      `INSERT INTO processes (id, role, host, pid, version, started_at) VALUES ($1, 'dispatcher', 'h', 2, '0', now() - interval '1 h')`,
      [crypto.randomUUID()],
    )
  }
  expect(await settleFailover(pool, silent, 0)).toBe(true)
  expect((await campaign(id)).state).toBe(row.state)
  const { rowCount } = await pool.query('SELECT FROM deliveries WHERE campaign_id = $1 AND code = 23', [id])
  expect(rowCount).toBe(row.doubtful)
})

test('a dispatcher that has stopped since without a report leaves campaigns to an operator', async () => {
  const { pool, deviceIds, connect, failOver, campaign, startDispatcher } = await setup()
  const id = await queued(pool, deviceIds)
  await startDispatcher()
  await failOver()
  await connect().query('SELECT 1')
  await pool.query('UPDATE processes SET stopped_at = now()')
  expect(await settleFailover(pool, silent)).toBe(false)
  expect(await settleFailover(pool, silent, 0)).toBe(true)
  expect(await campaign(id)).toMatchObject({ state: 'paused', pause_reason: 'database_failed_over' })
})

test('a campaign that is being canceled waits for the dispatchers too; kept or not, its cancel is not lost', async () => {
  const { pool, deviceIds, connect, failOver, campaign, startDispatcher, report } = await setup()
  const queue = { addBatchJobs: async () => {}, addPlanJob: async () => {} } as never
  const deps = { pool, queue, log: silent, watermark: 4 }
  const [left, kept] = [await queued(pool, deviceIds), await queued(pool, deviceIds)]
  for (const id of [left, kept]) await beginCancel(deps, id, 60)
  await startDispatcher()
  await failOver()
  await connect().query('SELECT 1')
  expect(await campaign(left)).toMatchObject({ state: 'paused', pause_reason: 'database_failed_over' })
  // It was sending a moment ago: what of it was sent is not known yet.
  expect((await keepCampaign(deps, kept)).state).toBe('paused')
  await report(0)
  expect(await settleFailover(pool, silent)).toBe(true)
  expect(await campaign(kept)).toMatchObject({ state: 'sending', cancel_at: null, paused_at: null })
  expect(await campaign(left)).toMatchObject({ state: 'paused', pause_reason: 'canceling' })
  expect((await campaign(left)).cancel_at).not.toBeNull()
  expect((await keepCampaign(deps, left)).state).toBe('sending')
})

test('losses that reach further back than the dispatchers keep leave campaigns to an operator', async () => {
  const { pool, deviceIds, connect, failOver, campaign, startDispatcher, report } = await setup()
  const id = await queued(pool, deviceIds)
  await startDispatcher()
  await failOver()
  await connect().query('SELECT 1')
  await report(6, true)
  expect(await settleFailover(pool, silent)).toBe(true)
  expect(await campaign(id)).toMatchObject({
    state: 'paused',
    pause_detail: expect.stringContaining('more results are missing than the dispatchers keep'),
  })
})

test('the settings of replication are noted while they apply', async () => {
  const { pool, connect } = await setup()
  await connect().query('SELECT 1')
  await pool.query('UPDATE database_timelines SET is_synchronous = true')
  await settleFailover(pool, silent)
  expect((await pool.query('SELECT is_synchronous FROM database_timelines')).rows).toEqual([
    { is_synchronous: false },
  ])
})

test('the last results are written again as they were, where they are missing', async () => {
  const { pool, deviceIds } = await setup()
  const id = await createCampaign(pool, { state: 'sending' })
  await pool.query('UPDATE campaigns SET message_version = 2')
  const recent = new RecentResults()
  const messageId = '0:1732872000123456%31bd1c9b31bd1c9b'
  const results = deviceIds.map((deviceId, index) =>
    index === 0
      ? ({ deviceId, state: 'failed', code: 'unregistered', messageId: null, addressIsDead: 'yes' } as const)
      : ({ deviceId, state: 'sent', code: 'ok', messageId, addressIsDead: 'no' } as const),
  )
  const first = { campaignId: id, attempt: 3, messageVersion: 1 }
  recent.add(first, results.slice(0, 4))
  recent.add({ ...first, attempt: 4, messageVersion: 2 }, results.slice(4))
  recent.add({ ...first, campaignId: crypto.randomUUID() }, results.slice(0, 2))
  await pool.query(
    'INSERT INTO deliveries (campaign_id, device_id, state, code, attempt) VALUES ($1, $2, 4, 20, 9)',
    [id, deviceIds[5]],
  )
  const restored: Restored = { missing: 0, orphans: 0, isBeyondReach: false }
  await recent.restore(pool, restored)
  expect(restored).toEqual({ missing: 5, orphans: 2, isBeyondReach: false })
  const { rows } = await pool.query(
    `SELECT device_id, state, code, attempt, message_version AS version, length(message_id) AS bytes
     FROM deliveries ORDER BY device_id`,
  )
  expect(rows).toEqual(
    deviceIds.map((device_id, index) => {
      if (index === 0) return { device_id, state: 2, code: 1, attempt: 3, version: null, bytes: null }
      if (index === 5) return { device_id, state: 4, code: 20, attempt: 9, version: null, bytes: null }
      const written = index < 4 ? { attempt: 3, version: null } : { attempt: 4, version: 2 }
      return { device_id, state: 1, code: 0, ...written, bytes: 16 }
    }),
  )
  await recent.restore(pool, restored)
  expect(restored).toMatchObject({ missing: 5, orphans: 4 })
})

test('what does not fit any more is dropped, and known to be missing if the oldest kept is', async () => {
  const { pool, deviceIds } = await setup()
  const id = await createCampaign(pool, { state: 'sending' })
  const recent = new RecentResults(600)
  for (const deviceId of deviceIds)
    recent.add({ campaignId: id, attempt: 1, messageVersion: 1 }, [
      { deviceId, state: 'sent', code: 'ok', messageId: 'm', addressIsDead: 'no' },
    ])
  const restored: Restored = { missing: 0, orphans: 0, isBeyondReach: false }
  await recent.restore(pool, restored)
  expect(restored).toEqual({ missing: 2, orphans: 0, isBeyondReach: true })
  const { rows } = await pool.query('SELECT device_id FROM deliveries ORDER BY device_id')
  expect(rows.map((row) => row.device_id)).toEqual(deviceIds.slice(-2))
})

test('what waits for the time of its zone goes on waiting after a failover', async () => {
  const { pool, deviceIds, connect, failOver } = await setup()
  const id = await createCampaign(pool, { state: 'sending' })
  const sendAt = new Date(Date.now() + 3_600_000)
  await createBatches(pool, id, deviceIds, { size: 3, zones: ['Asia/Seoul'], send_at: sendAt })
  await pool.query(`UPDATE batches SET send_at = now() - interval '1 min' WHERE seq = 1`)
  await failOver()
  await connect().query('SELECT 1')
  const { rows } = await pool.query(
    'SELECT attempt > 0 AS "isVoid", not_before > now() AS waits, not_before = send_at AS "isItsTime" FROM batches ORDER BY seq',
  )
  expect(rows).toEqual([
    { isVoid: true, waits: true, isItsTime: true },
    { isVoid: true, waits: false, isItsTime: false },
  ])
})
