/** What happens next to the drop of a partition. The cleanup is held up between its look and its drop, or before both. */
import { expect, onTestFinished, test } from 'vitest'
import { expectResults } from '../../src/campaigns/expect-results.ts'
import { resendCampaign } from '../../src/campaigns/resend-campaign.ts'
import { sendCampaign } from '../../src/campaigns/send-campaign.ts'
import { planCampaign } from '../../src/planning/plan-campaign.ts'
import {
  dropOldPartitions,
  ensureDeliveriesPartition,
  keepDeliveriesPartition,
} from '../../src/postgres/partitions.ts'
import type { Pool } from '../../src/postgres/pool.ts'
import { log } from '../support/attempt-with.ts'
import { createTestDatabase } from '../support/database.ts'
import { createBatches, createCampaign, createDevices } from '../support/factories.ts'
import { noGuard, seen, seenOrigin } from '../support/seen.ts'
import { until } from '../support/until.ts'

const NEVER = new AbortController().signal
const PATIENT = { lockMs: 60_000 }
const RESEND = '019ffffe-0000-7000-8000-000000000001'

/** In March 2026. */
const idOf = (day: number) => {
  const hex = Date.UTC(2026, 2, day).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`
}

async function setup() {
  const { pool } = await createTestDatabase()
  const { deviceIds } = await createDevices(pool, 10)
  const queue = { addBatchJobs: async () => {}, addPlanJob: async () => {} } as never
  return { pool, deviceIds, deps: { pool, queue, log, watermark: 4 } }
}

/** Finished in March: five sent, five canceled. */
async function finish(pool: Pool, deviceIds: number[]): Promise<string> {
  const id = await createCampaign(pool, {
    id: idOf(2),
    state: 'canceled',
    closed_at: new Date(Date.UTC(2026, 2, 3)),
  })
  await ensureDeliveriesPartition(pool, id)
  await createBatches(pool, id, deviceIds, { state: 'canceled', attempt: 1, sent: 5, canceled: 5 })
  await pool.query(
    'INSERT INTO deliveries (campaign_id, device_id, state, code, attempt) SELECT $1, unnest($2::bigint[]), 1, 0, 1',
    [id, deviceIds.slice(0, 5)],
  )
  return id
}

test('results that were dropped are said to be, those that never were are not', async () => {
  const { pool, deviceIds } = await setup()
  const finished = await finish(pool, deviceIds)
  const untouched = await createCampaign(pool, {
    id: idOf(4),
    state: 'canceled',
    closed_at: new Date(Date.UTC(2026, 2, 5)),
  })
  await createBatches(pool, untouched, deviceIds, { state: 'canceled', canceled: 10 })
  await expectResults(pool, finished)
  await dropOldPartitions(pool, 2, { at: new Date(Date.UTC(2026, 6, 1)) })
  await expect(expectResults(pool, finished)).rejects.toMatchObject({ code: 'results_deleted' })
  await expectResults(pool, untouched)
  // The partition is made anew when an old draft of its month is sent.
  await ensureDeliveriesPartition(pool, finished)
  await expect(expectResults(pool, finished)).rejects.toMatchObject({ code: 'results_deleted' })
})

/** `gate.open()` lets the DROP go on, which waits for a lock until then. */
async function holdTable(pool: Pool) {
  const other = await pool.connect()
  onTestFinished(() => other.release())
  await other.query('BEGIN')
  await other.query('LOCK TABLE deliveries_2026_03 IN ACCESS SHARE MODE')
  return { open: () => other.query('COMMIT') }
}

const isWaiting = async (pool: Pool, part: string) =>
  (
    await pool.query(
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE $1`,
      [`%${part}%`],
    )
  ).rowCount === 1

const plan = (pool: Pool, id: string) =>
  planCampaign({ pool, batchSize: 500, pageBatches: 50, onPage: async () => {} }, id, NEVER)

test('a draft of an old month that is sent while its partition is dropped gets a new one', async () => {
  const { pool, deviceIds, deps } = await setup()
  await finish(pool, deviceIds)
  const id = await createCampaign(pool, { id: idOf(20) })
  const gate = await holdTable(pool)
  const dropping = dropOldPartitions(pool, 1, PATIENT)
  await until(() => isWaiting(pool, 'SELECT drop_deliveries'), { what: 'the drop waits' })
  await sendCampaign({ ...deps, guard: noGuard }, id, await seen(pool, id))
  const planning = plan(pool, id)
  await until(() => isWaiting(pool, 'ensure_deliveries_partition'), {
    what: 'the planner waits for the drop',
  })
  await gate.open()
  expect(await dropping).toEqual(['deliveries_2026_03'])
  expect(await planning).toBe(true)
  const { rows } = await pool.query(`SELECT to_regclass('deliveries_2026_03')::text AS name`)
  expect(rows).toEqual([{ name: 'deliveries_2026_03' }])
})

test('a resend while the results of its origin are dropped is refused, and sends to nobody twice', async () => {
  const { pool, deviceIds, deps } = await setup()
  const origin = await finish(pool, deviceIds)
  const gate = await holdTable(pool)
  const dropping = dropOldPartitions(pool, 1, PATIENT)
  await until(() => isWaiting(pool, 'SELECT drop_deliveries'), { what: 'the drop waits' })
  const resending = resendCampaign(deps, origin, {
    id: RESEND,
    only: 'canceled',
    createdBy: null,
    seen: await seenOrigin(pool, origin),
  })
  const refused = expect(resending).rejects.toMatchObject({ code: 'nothing_to_resend' })
  await until(() => isWaiting(pool, 'keep_deliveries_partition'), { what: 'the resend waits for the drop' })
  await gate.open()
  expect(await dropping).toEqual(['deliveries_2026_03'])
  await refused
})

test('a resend that comes before the drop keeps the results until it is planned', async () => {
  const { pool, deviceIds } = await setup()
  const origin = await finish(pool, deviceIds)
  const resending = await pool.connect()
  await resending.query('BEGIN')
  await keepDeliveriesPartition(resending, origin)
  // Its first look finds nothing in the way.
  const dropping = dropOldPartitions(pool, 1, PATIENT)
  await until(() => isWaiting(pool, 'pg_advisory_xact_lock'), { what: 'the cleanup waits for the resend' })
  await createCampaign(resending, {
    id: RESEND,
    state: 'sending',
    resend_of: origin,
    resend_only: 'canceled',
  })
  await resending.query('COMMIT')
  resending.release()
  expect(await dropping).toEqual([])
  await plan(pool, RESEND)
  const { rows } = await pool.query('SELECT device_ids FROM batches WHERE campaign_id = $1', [RESEND])
  expect(rows).toEqual([{ device_ids: deviceIds.slice(5) }])
  expect(await dropOldPartitions(pool, 1)).toEqual(['deliveries_2026_03'])
})

test('results that were dropped stay dropped although the partition was made again', async () => {
  const { pool, deviceIds, deps } = await setup()
  const origin = await finish(pool, deviceIds)
  await dropOldPartitions(pool, 1)
  await ensureDeliveriesPartition(pool, idOf(20))
  await expect(
    resendCampaign(deps, origin, {
      id: RESEND,
      only: 'canceled',
      createdBy: null,
      seen: await seenOrigin(pool, origin),
    }),
  ).rejects.toMatchObject({ code: 'nothing_to_resend' })
})
