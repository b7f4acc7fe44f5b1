import { expect, onTestFinished, test } from 'vitest'
import { startDueCampaigns } from '../../src/campaigns/start-due-campaigns.ts'
import { planCampaign } from '../../src/planning/plan-campaign.ts'
import { type CampaignMissed, campaignMissed } from '../../src/process/operator-events.ts'
import type { BatchRef } from '../../src/queue/job-queue.ts'
import { log } from '../support/attempt-with.ts'
import { createTestDatabase } from '../support/database.ts'
import { createBatches, createCampaign, createDevices } from '../support/factories.ts'

async function setup() {
  const { pool } = await createTestDatabase()
  const put: BatchRef[] = []
  const plans: string[] = []
  const queue = {
    addBatchJobs: async (refs: BatchRef[]) => void put.push(...refs),
    addPlanJob: async (id: string) => void plans.push(id),
  } as never
  return { pool, put, plans, deps: { pool, queue, watermark: 4, log } }
}

const AT = new Date(Date.now() - 1_000)

test('300 campaigns of one second are started by one statement and enqueued, by two processes only once', async () => {
  const { pool, put, deps } = await setup()
  const { deviceIds } = await createDevices(pool, 1)
  for (let n = 0; n < 300; n++) {
    const id = await createCampaign(pool, { state: 'scheduled', scheduled_at: AT })
    await createBatches(pool, id, deviceIds)
  }
  await Promise.all([startDueCampaigns(deps), startDueCampaigns(deps)])
  const { rows } = await pool.query(
    'SELECT state, count(DISTINCT version) AS versions FROM campaigns GROUP BY state',
  )
  expect(rows).toEqual([{ state: 'sending', versions: 1 }])
  expect(
    (await pool.query('SELECT count(DISTINCT started_at) AS n FROM campaigns')).rows[0].n,
  ).toBeLessThanOrEqual(2)
  expect(put).toHaveLength(300)
})

test('the urgent are enqueued first; those without a plan are planned', async () => {
  const { pool, put, plans, deps } = await setup()
  const { deviceIds } = await createDevices(pool, 1)
  const urgent: string[] = []
  for (const priority of [9, 5, 1, 7, 3, 8, 2, 6, 4]) {
    const id = await createCampaign(pool, { state: 'scheduled', scheduled_at: AT, priority })
    await createBatches(pool, id, deviceIds)
    if (priority < 9) urgent.push(id)
  }
  const unplanned = await createCampaign(pool, { state: 'scheduled', scheduled_at: AT, priority: 9 })
  // Eight at a time: the last begins when one of them is on the queue.
  const eight = Promise.withResolvers<void>()
  const queue = {
    ...(deps.queue as object),
    addBatchJobs: async (refs: BatchRef[]) => {
      if (put.push(...refs) === 8) eight.resolve()
      await eight.promise
    },
  } as never
  await startDueCampaigns({ ...deps, queue })
  expect(
    put
      .slice(0, 8)
      .map(({ campaignId }) => campaignId)
      .sort(),
  ).toEqual(urgent.sort())
  expect(put).toHaveLength(9)
  expect(plans).toEqual([unplanned])
})

test('one whose row is locked by its planner does not hold up the others, and starts when it can', async () => {
  const { pool, deps } = await setup()
  const locked = await createCampaign(pool, { state: 'scheduled', scheduled_at: AT })
  const free = await createCampaign(pool, { state: 'scheduled', scheduled_at: AT })
  const planner = await pool.connect()
  await planner.query('BEGIN')
  await planner.query('SELECT FROM campaigns WHERE id = $1 FOR NO KEY UPDATE', [locked])
  const sending = async () =>
    (await pool.query(`SELECT id FROM campaigns WHERE state = 'sending' ORDER BY id`)).rows.map(
      ({ id }) => id,
    )
  await startDueCampaigns(deps)
  expect(await sending()).toEqual([free])
  await planner.query('COMMIT')
  planner.release()
  await startDueCampaigns(deps)
  expect(await sending()).toEqual([locked, free].sort())
})

const MINUTE_MS = 60_000

function missedEvents(): CampaignMissed[] {
  const events: CampaignMissed[] = []
  const note = (message: unknown) => void events.push(message as CampaignMissed)
  campaignMissed.subscribe(note)
  onTestFinished(() => void campaignMissed.unsubscribe(note))
  return events
}

test.each([
  ['within its latest start it is started, however late', 30 * MINUTE_MS - 5_000, 'sending', null],
  ['at its latest start it is canceled', 30 * MINUTE_MS, 'canceled', 'missed_start'],
])('%s', async (_what, lateMs, state, reason) => {
  const { pool, deps } = await setup()
  const events = missedEvents()
  const id = await createCampaign(pool, {
    name: 'Doors open',
    state: 'scheduled',
    scheduled_at: new Date(Date.now() - lateMs),
    latest_start_minutes: 30,
  })
  await Promise.all([startDueCampaigns(deps), startDueCampaigns(deps)])
  const { rows } = await pool.query('SELECT state, cancel_reason, version FROM campaigns')
  expect(rows).toEqual([{ state, cancel_reason: reason, version: 2 }])
  expect(events.map(({ campaignId }) => campaignId)).toEqual(reason === null ? [] : [id])
})

test('one that missed its time before anybody was planned is closed; a planned one is planned to its end and canceled', async () => {
  const { pool, plans, deps } = await setup()
  const { deviceIds } = await createDevices(pool, 5)
  const YESTERDAY = new Date(Date.now() - 24 * 60 * MINUTE_MS)
  const unplanned = await createCampaign(pool, { state: 'scheduled', scheduled_at: YESTERDAY })
  const begun = await createCampaign(pool, { state: 'scheduled', scheduled_at: YESTERDAY })
  await createBatches(pool, begun, deviceIds.slice(0, 2))
  await pool.query('UPDATE campaigns SET is_planned = false, frozen_through_id = $2 WHERE id = $1', [
    begun,
    deviceIds[4],
  ])
  await startDueCampaigns(deps)
  expect(plans).toEqual([begun])
  const planDeps = { pool, batchSize: 2, pageBatches: 10, onPage: async () => {} }
  await planCampaign(planDeps, begun, new AbortController().signal)
  const { rows } = await pool.query(
    'SELECT id, state, closed_at IS NOT NULL AS closed, audience_size FROM campaigns ORDER BY id',
  )
  expect(rows).toEqual(
    [
      { id: unplanned, state: 'canceled', closed: true, audience_size: 0 },
      { id: begun, state: 'canceled', closed: false, audience_size: 5 },
    ].sort((a, b) => (a.id < b.id ? -1 : 1)),
  )
  const { rows: batches } = await pool.query('SELECT DISTINCT state FROM batches')
  expect(batches).toEqual([{ state: 'canceled' }])
})

test('one whose starter died before it was on the queue is enqueued by the next look; one that is on its way is not', async () => {
  const { pool, put, plans, deps } = await setup()
  const { deviceIds } = await createDevices(pool, 1)
  const STARTED = { state: 'sending', scheduled_at: AT, started_at: new Date(Date.now() - 2_000) } as const
  const left = await createCampaign(pool, STARTED)
  const underway = await createCampaign(pool, STARTED)
  const unplanned = await createCampaign(pool, STARTED)
  await createBatches(pool, left, deviceIds)
  await createBatches(pool, underway, deviceIds, { state: 'done', sent: 1, turn: 1 })
  await startDueCampaigns(deps)
  expect(put.map(({ campaignId }) => campaignId)).toEqual([left])
  expect(plans).toEqual([unplanned])
  await startDueCampaigns(deps)
  expect(put).toHaveLength(1)
})

test.each([
  ['it is being canceled', { cancel_at: new Date(Date.now() + MINUTE_MS) }],
  ['it is deleted and can be restored', { deleted_at: new Date() }],
])('one that missed its time is left alone while %s', async (_what, columns) => {
  const { pool, deps } = await setup()
  await createCampaign(pool, { state: 'scheduled', scheduled_at: new Date(0), ...columns })
  await startDueCampaigns(deps)
  expect((await pool.query('SELECT state FROM campaigns')).rows).toEqual([{ state: 'scheduled' }])
})
