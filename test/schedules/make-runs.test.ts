/** Runs become campaigns, once each, whoever looks and whatever a person does to the schedule meanwhile. */
import { randomUUIDv7 } from 'node:crypto'
import { expect, onTestFinished, test } from 'vitest'
import { startDueCampaigns } from '../../src/campaigns/start-due-campaigns.ts'
import { wallOf } from '../../src/domain/zoned-time.ts'
import { schedulePaused } from '../../src/process/operator-events.ts'
import { restoreRun, sendRunNow, skipRun } from '../../src/schedules/change-run.ts'
import { editSchedule, moveSchedule } from '../../src/schedules/change-schedule.ts'
import { makeRuns } from '../../src/schedules/make-runs.ts'
import { readSchedule, readUpcoming } from '../../src/schedules/read-schedules.ts'
import { log } from '../support/attempt-with.ts'
import { LAW } from '../support/law.ts'
import { addSchedule, daily, HOUR, MESSAGE, MINUTE, setupSchedule as setup } from '../support/schedules.ts'
import { noGuard } from '../support/seen.ts'
import { until } from '../support/until.ts'

const DAY = 24 * HOUR

test('a run becomes a campaign ahead of its time, with what the schedule says, and not before', async () => {
  const { make, campaigns, pool, id, runs } = await setup(daily(10 * MINUTE))
  expect(await make()).toBe(1)
  const [campaign, ...others] = await campaigns()
  expect(others).toEqual([])
  const local = wallOf(campaign?.at as Date, 'UTC')
  expect(campaign).toMatchObject({ name: `Every evening · ${local.replace('T', ' ')}`, state: 'scheduled' })
  expect(campaign?.scheduledAt).toEqual(campaign?.at)
  const { rows } = await pool.query('SELECT message, audience, tags, priority, schedule_id FROM campaigns')
  expect(rows).toEqual([
    { message: MESSAGE, audience: { all: true }, tags: ['evening'], priority: 3, schedule_id: id },
  ])
  expect(await runs()).toEqual([`made ${local}`])
  expect(await make()).toBe(0)
  expect((await readSchedule(pool, id)).nextAt?.getTime()).toBe((campaign?.at.getTime() ?? 0) + DAY)

  const later = await setup(daily(20 * MINUTE))
  expect(await later.make()).toBe(0)
  expect(await later.campaigns()).toEqual([])
})

test('many processes that look at once make it once', async () => {
  const { deps, campaigns } = await setup(daily(5 * MINUTE))
  await Promise.all(Array.from({ length: 8 }, () => makeRuns(deps)))
  expect(await campaigns()).toHaveLength(1)
})

test('of several runs that were missed only the latest is made up for', async () => {
  const { make, campaigns, runs, setBack } = await setup(daily(-10 * MINUTE))
  await setBack(3 * DAY)
  await make()
  const [made, ...others] = await campaigns()
  expect(others).toEqual([])
  expect(Date.now() - (made?.scheduledAt.getTime() ?? 0)).toBeLessThan(12 * MINUTE)
  expect((await runs()).map((run) => run.split(' ')[0])).toEqual(['made', 'missed', 'missed'])
})

test('one that comes too late is canceled as any campaign that was missed', async () => {
  const { pool, make, setBack, campaigns } = await setup(daily(-3 * HOUR))
  await setBack(DAY)
  await make()
  const queue = { addBatchJobs: async () => {}, addPlanJob: async () => {} } as never
  await startDueCampaigns({ pool, queue, log, watermark: 4 })
  expect(await campaigns()).toMatchObject([{ state: 'canceled' }])
  const { rows } = await pool.query('SELECT cancel_reason FROM campaigns')
  expect(rows).toEqual([{ cancel_reason: 'missed_start' }])
})

test('a schedule that is edited while a run of it is being made makes the run anew, once', async () => {
  const { pool, id, make, campaigns, version } = await setup(daily(5 * MINUTE))
  await make()
  const [before] = await campaigns()
  const edit = { version: await version(), by: null }
  const { schedule, keptCampaigns } = await editSchedule(
    { pool, guard: noGuard, law: LAW },
    id,
    { rule: daily(8 * MINUTE), message: { title: 'Later' } },
    edit,
  )
  expect(keptCampaigns).toEqual([])
  expect(await campaigns()).toEqual([])
  await make()
  const [after, ...others] = await campaigns()
  expect(others).toEqual([])
  expect((after?.at.getTime() ?? 0) - (before?.at.getTime() ?? 0)).toBe(3 * MINUTE)
  const { rows } = await pool.query('SELECT message FROM campaigns WHERE deleted_at IS NULL')
  expect(rows).toEqual([{ message: { title: 'Later' } }])
  // Two people: the other has not seen this.
  await expect(
    editSchedule({ pool, guard: noGuard, law: LAW }, id, { name: 'x' }, edit),
  ).rejects.toMatchObject({
    code: 'version_conflict',
  })
  expect(schedule.version).toBe(edit.version + 1)
})

test('an edit waits for the run that is being made, and takes it back', async () => {
  const { pool, id, deps, campaigns, version } = await setup(daily(5 * MINUTE))
  const seen = await version()
  const other = await pool.connect()
  await other.query('BEGIN')
  await other.query('SELECT FROM campaigns FOR UPDATE')
  await other.query('LOCK TABLE schedule_runs IN EXCLUSIVE MODE')
  const making = makeRuns(deps)
  const waiting = (count: number) =>
    until(
      async () => {
        const { rowCount } = await pool.query(
          `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        )
        return rowCount === count
      },
      { what: `${count} to wait` },
    )
  await waiting(1)
  const editing = editSchedule(
    { pool, guard: noGuard, law: LAW },
    id,
    { name: 'Edited' },
    { version: seen, by: null },
  )
  await waiting(2)
  await other.query('COMMIT')
  other.release()
  await Promise.all([making, editing])
  await makeRuns(deps)
  expect((await campaigns()).map(({ name }) => name.split(' · ')[0])).toEqual(['Edited'])
})

test('what has started, or a person has changed, stays as it is when the schedule is edited', async () => {
  const { pool, id, make, campaigns, version } = await setup(daily(5 * MINUTE))
  await make()
  const [campaign] = await campaigns()
  await pool.query(
    `UPDATE campaigns SET name = 'By hand', version = version + 1, changed_by = gen_random_uuid()`,
  )
  const changed = await editSchedule(
    { pool, guard: noGuard, law: LAW },
    id,
    { name: 'New' },
    { version: await version(), by: null },
  )
  expect(changed.keptCampaigns).toEqual([campaign?.id])
  await make()
  expect((await campaigns()).map(({ name }) => name)).toEqual(['By hand'])
})

test('pausing takes back what was made; what passes meanwhile is not made up for', async () => {
  const { pool, id, make, campaigns, version, setBack } = await setup(daily(-10 * MINUTE))
  const move = async (what: 'pause' | 'resume' | 'end') =>
    moveSchedule(pool, id, what, { version: await version(), by: null })
  await move('pause')
  await setBack(2 * DAY)
  expect(await make()).toBe(0)
  await expect(move('pause')).rejects.toMatchObject({ code: 'schedule_not_changeable' })
  await move('resume')
  expect(await make()).toBe(0)
  expect(await campaigns()).toEqual([])
  await move('end')
  await expect(move('resume')).rejects.toMatchObject({ code: 'schedule_not_changeable' })
  expect((await readSchedule(pool, id)).state).toBe('ended')
})

test('a run is left out, taken in again, and sent early by hand', async () => {
  const { pool, id, make, campaigns, version, runs } = await setup(daily(5 * MINUTE))
  const [next, after] = await readUpcoming(pool, await readSchedule(pool, id), new Date(), 5)
  if (next === undefined || after === undefined) throw new Error('no runs')
  await make()
  const change = async (at: Date) => ({ at, version: await version(), by: null })
  // It is a campaign already.
  await skipRun(pool, id, await change(next.at))
  await skipRun(pool, id, await change(next.at))
  expect(await campaigns()).toEqual([])
  expect(await make()).toBe(0)
  await expect(sendRunNow({ pool, guard: noGuard }, id, await change(next.at))).rejects.toMatchObject({
    code: 'run_not_changeable',
  })
  await restoreRun(pool, id, await change(next.at))
  await make()
  expect(await campaigns()).toHaveLength(1)

  const early = await sendRunNow({ pool, guard: noGuard }, id, await change(after.at))
  const queue = { addBatchJobs: async () => {}, addPlanJob: async () => {} } as never
  await startDueCampaigns({ pool, queue, log, watermark: 4 })
  expect((await campaigns()).find((row) => row.id === early)).toMatchObject({
    state: 'sending',
    at: after.at,
  })
  await expect(skipRun(pool, id, await change(after.at))).rejects.toMatchObject({
    code: 'run_not_changeable',
  })
  expect(await runs()).toHaveLength(2)
  // At its own time it is not sent again.
  await pool.query(
    `UPDATE schedules SET decided_through = $1::timestamptz - interval '1 h', next_at = now()`,
    [after.at],
  )
  await makeRuns({ pool, log, aheadMs: 2 * DAY })
  expect((await campaigns()).filter(({ at }) => at.getTime() === after.at.getTime())).toHaveLength(1)
  const upcoming = await readUpcoming(pool, await readSchedule(pool, id), new Date(), 2)
  expect(upcoming).toMatchObject([{ outcome: 'made' }, { outcome: 'made', campaignId: early }])
  for (const at of ['9999-12-31T23:59:59Z', '0000-01-01T00:00:00Z', '-271821-04-20T00:00:00Z']) {
    await expect(skipRun(pool, id, await change(new Date(at)))).rejects.toMatchObject({
      code: 'run_not_found',
    })
  }
  await expect(skipRun(pool, id, await change(new Date(next.at.getTime() + 1)))).rejects.toMatchObject({
    code: 'run_not_found',
  })
})

test('a schedule whose message can no longer be sent pauses, and says why', async () => {
  const { pool, id, make, campaigns } = await setup(daily(5 * MINUTE))
  await pool.query(`UPDATE schedules SET message = '{"title": "Hello {{name}}"}'`)
  const told: unknown[] = []
  const note = (message: unknown) => void told.push(message)
  schedulePaused.subscribe(note)
  onTestFinished(() => void schedulePaused.unsubscribe(note))
  await make()
  expect(told).toEqual([
    { scheduleId: id, name: 'Every evening', detail: expect.stringContaining('{{name}}') },
  ])
  expect(await campaigns()).toEqual([])
  const schedule = await readSchedule(pool, id)
  expect(schedule.state).toBe('paused')
  expect(schedule.problem).toContain('{{name}}')
})

test('a schedule ends when the time of its last run has passed', async () => {
  const today = wallOf(new Date(Date.now() + 5 * MINUTE), 'UTC').slice(0, 10)
  const { pool, id, make, campaigns } = await setup(daily(5 * MINUTE), { endsOn: today })
  await make()
  expect((await readSchedule(pool, id)).state).toBe('active')
  // Its time passes.
  await pool.query(`UPDATE schedules SET decided_through = now()`)
  await pool.query(`UPDATE schedule_runs SET at = now() - interval '1 s'`)
  await make()
  expect((await readSchedule(pool, id)).state).toBe('ended')
  expect(await campaigns()).toHaveLength(1)
})

test('a schedule whose last run was left out, or sent early, ends when the time of that has passed', async () => {
  const day = (ms: number) => wallOf(new Date(Date.now() + ms), 'UTC').slice(0, 10)
  for (const how of ['left out', 'sent early']) {
    const { pool, id, make, version } = await setup(daily(5 * HOUR), { endsOn: day(5 * HOUR) })
    const at = (await readSchedule(pool, id)).nextAt as Date
    const change = async () => ({ at, version: await version(), by: randomUUIDv7() })
    if (how === 'left out') await skipRun(pool, id, await change())
    else await sendRunNow({ pool, guard: noGuard }, id, await change())
    await make()
    expect((await readSchedule(pool, id)).state, how).toBe('active')
    if (how === 'left out') {
      await restoreRun(pool, id, await change())
      expect((await readSchedule(pool, id)).nextAt).toEqual(at)
      await skipRun(pool, id, await change())
      await make()
    }
    await editSchedule(
      { pool, guard: noGuard, law: LAW },
      id,
      { endsOn: day(30 * DAY) },
      { version: await version(), by: null },
    )
    expect((await readSchedule(pool, id)).nextAt).toEqual(new Date(at.getTime() + DAY))
  }
})

test.each([
  ['zone', `timezone = 'Mars/Olympus'`, 'Mars/Olympus'],
  ['expression', `rule = '{"cron": "0 20 * * * FOO"}'`, '0 20 * * * FOO'],
])(
  'a schedule with a %s that is not known any more pauses, keeps no other from running, and is repaired by an edit',
  async (_, change, says) => {
    const { pool, id, make, campaigns, version } = await setup(daily(8 * MINUTE))
    await pool.query(`UPDATE schedules SET ${change}`)
    const other = await addSchedule(pool, daily(9 * MINUTE))
    // Before its time comes it is shown, without runs.
    expect(await readUpcoming(pool, await readSchedule(pool, id), new Date(), 5)).toEqual([])
    await expect(
      skipRun(pool, id, { at: new Date(Date.now() + 8 * MINUTE), version: await version(), by: null }),
    ).rejects.toMatchObject({ code: 'run_not_found' })
    await make()
    const { rows } = await pool.query('SELECT schedule_id AS id FROM campaigns')
    expect(rows).toEqual([{ id: other }])
    const schedule = await readSchedule(pool, id)
    expect(schedule).toMatchObject({ state: 'paused', problem: expect.stringContaining(says) })
    await expect(
      moveSchedule(pool, id, 'resume', { version: await version(), by: null }),
    ).rejects.toMatchObject({ code: 'invalid_schedule' })
    await editSchedule(
      { pool, guard: noGuard, law: LAW },
      id,
      { timezone: 'UTC', rule: daily(7 * MINUTE) },
      { version: await version(), by: null },
    )
    await moveSchedule(pool, id, 'resume', { version: await version(), by: null })
    await make()
    expect(await campaigns()).toHaveLength(2)
  },
)

test('a schedule that cannot be decided about keeps no other from running, and pauses if it goes on so', async () => {
  const { pool, id, deps, campaigns } = await setup(daily(8 * MINUTE))
  const other = await addSchedule(pool, daily(9 * MINUTE))
  // Whatever it is that stands in the way.
  await pool.query(`ALTER TABLE campaigns ADD CONSTRAINT in_the_way CHECK (schedule_id <> '${id}')`)
  const failures = new Map<string, number>()
  const look = () => makeRuns({ ...deps, failures })
  expect(await look()).toBe(1)
  const { rows } = await pool.query('SELECT schedule_id AS id FROM campaigns')
  expect(rows).toEqual([{ id: other }])
  for (let looks = 1; looks < 29; looks++) await look()
  expect((await readSchedule(pool, id)).state).toBe('active')
  await look()
  expect(await readSchedule(pool, id)).toMatchObject({
    state: 'paused',
    problem: expect.stringContaining('in_the_way'),
  })
  expect(failures.size).toBe(0)
  // One that passes by itself is forgotten.
  await pool.query(`UPDATE schedules SET state = 'active', problem = NULL`)
  await look()
  expect(failures.get(id)).toBe(1)
  await pool.query('ALTER TABLE campaigns DROP CONSTRAINT in_the_way')
  await look()
  expect(failures.size).toBe(0)
  expect(await campaigns()).toHaveLength(2)
})

test('what a person has made of the campaign of a run is neither replaced nor removed', async () => {
  const { pool, id, make, campaigns, version } = await setup(daily(5 * MINUTE))
  await make()
  const [run] = await campaigns()
  if (run === undefined) throw new Error('no run')
  const change = async () => ({ at: run.at, version: await version(), by: null })
  await pool.query(`UPDATE campaigns SET name = 'Corrected', changed_by = gen_random_uuid()`)
  for (const deed of [
    async () => skipRun(pool, id, await change()),
    async () => sendRunNow({ pool, guard: noGuard }, id, await change()),
  ]) {
    await expect(deed()).rejects.toMatchObject({ code: 'run_not_changeable' })
  }
  expect((await campaigns()).map(({ name }) => name)).toEqual(['Corrected'])
  // Deleted by a person: it can be taken in again.
  await pool.query('UPDATE campaigns SET deleted_at = now()')
  await restoreRun(pool, id, await change())
  await make()
  expect((await campaigns()).map(({ name }) => name.split(' · ')[0])).toEqual(['Every evening'])
})

test('an erased member does not make a run immune to a pause', async () => {
  const { pool, id, make, campaigns, version } = await setup(daily(5 * MINUTE))
  await make()
  // As the erasure does.
  await pool.query('UPDATE campaigns SET version = version + 1')
  await moveSchedule(pool, id, 'pause', { version: await version(), by: null })
  expect(await campaigns()).toEqual([])
})

test('a date that was left out, or sent early, stays so when its run is at another time', async () => {
  const { pool, id, version, campaigns } = await setup(daily(2 * HOUR))
  const [first, second] = await readUpcoming(pool, await readSchedule(pool, id), new Date(), 2)
  if (first === undefined || second === undefined) throw new Error('no runs')
  const user = randomUUIDv7()
  await skipRun(pool, id, { at: first.at, version: await version(), by: user })
  await sendRunNow({ pool, guard: noGuard }, id, { at: second.at, version: await version(), by: user })
  await editSchedule(
    { pool, guard: noGuard, law: LAW },
    id,
    { rule: daily(2 * HOUR + 10 * MINUTE) },
    { version: await version(), by: null },
  )
  const upcoming = await readUpcoming(pool, await readSchedule(pool, id), new Date(), 3)
  expect(upcoming.map(({ outcome }) => outcome)).toEqual(['skipped', 'skipped', null])
  await makeRuns({ pool, log, aheadMs: 2 * DAY })
  expect((await campaigns()).map(({ at }) => at)).toEqual([second.at])
})

test('an overdue run is made up for when the schedule is edited, and recorded as missed when it is paused', async () => {
  const edited = await setup(daily(-2 * MINUTE))
  await edited.setBack(HOUR)
  await editSchedule(
    { pool: edited.pool, guard: noGuard, law: LAW },
    edited.id,
    { name: 'Fixed' },
    { version: 1, by: null },
  )
  expect((await edited.campaigns()).map(({ name }) => name.split(' · ')[0])).toEqual(['Every evening'])
  const paused = await setup(daily(-2 * MINUTE))
  await paused.setBack(HOUR)
  await moveSchedule(paused.pool, paused.id, 'pause', { version: 1, by: null })
  expect(await paused.campaigns()).toEqual([])
  expect((await paused.runs()).map((run) => run.split(' ')[0])).toEqual(['missed'])
  // One that was sent early, before its time came: it has its row.
  const early = await setup(daily(-2 * MINUTE))
  await early.setBack(HOUR)
  const next = (await readSchedule(early.pool, early.id)).decidedThrough
  const [overdue] = await readUpcoming(early.pool, await readSchedule(early.pool, early.id), next, 1)
  await early.pool.query(
    `INSERT INTO schedule_runs (schedule_id, at, local, outcome) VALUES ($1, $2, '', 'made')`,
    [early.id, overdue?.at],
  )
  await moveSchedule(early.pool, early.id, 'pause', { version: 1, by: null })
  expect((await early.runs()).map((run) => run.split(' ')[0])).toEqual(['made'])
})

test('a run of a template that can no longer be sent is not sent early', async () => {
  const { pool, id, version } = await setup(daily(HOUR))
  const [next] = await readUpcoming(pool, await readSchedule(pool, id), new Date(), 1)
  await pool.query(`UPDATE schedules SET message = '{"nonsense": 1}'`)
  await expect(
    sendRunNow({ pool, guard: noGuard }, id, { at: next?.at as Date, version: await version(), by: null }),
  ).rejects.toMatchObject({ code: 'run_not_changeable' })
})
