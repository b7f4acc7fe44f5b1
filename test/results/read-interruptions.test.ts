import { expect, test } from 'vitest'
import { cancelCampaign } from '../../src/campaigns/cancel-campaign.ts'
import { notePushBack } from '../../src/campaigns/note-push-back.ts'
import { pauseAutomatically, pauseCampaign } from '../../src/campaigns/pause-campaign.ts'
import { resumeCampaign } from '../../src/campaigns/resume-campaign.ts'
import { beginCancel, keepCampaign } from '../../src/campaigns/undo-cancel.ts'
import { readInterruptions } from '../../src/results/read-timeline.ts'
import { log } from '../support/attempt-with.ts'
import { createTestDatabase } from '../support/database.ts'
import { createCampaign } from '../support/factories.ts'
import { versionOf } from '../support/seen.ts'
import { until } from '../support/until.ts'

const queue = { addBatchJobs: async () => {}, addPlanJob: async () => {} } as never

async function setup() {
  const { pool } = await createTestDatabase()
  const id = await createCampaign(pool, { state: 'sending', started_at: new Date() })
  const deps = { pool, queue, log, watermark: 4 }
  const resume = async () => resumeCampaign(deps, id, await versionOf(pool, id))
  return { pool, id, deps, resume, read: () => readInterruptions(pool, id) }
}

test('each pause is remembered with its reason and its end, however it ended; the last one is open', async () => {
  const { pool, id, deps, resume, read } = await setup()
  await pauseCampaign(deps, id)
  expect((await read()).pauses).toEqual([
    { from: expect.any(Date), to: null, reason: 'by_operator', isCanceled: false },
  ])
  await resume()
  await pauseAutomatically(pool, id, 'too_many_errors', 'Too many.')
  await resume()
  await beginCancel(deps, id, 60)
  await keepCampaign(deps, id)
  await pauseCampaign(deps, id)
  await cancelCampaign(deps, id)
  const { pauses } = await read()
  expect(pauses.map(({ reason }) => reason)).toEqual([
    'by_operator',
    'too_many_errors',
    'canceling',
    'by_operator',
  ])
  expect(pauses.map(({ isCanceled }) => isCanceled)).toEqual([false, false, false, true])
  const times = pauses.flatMap(({ from, to }) => [from.getTime(), to?.getTime()])
  expect(times).toEqual([...times].sort((a, b) => Number(a) - Number(b)))
})

test('a cancel of a campaign that is sending, and of one that is scheduled, ends no pause', async () => {
  const { pool, deps } = await setup()
  for (const state of ['sending', 'scheduled'] as const) {
    const id = await createCampaign(pool, { state, paused_at: new Date() })
    await cancelCampaign(deps, id)
    expect(await readInterruptions(pool, id)).toEqual({ pauses: [], pushedBack: [] })
  }
})

test('no more than a hundred pauses are remembered', async () => {
  const { pool, id, deps, resume, read } = await setup()
  await pool.query(
    `UPDATE campaigns SET pauses = (SELECT jsonb_agg(jsonb_build_object('from', now(), 'to', now(), 'reason', 'by_operator'))
       FROM generate_series(1, 99))`,
  )
  for (let n = 0; n < 3; n++) {
    await pauseCampaign(deps, id)
    await resume()
  }
  expect((await read()).pauses).toHaveLength(100)
})

test('that FCM asked for less is remembered once in ten seconds, 200 times, and changes no version', async () => {
  const { pool, id, read } = await setup()
  await Promise.all(Array.from({ length: 8 }, () => notePushBack(pool, id)))
  expect((await read()).pushedBack).toHaveLength(1)
  await pool.query(`UPDATE campaigns SET pushed_back = ARRAY[now() - interval '11 s']`)
  await notePushBack(pool, id)
  expect((await read()).pushedBack).toHaveLength(2)
  // A mark in a plot of an hour is minutes wide.
  await pool.query(
    `UPDATE campaigns SET started_at = now() - interval '1 h', pushed_back = ARRAY[now() - interval '2 min']`,
  )
  await notePushBack(pool, id)
  expect((await read()).pushedBack).toHaveLength(1)
  await pool.query(`UPDATE campaigns SET pushed_back = array_fill(now() - interval '1 h', ARRAY[200])`)
  await notePushBack(pool, id)
  expect((await read()).pushedBack).toHaveLength(200)
  expect(await versionOf(pool, id)).toBe(1)
})

test('a push back is remembered though the planner holds the campaign at that moment', async () => {
  const { pool, id, read } = await setup()
  const planner = await pool.connect()
  await planner.query('BEGIN')
  await planner.query('SELECT FROM campaigns WHERE id = $1 FOR NO KEY UPDATE', [id])
  const noted = notePushBack(pool, id)
  await until(
    async () => {
      const { rowCount } = await pool.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      )
      return rowCount === 1
    },
    { what: 'the note to wait for the row' },
  )
  // Not another connection for each batch that is told so meanwhile.
  await notePushBack(pool, id)
  await planner.query('COMMIT')
  planner.release()
  await noted
  expect((await read()).pushedBack).toHaveLength(1)
})
