/** The campaign of a run is deleted, the run is decided anew, and the deletion is undone: one of the two is sent. */
import { randomUUIDv7 } from 'node:crypto'
import { expect, test } from 'vitest'
import { deleteCampaign } from '../../src/campaigns/edit-campaign.ts'
import { restoreCampaign } from '../../src/campaigns/restore-campaign.ts'
import { restoreRun, sendRunNow, skipRun } from '../../src/schedules/change-run.ts'
import { addSchedule, daily, HOUR, MINUTE, setupSchedule } from '../support/schedules.ts'
import { noGuard, versionOf } from '../support/seen.ts'
import { until } from '../support/until.ts'

const BY = randomUUIDv7()

async function setup() {
  const schedule = await setupSchedule(daily(8 * MINUTE))
  const { pool, id, make, campaigns, version } = schedule
  await make()
  const [run] = await campaigns()
  if (run === undefined) throw new Error('no run')
  await deleteCampaign(pool, run.id, await versionOf(pool, run.id))
  return {
    ...schedule,
    run,
    change: async () => ({ at: run.at, version: await version(), by: BY }),
    undo: () => restoreCampaign(pool, run.id),
    id,
  }
}

test('a deletion is undone while nothing else was decided about the run', async () => {
  const { undo, campaigns, run, make } = await setup()
  await undo()
  await make()
  expect((await campaigns()).map(({ id }) => id)).toEqual([run.id])
  // Safe to repeat.
  await undo()
})

test('a run that was left out meanwhile is not restored; taken in again, it and all others are made', async () => {
  const { pool, id, undo, campaigns, make, change } = await setup()
  await skipRun(pool, id, await change())
  await expect(undo()).rejects.toMatchObject({ code: 'run_not_changeable' })
  await restoreRun(pool, id, await change())
  await addSchedule(pool, daily(9 * MINUTE))
  await make()
  expect(await campaigns()).toHaveLength(2)
})

test('one that was made anew, or sent early, is not restored beside that', async () => {
  const anew = await setup()
  await restoreRun(anew.pool, anew.id, await anew.change())
  await expect(anew.undo()).rejects.toMatchObject({ code: 'run_not_changeable' })
  await anew.make()
  await expect(anew.undo()).rejects.toMatchObject({ code: 'run_not_changeable' })
  expect(await anew.campaigns()).toHaveLength(1)
  const early = await setup()
  await sendRunNow({ pool: early.pool, guard: noGuard }, early.id, await early.change())
  await expect(early.undo()).rejects.toMatchObject({ code: 'run_not_changeable' })
  expect(await early.campaigns()).toHaveLength(1)
})

test('whoever undoes a deletion waits for whoever decides about the run', async () => {
  const { pool, id, undo, campaigns, run } = await setup()
  const other = await pool.connect()
  await other.query('BEGIN')
  await other.query('SELECT FROM schedules WHERE id = $1 FOR NO KEY UPDATE', [id])
  const undone = undo().then(
    () => 'restored',
    (error: { code: string }) => error.code,
  )
  await until(
    async () => {
      const { rowCount } = await pool.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      )
      return rowCount === 1
    },
    { what: 'the undo to wait' },
  )
  await other.query('DELETE FROM schedule_runs WHERE campaign_id = $1', [run.id])
  await other.query('COMMIT')
  other.release()
  expect(await undone).toBe('run_not_changeable')
  expect(await campaigns()).toEqual([])
})

test('one that was deleted too long ago is not there', async () => {
  const { pool, undo } = await setup()
  await pool.query(`UPDATE campaigns SET deleted_at = now() - make_interval(secs => $1)`, [HOUR / 1_000])
  await expect(undo()).rejects.toMatchObject({ code: 'campaign_not_found' })
})
