import { expect, test } from 'vitest'
import { startDueCampaigns } from '../../src/maintenance/start-due-campaigns.ts'
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
