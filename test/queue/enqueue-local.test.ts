/** When the batches of a campaign at local times are put on the queue. */
import { expect, test } from 'vitest'
import { readCampaign } from '../../src/campaigns/read-campaigns.ts'
import { startDueCampaigns } from '../../src/campaigns/start-due-campaigns.ts'
import { DELIVERY_CODES } from '../../src/domain/delivery-result.ts'
import { createLogger } from '../../src/process/logger.ts'
import { enqueueBatches } from '../../src/queue/enqueue-batches.ts'
import type { BatchRef, JobQueue } from '../../src/queue/job-queue.ts'
import { createTestDatabase } from '../support/database.ts'
import {
  type BatchColumns,
  type CampaignColumns,
  createBatches,
  createCampaign,
  createDevices,
} from '../support/factories.ts'

const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000)
const TOO_LATE = DELIVERY_CODES.too_late.number

async function setup({ watermark = 8 } = {}) {
  const { pool } = await createTestDatabase()
  const put: BatchRef[] = []
  const queue = {
    addBatchJobs: async (refs: BatchRef[]) => void put.push(...refs),
    addPlanJob: async () => {},
  } as unknown as JobQueue
  const deps = { pool, queue, watermark, log: createLogger('test', 'silent') }
  const { deviceIds } = await createDevices(pool, 20)
  /** A batch of a device each. */
  const local = async (batches: BatchColumns[], columns: CampaignColumns = {}) => {
    const id = await createCampaign(pool, {
      state: 'sending',
      local_at: '2026-12-24T20:00',
      late: 'skip',
      unknown_zone: 'default',
      default_zone: 'UTC',
      local_since: inMinutes(-600),
      ...columns,
    })
    for (const [place, batch] of batches.entries()) {
      await createBatches(pool, id, [deviceIds[place] as number], { zones: [`Zone/${place}`], ...batch })
    }
    return id
  }
  const seqs = () => put.map(({ seq }) => seq)
  const batches = async (id: string) =>
    (await pool.query('SELECT * FROM batches WHERE campaign_id = $1 ORDER BY seq', [id])).rows
  return { pool, deps, put, local, seqs, batches }
}

test('none before its instant, the earliest first, and what sends nothing last', async () => {
  const { deps, local, put, seqs } = await setup()
  const id = await local([
    { skip_code: TOO_LATE },
    { send_at: inMinutes(1) },
    { send_at: inMinutes(-5) },
    { send_at: inMinutes(-10) },
    { send_at: inMinutes(600) },
  ])
  await enqueueBatches({ ...deps, watermark: 2 }, id)
  expect(seqs().sort()).toEqual([2, 3])
  put.length = 0
  await enqueueBatches({ ...deps, watermark: 5 }, id)
  expect(seqs()).toEqual([0])
  put.length = 0
  await enqueueBatches(deps, id)
  expect(seqs()).toEqual([])
})

test('an instant that was missed by more than the latest start is too late, and each is decided about once', async () => {
  const { pool, deps, local, batches } = await setup({ watermark: 1 })
  const id = await local(
    [
      { send_at: inMinutes(-61) },
      { send_at: inMinutes(-59) },
      { send_at: inMinutes(-59) },
      { send_at: inMinutes(5) },
    ],
    { latest_start_minutes: 60 },
  )
  await enqueueBatches({ ...deps, watermark: 1 }, id)
  expect((await batches(id)).map(({ skip_code, state }) => [skip_code, state])).toEqual([
    [TOO_LATE, 'planned'],
    [null, 'queued'],
    [null, 'planned'],
    [null, 'planned'],
  ])
  // An hour later the second of that instant is still in line behind its rate: it has begun, and goes on.
  await pool.query(
    `UPDATE batches SET send_at = send_at - interval '1 hour' WHERE campaign_id = $1 AND send_at IS NOT NULL`,
    [id],
  )
  await pool.query(`UPDATE campaigns SET begun_through = begun_through - interval '1 hour' WHERE id = $1`, [
    id,
  ])
  await pool.query(`UPDATE batches SET state = 'done' WHERE campaign_id = $1 AND state = 'queued'`, [id])
  await enqueueBatches(deps, id)
  expect((await batches(id))[2]).toMatchObject({ skip_code: null, state: 'queued' })
})

test('many enqueue at once, and none goes on the queue twice', async () => {
  const { deps, local, seqs } = await setup()
  const id = await local(Array.from({ length: 6 }, () => ({ send_at: inMinutes(-1) })))
  await Promise.all(Array.from({ length: 6 }, () => enqueueBatches(deps, id)))
  expect(seqs().sort()).toEqual([0, 1, 2, 3, 4, 5])
})

test('it starts when it is planned and its first instant has come, however late, and is not missed as a whole', async () => {
  const { pool, deps, local } = await setup()
  const columns = { state: 'scheduled', scheduled_at: inMinutes(-300), latest_start_minutes: 60 } as const
  const planned = await local([{ send_at: inMinutes(-300) }, { send_at: inMinutes(300) }], columns)
  const unplanned = await local([], columns)
  const fixed = await createCampaign(pool, columns)
  const early = await local([{ send_at: inMinutes(1) }], { ...columns, scheduled_at: inMinutes(1) })
  await startDueCampaigns(deps)
  const { rows } = await pool.query<{ id: string; state: string }>('SELECT id, state FROM campaigns')
  expect(Object.fromEntries(rows.map(({ id, state }) => [id, state]))).toEqual({
    [planned]: 'sending',
    [unplanned]: 'scheduled',
    [fixed]: 'canceled',
    [early]: 'scheduled',
  })
})

test('a further instant is found by every process that looks for starts, without maintenance', async () => {
  const { deps, local, put } = await setup()
  const id = await local([
    { send_at: inMinutes(-1 / 60) },
    { send_at: inMinutes(60) },
    { state: 'queued', turn: 1 },
  ])
  const waiting = await local([{ send_at: inMinutes(60) }])
  await startDueCampaigns(deps)
  expect(put.map(({ campaignId, seq }) => [campaignId, seq])).toEqual([[id, 0]])
  expect(waiting).not.toBe(id)
})

test('one whose starter died is found however long ago it was', async () => {
  const { deps, local, put } = await setup()
  const id = await local([{ send_at: inMinutes(-30) }], { begun_through: inMinutes(-30) })
  await startDueCampaigns(deps)
  expect(put.map(({ campaignId }) => campaignId)).toEqual([id])
})

/** As postgres/timeline.ts leaves what nobody has had, of a batch whose zone's time was, or is, so many minutes from now. */
const afterFailover = (minutes: number): BatchColumns => ({
  send_at: inMinutes(minutes),
  attempt: 1_000,
  not_before: inMinutes(minutes),
})

test('an instant that was missed leaves the reason of devices that were left out for another of their member', async () => {
  const { deps, local, batches } = await setup()
  const other = DELIVERY_CODES.other_device.number
  const id = await local([{ send_at: inMinutes(-600) }, { send_at: inMinutes(-600), skip_code: other }])
  await enqueueBatches(deps, id)
  expect((await batches(id)).map(({ send_at, skip_code }) => [send_at, skip_code])).toEqual([
    [null, TOO_LATE],
    [null, other],
  ])
})

test('after a failover, an instant that was missed is too late as well, and one that was not begins', async () => {
  const { deps, local, batches } = await setup()
  const id = await local([afterFailover(-180), afterFailover(-59), afterFailover(60)])
  await enqueueBatches(deps, id)
  const found = await batches(id)
  expect(found.map(({ skip_code, send_at, state }) => [skip_code, send_at === null, state])).toEqual([
    [TOO_LATE, true, 'queued'],
    [null, false, 'queued'],
    [null, false, 'planned'],
  ])
})

test('after a failover, what had begun and waits in line goes on, however late', async () => {
  const { deps, local, batches } = await setup()
  const id = await local([afterFailover(-180)], { begun_through: inMinutes(-170) })
  await enqueueBatches(deps, id)
  expect(await batches(id)).toMatchObject([{ skip_code: null, state: 'queued' }])
})

test('after a failover, a further instant is found without maintenance, and is the next until then', async () => {
  const { pool, deps, local, seqs } = await setup()
  const id = await local([afterFailover(-1 / 60), afterFailover(60), { state: 'queued', turn: 1 }])
  expect((await readCampaign(pool, id)).nextZoneAt?.getTime()).toBeCloseTo(inMinutes(60).getTime(), -4)
  await startDueCampaigns(deps)
  expect(seqs()).toEqual([0])
})

test.each([
  { send_window: { from: '10:00', until: '20:00', outside: 'wait' as const } },
  { kind: 'advertising' as const, night: 'delay' as const },
])('who waited for %j is found when it comes, without maintenance', async (columns) => {
  const { pool, deps, seqs } = await setup()
  const { deviceIds } = await createDevices(pool, 2)
  const id = await createCampaign(pool, { state: 'sending', ...columns })
  const slept = { attempt: 1, turn: 1, first_claimed_at: inMinutes(-600) }
  await createBatches(pool, id, deviceIds, { ...slept, size: 1, not_before: inMinutes(-1 / 60) })
  await pool.query(`UPDATE batches SET not_before = now() + interval '1 h' WHERE seq = 1`)
  await startDueCampaigns(deps)
  expect(seqs()).toEqual([0])
})

test('while batches of it are on their way, their ends take what is due, not each look', async () => {
  const { pool, deps, seqs } = await setup()
  const { deviceIds } = await createDevices(pool, 2)
  const id = await createCampaign(pool, { state: 'sending', kind: 'advertising', night: 'delay' })
  await createBatches(pool, id, deviceIds, { size: 1, attempt: 1, turn: 1, not_before: inMinutes(-1 / 60) })
  await pool.query(`UPDATE batches SET state = 'queued' WHERE seq = 1`)
  await startDueCampaigns(deps)
  expect(seqs()).toEqual([])
})
