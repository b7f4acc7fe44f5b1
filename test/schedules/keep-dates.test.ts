/** Who was sent to, or left out, at one time of a day is not sent to at another, whatever becomes of the times of the schedule. */
import { randomUUIDv7 } from 'node:crypto'
import { expect, test } from 'vitest'
import { cancelCampaign } from '../../src/campaigns/cancel-campaign.ts'
import { deleteCampaign, editCampaign } from '../../src/campaigns/edit-campaign.ts'
import { restoreCampaign } from '../../src/campaigns/restore-campaign.ts'
import { addDays } from '../../src/domain/add-days.ts'
import type { ScheduleRule } from '../../src/domain/schedule-rule.ts'
import { instantOf, wallOf } from '../../src/domain/zoned-time.ts'
import { sendRunNow, skipRun } from '../../src/schedules/change-run.ts'
import { editSchedule, moveSchedule } from '../../src/schedules/change-schedule.ts'
import { readSchedule, readUpcoming } from '../../src/schedules/read-schedules.ts'
import { log } from '../support/attempt-with.ts'
import { LAW } from '../support/law.ts'
import { HOUR, MINUTE, setupSchedule } from '../support/schedules.ts'
import { noGuard, versionOf } from '../support/seen.ts'

/** It is between 12:00 and 13:00 there: these tests are about times of one day. */
const east = 12 - new Date().getUTCHours()
const ZONE = east === 0 ? 'UTC' : `Etc/GMT${east > 0 ? '-' : '+'}${Math.abs(east)}`
const clockIn = (ms: number) => wallOf(new Date(Date.now() + ms), ZONE).slice(11)
const daily = (inMs: number): ScheduleRule => ({ every: 'day', at: clockIn(inMs) })
const cronAt = (...clocks: string[]): ScheduleRule => {
  const [first = ''] = clocks
  return {
    cron: `${Number(first.slice(3))} ${clocks.map((clock) => Number(clock.slice(0, 2))).join(',')} * * *`,
  }
}
const BY = randomUUIDv7()

async function setup(rule: ScheduleRule) {
  const schedule = await setupSchedule(rule, { timezone: ZONE })
  const { pool, id, version, campaigns } = schedule
  return {
    ...schedule,
    edit: async (next: ScheduleRule) =>
      editSchedule(
        { pool, guard: noGuard, law: LAW },
        id,
        { rule: next },
        { version: await version(), by: BY },
      ),
    skip: async (at: Date) => skipRun(pool, id, { at, version: await version(), by: BY }),
    /** What the schedule says of the runs to come of the day. */
    upcoming: async (date: string) =>
      (await readUpcoming(pool, await readSchedule(pool, id), new Date(), 40))
        .filter(({ local }) => local.startsWith(date))
        .map(({ local, outcome }) => `${local.slice(11)} ${outcome ?? 'to come'}`),
    open: async () => (await campaigns()).filter(({ state }) => state === 'scheduled'),
    /** As if it was `ms` ago that all was decided, so that what has passed since is due. */
    overdue: (ms: number) =>
      pool.query(
        `UPDATE schedules SET decided_through = now() - make_interval(secs => $1::float8 / 1000), next_at = now() - interval '1 s'`,
        [ms],
      ),
    finish: () =>
      pool.query(`UPDATE campaigns SET state = 'finished', started_at = scheduled_at, closed_at = now()`),
  }
}

test.each(['deleted', 'canceled'])(
  'a day whose run was %s is not sent to when the time is moved',
  async (how) => {
    const { pool, make, campaigns, edit, open, runs } = await setup(daily(8 * MINUTE))
    await make()
    const [run] = await campaigns()
    const id = run?.id as string
    const queue = { addBatchJobs: async () => {}, addPlanJob: async () => {} } as never
    if (how === 'deleted') await deleteCampaign(pool, id, await versionOf(pool, id))
    else await cancelCampaign({ pool, queue, log, watermark: 10 }, id)
    await edit(daily(10 * MINUTE))
    await make()
    expect(await open()).toEqual([])
    expect((await runs()).map((each) => each.split(' ')[0])).toEqual(['skipped', 'made'])
    if (how === 'canceled') return
    // The deletion can still be undone: then it is sent once, at the time that it had.
    await restoreCampaign(pool, id)
    await make()
    expect((await open()).map((each) => each.id)).toEqual([id])
  },
)

test('of two runs a day, the one that takes the place of the one left out is left out', async () => {
  const rows = [
    ['30 10,20 * * *', ['10:30 to come', '20:30 skipped']],
    ['0 10,21 * * *', ['10:00 to come', '21:00 skipped']],
    ['0 10 * * *', ['10:00 to come']],
    ['0 11,12,19 * * *', ['11:00 to come', '12:00 to come', '19:00 skipped']],
  ] as const
  const date = addDays(wallOf(new Date(), ZONE).slice(0, 10), 2)
  for (const [cron, expected] of rows) {
    const { skip, edit, upcoming } = await setup({ cron: '0 10,20 * * *' })
    await skip(instantOf(`${date}T20:00`, ZONE).at)
    await edit({ cron })
    expect(await upcoming(date), cron).toEqual(expected)
  }
})

test('two runs of a day that were left out are two when they are moved', async () => {
  const date = addDays(wallOf(new Date(), ZONE).slice(0, 10), 2)
  const { skip, edit, upcoming } = await setup({ cron: '0 19,20 * * *' })
  for (const clock of ['19:00', '20:00']) await skip(instantOf(`${date}T${clock}`, ZONE).at)
  await edit({ cron: '30 20,21 * * *' })
  expect(await upcoming(date)).toEqual(['20:30 skipped', '21:30 skipped'])
})

test('what was sent today is not sent again when its time is moved to later today', async () => {
  const { make, campaigns, edit, overdue, finish, runs } = await setup(daily(-5 * MINUTE))
  await overdue(10 * MINUTE)
  await make()
  await finish()
  await edit(daily(9 * MINUTE))
  await make()
  expect(await campaigns()).toHaveLength(1)
  expect((await runs()).map((run) => run.split(' ')[0])).toEqual(['skipped', 'made'])
  // Nor when it is moved once more.
  await edit(daily(7 * MINUTE))
  await make()
  expect(await campaigns()).toHaveLength(1)
  expect((await runs()).map((run) => run.split(' ')[0])).toEqual(['skipped', 'made'])
})

test('what was sent early is not sent again when its time has passed and is moved to later that day', async () => {
  const { pool, id, version, make, campaigns, edit, finish } = await setup(daily(30 * MINUTE))
  const at = (await readSchedule(pool, id)).nextAt as Date
  await sendRunNow({ pool, guard: noGuard }, id, { at, version: await version(), by: BY })
  await finish()
  // Half an hour goes by.
  const passed = new Date(at.getTime() - 31 * MINUTE)
  await pool.query('UPDATE campaigns SET schedule_run_at = $1', [passed])
  await pool.query('UPDATE schedule_runs SET at = $1, local = $2', [passed, wallOf(passed, ZONE)])
  await edit(daily(9 * MINUTE))
  await make()
  expect(await campaigns()).toHaveLength(1)
})

test('what nobody has got today is sent at the later time', async () => {
  const { pool, make, open, edit, overdue } = await setup(daily(-5 * MINUTE))
  await overdue(10 * MINUTE)
  await make()
  await pool.query(
    `UPDATE campaigns SET state = 'canceled', cancel_reason = 'missed_start', closed_at = now()`,
  )
  await edit(daily(9 * MINUTE))
  await make()
  expect(await open()).toHaveLength(1)
})

test('of a rule with several runs a day, what has passed takes only the run that has taken its place', async () => {
  const today = wallOf(new Date(), ZONE).slice(0, 10)
  // It is past noon. The run of 11:00 was sent.
  const moved = await setup({ cron: '0 11,20 * * *' })
  await moved.overdue(2 * HOUR)
  await moved.make()
  await moved.finish()
  await moved.edit({ cron: '30 11,20 * * *' })
  expect(await moved.upcoming(today)).toEqual(['20:30 to come'])
  await moved.edit({ cron: '0 14,20 * * *' })
  expect(await moved.upcoming(today)).toEqual(['14:00 skipped', '20:00 to come'])
  // Its own time stays, and another is added: that is another run.
  const added = await setup({ cron: '0 11 * * *' })
  await added.overdue(2 * HOUR)
  await added.make()
  await added.finish()
  await added.edit({ cron: '0 11,14 * * *' })
  expect(await added.upcoming(today)).toEqual(['14:00 to come'])
})

test('a run that a person has in hand is the one of its day, and is never in the way of an edit', async () => {
  const first = clockIn(8 * MINUTE)
  const second = clockIn(HOUR + 8 * MINUTE)
  const { pool, make, campaigns, skip, edit, open } = await setup(cronAt(first, second))
  await make()
  const [run] = await campaigns()
  if (run === undefined) throw new Error('no run')
  await editCampaign(
    { pool, guard: noGuard, law: LAW },
    run.id,
    { name: 'Special' },
    { version: await versionOf(pool, run.id), by: BY },
  )
  await skip(new Date(run.at.getTime() + HOUR))
  // The one that was left out has only the place of the other to go to.
  await edit(cronAt(first))
  await make()
  expect((await open()).map(({ name }) => name)).toEqual(['Special'])
  await edit(daily(10 * MINUTE))
  await make()
  expect((await open()).map(({ name }) => name)).toEqual(['Special'])
})

test('a pause and a resume leave all as it is', async () => {
  const { pool, id, version, skip, edit, upcoming } = await setup(daily(2 * HOUR))
  const today = wallOf(new Date(), ZONE).slice(0, 10)
  await skip((await readSchedule(pool, id)).nextAt as Date)
  await edit(daily(3 * HOUR))
  const expected = [`${clockIn(3 * HOUR)} skipped`]
  expect(await upcoming(today)).toEqual(expected)
  for (const move of ['pause', 'resume'] as const) {
    await moveSchedule(pool, id, move, { version: await version(), by: BY })
  }
  expect(await upcoming(today)).toEqual(expected)
})
