import { describe, expect, onTestFinished, test } from 'vitest'
import { startDueCampaigns } from '../../src/campaigns/start-due-campaigns.ts'
import { closeSettled } from '../../src/maintenance/close-campaigns.ts'
import { OwnerWatch } from '../../src/maintenance/owner-watch.ts'
import { QueuedCursor } from '../../src/maintenance/rescue-unqueued.ts'
import { runMaintenance, runOwnerWatch } from '../../src/maintenance/run-maintenance.ts'
import { createLogger } from '../../src/process/logger.ts'
import type { BatchRef, JobQueue } from '../../src/queue/job-queue.ts'
import { createTestDatabase } from '../support/database.ts'
import { createBatches, createCampaign, createDevices } from '../support/factories.ts'

/** Only the queue's end is replaced, because what is asked of it is what these tests are about. */
async function setup() {
  const { pool } = await createTestDatabase()
  const put: BatchRef[] = []
  const plans: [string, number][] = []
  let isAway = false
  const answer = async <T>(value: T): Promise<T> => {
    if (isAway) throw new Error('the queue is away')
    return value
  }
  const queue: JobQueue = {
    addBatchJobs: async (refs) => answer(void put.push(...refs)),
    addPlanJob: async (id, turn) => answer(void plans.push([id, turn])),
    findWaiting: async () => answer([]),
    backend: 'redis',
    size: async () => answer(0),
    counts: async () => answer({ waiting: 0, active: 0, delayed: 0, failed: 0 }),
    ping: async () => answer(undefined),
    close: async () => {},
  }
  const log = createLogger('test', 'silent')
  const deps = {
    pool,
    queue,
    watermark: 4,
    planAheadMs: 60_000,
    standstillMs: 2_000,
    queuedCursor: new QueuedCursor(),
    log,
  }
  const batches = async () => (await pool.query('SELECT * FROM batches ORDER BY campaign_id, seq')).rows
  const goAway = () => {
    isAway = true
  }
  return { pool, deps, put, plans, batches, goAway }
}

const NEVER = new AbortController().signal
const ago = (seconds: number) => new Date(Date.now() - seconds * 1000)

describe('the maintenance tick', () => {
  test('with the queue away still starts what is due and closes, and says that it failed', async () => {
    const { pool, deps, batches, goAway } = await setup()
    goAway()
    const { deviceIds } = await createDevices(pool, 10)
    const due = await createCampaign(pool, { state: 'scheduled', scheduled_at: ago(1), updated_at: ago(60) })
    const sending = await createCampaign(pool, { state: 'sending' })
    await createBatches(pool, sending, deviceIds)
    const over = await createCampaign(pool, { state: 'canceled', is_planned: true })
    await startDueCampaigns(deps)
    await pool.query(`UPDATE campaigns SET updated_at = now() - interval '1 min'`)
    await expect(runMaintenance(deps)).rejects.toThrow('the queue is away')
    await closeSettled(pool, deps.log, NEVER)
    const { rows } = await pool.query('SELECT id, state, closed_at IS NOT NULL AS closed FROM campaigns')
    expect(rows).toEqual(
      expect.arrayContaining([
        { id: due, state: 'sending', closed: false },
        { id: over, state: 'canceled', closed: true },
      ]),
    )
    expect(await batches()).toMatchObject([{ state: 'queued' }])
  })

  test('cancels what came back of a campaign canceled meanwhile, counting the results it has', async () => {
    const { pool, deps, batches } = await setup()
    const { deviceIds } = await createDevices(pool, 10)
    const id = await createCampaign(pool, { state: 'canceled' })
    await createBatches(pool, id, deviceIds, { state: 'planned', attempt: 1 })
    await pool.query(
      'INSERT INTO deliveries (campaign_id, device_id, state, code, attempt) VALUES ($1, $2, 1, 0, 1)',
      [id, deviceIds[0]],
    )
    await runMaintenance(deps)
    expect(await batches()).toMatchObject([{ state: 'canceled', sent: 1, canceled: 9 }])
    await closeSettled(pool, deps.log, NEVER)
    const { rows } = await pool.query('SELECT closed_at FROM campaigns')
    expect(rows[0].closed_at).not.toBeNull()
  })

  test('asks again for a plan that stands still, and does not pile up entries while no planner is there', async () => {
    const { pool, deps, plans } = await setup()
    const id = await createCampaign(pool, { state: 'sending', updated_at: ago(1) })
    await runMaintenance(deps)
    expect(plans).toEqual([])
    const turns = new Set<number>()
    for (let seconds = 2; seconds < 3600; seconds += 60) {
      await pool.query('UPDATE campaigns SET updated_at = now() - make_interval(secs => $1)', [seconds])
      await runMaintenance(deps)
    }
    for (const [campaignId, turn] of plans) {
      expect(campaignId).toBe(id)
      turns.add(turn)
    }
    expect(plans).toHaveLength(60)
    expect(turns.size).toBeLessThan(12)
  })

  test('plans a scheduled campaign ahead only when it is due soon', async () => {
    const { pool, deps, plans } = await setup()
    await createCampaign(pool, { state: 'scheduled', scheduled_at: ago(-3600), updated_at: ago(60) })
    const soon = await createCampaign(pool, {
      state: 'scheduled',
      scheduled_at: ago(-30),
      updated_at: ago(60),
    })
    await runMaintenance(deps)
    expect(plans.map(([id]) => id)).toEqual([soon])
  })

  test('finds a lost job behind a backlog, within as many ticks as the backlog fills', async () => {
    const { pool, deps, batches } = await setup()
    const { deviceIds } = await createDevices(pool, 1)
    const id = await createCampaign(pool, { state: 'sending' })
    const queued = 1_100
    await pool.query(
      `INSERT INTO batches (campaign_id, seq, through_id, device_ids, size, state, turn, queued_at)
       SELECT $1, n, n, $2, 1, 'queued', 1, now() - make_interval(secs => 60 + $3 - n) FROM generate_series(1, $3::int) n`,
      [id, deviceIds, queued],
    )
    // The youngest is lost. All others wait, and go on waiting.
    const asked = new Set<number>()
    const queue = {
      ...deps.queue,
      findWaiting: async (refs: readonly BatchRef[]) => {
        expect(refs.length).toBeLessThanOrEqual(500)
        for (const { seq } of refs) asked.add(seq)
        return refs.filter(({ seq }) => seq !== queued)
      },
    }
    for (let tick = 0; tick < 3; tick++) {
      expect((await batches()).at(-1)).toMatchObject({ turn: 1 })
      await runMaintenance({ ...deps, queue, watermark: 2 * queued })
    }
    expect(asked.size).toBe(queued)
    expect((await batches()).at(-1)).toMatchObject({ state: 'queued', turn: 2 })
    // And it begins again: what is lost later is found as well.
    asked.clear()
    await runMaintenance({ ...deps, queue, watermark: 2 * queued })
    expect([...asked].sort((a, b) => a - b)[0]).toBe(1)
  })

  test('enqueues what it took back by the next look, if somebody else was enqueueing that campaign', async () => {
    const { pool, deps, put } = await setup()
    const { deviceIds } = await createDevices(pool, 10)
    const id = await createCampaign(pool, { state: 'sending' })
    await createBatches(pool, id, deviceIds, { state: 'sending', attempt: 1, owner: 77 })
    const watch = new OwnerWatch(pool, 30_000)
    const other = await pool.connect()
    onTestFinished(() => other.release())
    await other.query('BEGIN')
    await other.query('SELECT FROM campaigns WHERE id = $1 FOR NO KEY UPDATE', [id])
    await runOwnerWatch(watch, deps)
    expect((await pool.query('SELECT state FROM batches')).rows).toEqual([{ state: 'planned' }])
    await other.query('ROLLBACK')
    await runOwnerWatch(watch, deps)
    expect(put).toMatchObject([{ seq: 0, urgency: 3 }])
  })

  test('asks for each batch on the queue where it waits: campaigns with a rate of their own have another one', async () => {
    const { pool, deps } = await setup()
    const { deviceIds } = await createDevices(pool, 10)
    const [usual, rated] = [
      await createCampaign(pool, { state: 'sending' }),
      await createCampaign(pool, { state: 'sending', rate_per_minute: 20 }),
    ]
    for (const id of [usual, rated]) await createBatches(pool, id, deviceIds, { state: 'queued', turn: 1 })
    await pool.query(`UPDATE batches SET queued_at = now() - interval '1 min'`)
    const asked = new Map<string, boolean | undefined>()
    const findWaiting = async (refs: readonly BatchRef[]) => {
      for (const { campaignId, isRated } of refs) asked.set(campaignId, isRated)
      return [...refs]
    }
    await runMaintenance({ ...deps, queue: { ...deps.queue, findWaiting } })
    expect(Object.fromEntries(asked)).toEqual({ [usual]: false, [rated]: true })
  })

  test('does not pass over batches that could not be checked', async () => {
    const { pool, deps } = await setup()
    const { deviceIds } = await createDevices(pool, 1)
    const id = await createCampaign(pool, { state: 'sending' })
    await pool.query(
      `INSERT INTO batches (campaign_id, seq, through_id, device_ids, size, state, turn, queued_at)
       SELECT $1, n, n, $2, 1, 'queued', 1, now() - interval '1 min' FROM generate_series(1, 600) n`,
      [id, deviceIds],
    )
    const asked: number[] = []
    let isAway = true
    const queue = {
      ...deps.queue,
      findWaiting: async (refs: readonly BatchRef[]) => {
        asked.push(refs[0]?.seq ?? 0)
        if (isAway) throw new Error('the queue is away')
        return [...refs]
      },
    }
    await expect(runMaintenance({ ...deps, queue })).rejects.toThrow('the queue is away')
    isAway = false
    await runMaintenance({ ...deps, queue })
    await runMaintenance({ ...deps, queue })
    expect(asked).toEqual([1, 1, 501])
  })
})
