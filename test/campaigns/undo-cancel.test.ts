/** A cancel that can be undone, from several processes, and with what else happens to the campaign meanwhile. */
import { expect, test } from 'vitest'
import { deleteCampaign } from '../../src/campaigns/edit-campaign.ts'
import { haltPlatform } from '../../src/campaigns/halt-platform.ts'
import { pauseAutomatically, pauseCampaign } from '../../src/campaigns/pause-campaign.ts'
import { removeDeleted, restoreCampaign } from '../../src/campaigns/restore-campaign.ts'
import { resumeCampaign } from '../../src/campaigns/resume-campaign.ts'
import { startDueCampaigns } from '../../src/campaigns/start-due-campaigns.ts'
import {
  beginCancel,
  completeCancel,
  completeDueCancels,
  keepCampaign,
} from '../../src/campaigns/undo-cancel.ts'
import { findOpenCampaigns } from '../../src/maintenance/open-campaigns.ts'
import { planCampaign } from '../../src/planning/plan-campaign.ts'
import type { Pool } from '../../src/postgres/pool.ts'
import { log } from '../support/attempt-with.ts'
import { createTestDatabase } from '../support/database.ts'
import { createBatches, createCampaign, createDevices } from '../support/factories.ts'
import { versionOf } from '../support/seen.ts'
import { until } from '../support/until.ts'

const queue = { addBatchJobs: async () => {}, addPlanJob: async () => {} } as never

async function setup(columns: Parameters<typeof createCampaign>[1] = { state: 'sending' }) {
  const { pool } = await createTestDatabase()
  const { deviceIds } = await createDevices(pool, 3)
  const id = await createCampaign(pool, columns)
  const campaign = async () => (await pool.query('SELECT * FROM campaigns WHERE id = $1', [id])).rows[0]
  return { pool, deviceIds, id, campaign, deps: { pool, queue, log, watermark: 4 } }
}

/** The seconds have passed. */
const passTime = (pool: Pool) => pool.query(`UPDATE campaigns SET cancel_at = now() - interval '1 ms'`)

const settle = {
  keep: (deps: Parameters<typeof keepCampaign>[0], id: string) =>
    keepCampaign(deps, id).then(
      () => true,
      () => false,
    ),
}

test('a keep that came in time is not overtaken by a completing that waits behind it', async () => {
  const { pool, deps, id, campaign } = await setup()
  await beginCancel(deps, id, 2)
  const holder = await pool.connect()
  await holder.query('BEGIN')
  await holder.query('SELECT FROM campaigns FOR UPDATE')
  const areWaiting = async (count: number) =>
    (
      await pool.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      )
    ).rowCount === count
  const keep = settle.keep(deps, id)
  await until(() => areWaiting(1), { what: 'the keep waits' })
  await until(async () => (await pool.query('SELECT now() > cancel_at AS due FROM campaigns')).rows[0].due, {
    what: 'its time is over',
  })
  const complete = completeCancel(deps, id)
  await until(() => areWaiting(2), { what: 'the completing waits' })
  await holder.query('COMMIT')
  holder.release()
  expect([await keep, await complete]).toEqual([true, false])
  expect(await campaign()).toMatchObject({ state: 'sending', cancel_at: null, pause_reason: null })
})

test('of a keep and completings by two processes at the last moment exactly one wins', async () => {
  const { pool, deps, id, campaign } = await setup()
  for (let ms = 1; ms <= 20; ms++) {
    await pool.query(
      `UPDATE campaigns SET state = 'paused', pause_reason = 'canceling', closed_at = NULL,
         cancel_at = clock_timestamp() + make_interval(secs => $1::float8 / 1000)`,
      [ms],
    )
    const completed = async () => {
      while ((await campaign()).cancel_at !== null) if (await completeCancel(deps, id)) return true
      return false
    }
    const [kept, ...done] = await Promise.all([settle.keep(deps, id), completed(), completed()])
    expect([kept, ...done].filter(Boolean)).toHaveLength(1)
    expect((await campaign()).state).toBe(kept ? 'sending' : 'canceled')
  }
})

test('completes what is due, and nothing else, whatever fails in between', async () => {
  const { pool, deps, deviceIds, id, campaign } = await setup()
  await createBatches(pool, id, deviceIds)
  const scheduled = await createCampaign(pool, {
    state: 'scheduled',
    scheduled_at: new Date(Date.now() - 60_000),
  })
  for (const one of [id, scheduled]) await beginCancel(deps, one, 60)
  await completeDueCancels(deps)
  expect(await campaign()).toMatchObject({ state: 'paused' })
  await passTime(pool)
  const later = await createCampaign(pool, {
    state: 'scheduled',
    scheduled_at: new Date(Date.now() - 60_000),
    cancel_at: new Date(Date.now() + 60_000),
  })
  await completeDueCancels(deps)
  const { rows } = await pool.query('SELECT id, state, cancel_at IS NULL AS final FROM campaigns ORDER BY id')
  expect(rows).toEqual([
    { id, state: 'canceled', final: true },
    { id: scheduled, state: 'canceled', final: true },
    { id: later, state: 'scheduled', final: false },
  ])
  // Without a plan there is nothing to count.
  expect(
    (await pool.query('SELECT closed_at FROM campaigns WHERE id = $1', [scheduled])).rows[0].closed_at,
  ).not.toBeNull()
  expect((await pool.query('SELECT state, canceled FROM batches')).rows).toEqual([
    { state: 'canceled', canceled: 3 },
  ])
})

test('does not start when its time comes meanwhile; kept, it does', async () => {
  const { deps, id, campaign } = await setup({
    state: 'scheduled',
    scheduled_at: new Date(Date.now() - 60_000),
  })
  await beginCancel(deps, id, 60)
  await startDueCampaigns(deps)
  expect(await campaign()).toMatchObject({ state: 'scheduled' })
  await keepCampaign(deps, id)
  await startDueCampaigns(deps)
  expect(await campaign()).toMatchObject({ state: 'sending' })
})

test('what a dispatcher finds meanwhile neither takes the cancel away nor starts the campaign', async () => {
  const { pool, deps, id, campaign } = await setup()
  await beginCancel(deps, id, 60)
  expect(await pauseAutomatically(pool, id, 'too_many_errors', 'Too many.')).toBe(false)
  expect(await haltPlatform(pool, id, 'ios')).toBe(false)
  await expect(pauseCampaign(deps, id)).rejects.toMatchObject({ code: 'campaign_not_pausable' })
  await expect(resumeCampaign(deps, id, await versionOf(pool, id))).rejects.toMatchObject({
    code: 'campaign_not_resumable',
  })
  expect(await campaign()).toMatchObject({ state: 'paused', pause_reason: 'canceling' })
  expect((await campaign()).cancel_at).not.toBeNull()
})

test('kept, it is again as it was: halted platforms, and a reason to be paused from before', async () => {
  const { pool, deps, id, campaign } = await setup({ state: 'sending', halted_platforms: ['ios'] })
  await beginCancel(deps, id, 60)
  await keepCampaign(deps, id)
  expect(await campaign()).toMatchObject({ state: 'sending', halted_platforms: '{ios}', paused_at: null })
  await pauseAutomatically(pool, id, 'too_many_errors', 'Too many.')
  const { paused_at } = await campaign()
  expect(paused_at).not.toBeNull()
  await beginCancel(deps, id, 60)
  await keepCampaign(deps, id)
  expect(await campaign()).toMatchObject({
    state: 'paused',
    pause_reason: 'too_many_errors',
    pause_detail: 'Too many.',
    paused_at,
  })
  await resumeCampaign(deps, id, await versionOf(pool, id))
  expect(await campaign()).toMatchObject({ state: 'sending', paused_at: null })
})

test('the database refuses a campaign that sends while its cancel can be undone', async () => {
  const { pool, deps, id } = await setup()
  await beginCancel(deps, id, 60)
  await expect(pool.query(`UPDATE campaigns SET state = 'sending'`)).rejects.toThrow(
    'campaigns_canceling_check',
  )
})

test('a deleted campaign is neither planned, nor started, nor looked at by maintenance; restored, it is', async () => {
  const { pool, deps, id, campaign } = await setup({
    state: 'scheduled',
    scheduled_at: new Date(Date.now() - 60_000),
  })
  const plan = () =>
    planCampaign(
      { pool, batchSize: 2, pageBatches: 2, onPage: async () => {} },
      id,
      new AbortController().signal,
    )
  await deleteCampaign(pool, id, await versionOf(pool, id))
  expect(await plan()).toBe(false)
  await startDueCampaigns(deps)
  expect(await findOpenCampaigns(pool, 0)).toEqual([])
  expect(await campaign()).toMatchObject({ state: 'scheduled', is_planned: false, started_at: null })
  expect(await removeDeleted(pool)).toBe(0)
  await restoreCampaign(pool, id)
  expect(await plan()).toBe(true)
  await startDueCampaigns(deps)
  expect(await campaign()).toMatchObject({ state: 'sending', audience_size: 3 })
})

test('when it can no longer be restored it is removed with the plan that was made ahead, by two processes too', async () => {
  const { pool, deviceIds, id, campaign } = await setup({
    state: 'scheduled',
    scheduled_at: new Date(Date.now() - 60_000),
  })
  await createBatches(pool, id, deviceIds)
  const other = await createCampaign(pool)
  await deleteCampaign(pool, id, await versionOf(pool, id))
  await pool.query(`UPDATE campaigns SET deleted_at = deleted_at - interval '301 s'`)
  const removed = await Promise.all([removeDeleted(pool), removeDeleted(pool)])
  expect(removed.toSorted()).toEqual([0, 1])
  expect(await campaign()).toBeUndefined()
  expect((await pool.query('SELECT campaign_id FROM batches')).rows).toEqual([])
  expect((await pool.query('SELECT id FROM campaigns')).rows).toEqual([{ id: other }])
})
