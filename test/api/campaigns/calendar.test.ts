/** The calendar is what the API says of each campaign and each run, on the days of a zone. */
import { randomUUIDv7 } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { addDays } from '../../../src/domain/add-days.ts'
import type { ScheduleRule } from '../../../src/domain/schedule-rule.ts'
import { instantOf } from '../../../src/domain/zoned-time.ts'
import { createCampaign, createDevices, totalsOf } from '../../support/factories.ts'
import { allRows, CAMPAIGN, startApp, type TestApp } from '../start-app.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const today = new Date().toISOString().slice(0, 10)
const inDays = (n: number) => addDays(today, n)
/** A time of a day to come, or gone by. */
const at = (days: number, clock: string) => new Date(`${inDays(days)}T${clock}Z`)

const path = (from: string, to: string, more: Record<string, string> = {}) =>
  `/v1/calendar?${new URLSearchParams({ from, to, ...more })}`
const read = async (api: TestApp, from: number, to: number, more: Record<string, string> = {}) =>
  (await api.call('GET', path(inDays(from), inDays(to), more), undefined, { as: 'viewer' })).json

const scheduled = (name: string, scheduled_at: Date) => ({ name, state: 'scheduled' as const, scheduled_at })

async function makeSchedule(api: TestApp, rule: ScheduleRule, more: object = {}) {
  const { json } = await api.call('POST', '/v1/schedules', {
    ...{ name: 'Every evening', message: CAMPAIGN.message, audience: CAMPAIGN.audience },
    ...{ rule, timezone: 'UTC', ...more },
  })
  return json as { id: string; version: number; nextRuns: { at: string }[] }
}

/** As the schedule, to members of one segment each. `next`: SQL, when they run next. */
async function addSegments(api: TestApp, id: string, count: number, next: string, rule?: ScheduleRule) {
  await api.pool.query(
    `INSERT INTO schedules (id, name, message, audience, rule, timezone, starts_on, decided_through, next_at)
     SELECT gen_random_uuid(), 'Segment ' || n, message,
       jsonb_build_object('filter', jsonb_build_object('attributes', jsonb_build_object('n', n))),
       coalesce($3::jsonb, rule), timezone, starts_on, decided_through, ${next}
     FROM schedules, generate_series(1, $2::int) n WHERE id = $1`,
    [id, count, rule === undefined ? null : JSON.stringify(rule)],
  )
}

interface Named {
  name: string
}
const namesOf = (entries: Named[]) => entries.map(({ name }) => name)

describe('campaigns', () => {
  test('are on the day on which they were started or are to start, with their figures; drafts on none', async () => {
    const api = await startApp()
    const { pool } = api
    const counts = totalsOf({ sent: 5, failed: 2, skipped: 1, in_doubt: 1, canceled: 3 })
    const sent = { state: 'finished', started_at: at(-2, '10:00'), closed_at: at(-2, '11:00') } as const
    await createCampaign(pool, {
      name: 'sent',
      ...sent,
      totals: counts,
      audience_size: 12,
      archived_at: at(-1, '10:00'),
    })
    await createCampaign(pool, {
      name: 'running',
      state: 'sending',
      started_at: new Date(Date.now() - 1_000),
    })
    await createCampaign(pool, scheduled('to come', at(2, '10:07')))
    await createCampaign(pool, { ...scheduled('canceling', at(2, '11:00')), cancel_at: at(1, '00:00') })
    await createCampaign(pool, { ...scheduled('canceled', at(1, '10:00')), state: 'canceled' })
    await createCampaign(pool, { ...scheduled('deleted', at(1, '10:00')), deleted_at: new Date() })
    await createCampaign(pool, { name: 'draft' })
    await createCampaign(pool, scheduled('later', at(9, '10:00')))
    const calendar = await read(api, -3, 3)
    expect(namesOf(calendar.campaigns)).toEqual(['sent', 'running', 'canceled', 'to come', 'canceling'])
    expect(calendar.campaigns[0]).toMatchObject({
      ...{ state: 'finished', at: at(-2, '10:00').toISOString(), until: null, conflicts: [] },
      progress: { audience: 12, sent: 5, failed: 2, skipped: 1, inDoubt: 1 },
    })
    expect(calendar.campaigns[4].cancelAt).toBe(at(1, '00:00').toISOString())
    expect(calendar.days.map(({ campaigns }: { campaigns: number }) => campaigns)).toEqual([
      0, 1, 0, 1, 1, 2, 0,
    ])
    expect(Math.abs(Date.parse(calendar.asOf) - Date.now())).toBeLessThan(60_000)
  })

  test('are on the days of the zone that is asked for, which have 23 hours and 25', async () => {
    const api = await startApp()
    await createCampaign(api.pool, {
      ...{ name: 'late', state: 'finished', started_at: new Date('2026-03-29T22:30:00Z') },
      ...{ closed_at: new Date('2026-03-29T22:31:00Z'), totals: totalsOf({ sent: 1 }) },
    })
    const daysIn = async (timezone: string, from: string, to: string) => {
      const { json } = await api.call('GET', path(from, to, { timezone }))
      return json.days.map(({ day, start, end, campaigns }: Record<string, string>) => [
        day,
        (Date.parse(end as string) - Date.parse(start as string)) / HOUR,
        campaigns,
      ])
    }
    expect(await daysIn('Europe/Berlin', '2026-03-28', '2026-03-30')).toEqual([
      ['2026-03-28', 24, 0],
      ['2026-03-29', 23, 0],
      ['2026-03-30', 24, 1],
    ])
    expect(await daysIn('Europe/Berlin', '2026-10-25', '2026-10-25')).toEqual([['2026-10-25', 25, 0]])
    expect(await daysIn('UTC', '2026-03-29', '2026-03-29')).toEqual([['2026-03-29', 24, 1]])
    expect(await daysIn('Pacific/Apia', '2011-12-30', '2011-12-30')).toEqual([['2011-12-30', 0, 0]])
  })

  test('at local times go from a first instant to a last, and are there while they go on', async () => {
    const api = await startApp()
    const wall = `${inDays(3)}T20:00`
    const { json: made } = await api.call('POST', '/v1/campaigns', {
      ...{ ...CAMPAIGN, name: 'local', localAt: wall, defaultZone: 'Asia/Seoul' },
    })
    expect(made.state).toBe('scheduled')
    const [campaign] = (await read(api, 3, 3)).campaigns
    expect(campaign).toMatchObject({
      ...{
        name: 'local',
        localAt: wall,
        at: at(3, '06:00').toISOString(),
        until: at(4, '08:00').toISOString(),
      },
      // 20:00 in Seoul.
      conflicts: [{ kind: 'round_time', mark: at(3, '11:00').toISOString() }],
    })
    // On the next day it is still going on, and does not begin.
    const next = await read(api, 4, 4)
    expect(namesOf(next.campaigns)).toEqual(['local'])
    expect(next.days[0].campaigns).toBe(0)
    // When it is planned, its last instant is known.
    await api.pool.query(`UPDATE campaigns SET is_planned = true, scheduled_at = $2 WHERE id = $1`, [
      made.id,
      at(3, '11:00'),
    ])
    await api.pool.query(
      `INSERT INTO batches (campaign_id, seq, through_id, device_ids, size, state, send_at, zones)
       VALUES ($1, 1, 1, '{1}', 1, 'planned', $2, '{Asia/Seoul}'), ($1, 2, 2, '{2}', 1, 'planned', $3, '{Europe/Berlin}')`,
      [made.id, at(3, '11:00'), at(3, '19:00')],
    )
    expect((await read(api, 3, 3)).campaigns).toMatchObject([
      { at: at(3, '11:00').toISOString(), until: at(3, '19:00').toISOString() },
    ])
    // After a failover those that wait have an attempt.
    await api.pool.query('UPDATE batches SET attempt = 1000')
    expect((await read(api, 3, 3)).campaigns[0].until).toBe(at(3, '19:00').toISOString())
  })

  test('are filtered as their list is; what stands against them is worked out with all', async () => {
    const api = await startApp()
    await createCampaign(api.pool, { ...scheduled('Summer sale', at(1, '10:05')), tags: ['sale'] })
    await createCampaign(api.pool, scheduled('News', at(1, '10:10')))
    const found = async (more: Record<string, string>) => {
      const calendar = await read(api, 1, 1, more)
      return [namesOf(calendar.campaigns), calendar.days[0].campaigns]
    }
    expect(await found({ tag: 'sale' })).toEqual([['Summer sale'], 1])
    expect(await found({ search: 'new' })).toEqual([['News'], 1])
    expect(await found({ state: 'finished' })).toEqual([[], 0])
    expect(await found({ project: '2' })).toEqual([[], 0])
    expect(await found({ author: randomUUIDv7() })).toEqual([[], 0])
    const { campaigns } = await read(api, 1, 1, { tag: 'sale' })
    expect(campaigns[0].conflicts).toMatchObject([
      { kind: 'same_quarter', with: [{ name: 'News' }], count: 1 },
    ])
    expect(campaigns[0].suggestedAt).toBe(at(1, '10:25').toISOString())
  })
})

test('thousands of single messages hide no conflict of what is sent to many', async () => {
  const api = await startApp()
  await api.pool.query(
    `INSERT INTO campaigns (id, name, message, audience, state, scheduled_at)
     SELECT gen_random_uuid(), 'single', '{"title": "x"}', '{"externalIds": ["m1"]}', 'scheduled', $1::timestamptz + n * interval '1 s'
     FROM generate_series(1, 5000) n`,
    [at(1, '09:03')],
  )
  await createCampaign(api.pool, scheduled('one', at(20, '10:07')))
  await createCampaign(api.pool, scheduled('two', at(20, '10:08')))
  const { campaigns } = await read(api, 1, 30)
  const judged = campaigns.filter(({ name }: Named) => name !== 'single')
  expect(
    judged.map(({ name, conflicts }: Named & { conflicts: { kind: string }[] }) => [
      name,
      conflicts.map(({ kind }) => kind),
    ]),
  ).toEqual([
    ['one', ['same_quarter']],
    ['two', ['same_quarter']],
  ])
})

describe('what recurs', () => {
  test('is there as runs to come and runs that came to nothing; one that became a campaign is that campaign', async () => {
    const api = await startApp()
    const made = await makeSchedule(api, { every: 'day', at: '20:07' }, { tags: ['evening'] })
    const runs = made.nextRuns.map(({ at: time }) => time)
    const headers = { 'if-match': `"${made.version}"` }
    await api.call('POST', `/v1/schedules/${made.id}/runs/skip`, { at: runs[1] }, { headers })
    await api.pool.query(
      `INSERT INTO schedule_runs (schedule_id, at, local, outcome) VALUES ($1, $2, 'x', 'missed'), ($1, $3, 'y', 'made')`,
      [made.id, at(-2, '20:07'), at(-1, '20:07')],
    )
    const first = new Date(runs[0] ?? '').toISOString().slice(0, 10)
    const { json } = await api.call('GET', path(inDays(-3), addDays(first, 3)))
    expect(
      json.recurring.map(
        ({ day, count, runs: [run] }: Record<string, unknown> & { runs: { outcome: string }[] }) => [
          day,
          count,
          run?.outcome,
        ],
      ),
    ).toEqual([
      [inDays(-2), 1, 'missed'],
      [first, 1, null],
      [addDays(first, 1), 1, 'skipped'],
      [addDays(first, 2), 1, null],
      [addDays(first, 3), 1, null],
    ])
    expect(json.recurring[1]).toMatchObject({ scheduleId: made.id, name: 'Every evening', tags: ['evening'] })
    expect(namesOf((await read(api, 1, 20, { tag: 'morning' })).recurring)).toEqual([])
    expect((await read(api, 1, 20, { tag: 'evening', state: 'scheduled' })).recurring).not.toHaveLength(0)
    expect((await read(api, 1, 20, { state: 'finished' })).recurring).toEqual([])
    // While it is paused, nothing of it would be sent.
    await api.pool.query(`UPDATE schedules SET state = 'paused'`)
    const paused = await read(api, 1, 20)
    expect(
      paused.recurring.every(
        ({ runs: [run] }: { runs: { outcome: string | null }[] }) => run?.outcome !== null,
      ),
    ).toBe(true)
  })

  test('more often than once a day is counted, and its first runs are named', async () => {
    const api = await startApp()
    await makeSchedule(api, { cron: '*/15 * * * *' })
    const { recurring, recurringUntil } = await read(api, 1, 61)
    expect(recurring).toHaveLength(61)
    for (const { count, runs } of recurring) expect([count, runs.length]).toEqual([96, 4])
    expect(recurring[0].runs[1]).toMatchObject({
      at: at(1, '00:15').toISOString(),
      local: `${inDays(1)}T00:15`,
    })
    expect(recurringUntil).toBeNull()
  })

  test('is looked for so far, and where that ends is said', async () => {
    const api = await startApp()
    for (let n = 0; n < 3; n++) await makeSchedule(api, { cron: '*/15 * * * *' })
    const { recurring, recurringUntil } = await read(api, 1, 61)
    const last = recurring.at(-1).day
    expect(Date.parse(recurringUntil)).toBeLessThan(at(61, '00:00').getTime())
    expect(Date.parse(recurringUntil) - Date.parse(`${last}T00:00Z`)).toBe(DAY)
    await api.pool.query(
      `INSERT INTO schedules (id, name, message, audience, rule, timezone, next_at)
       SELECT gen_random_uuid(), 'one of many', message, audience, '{"every": "month", "day": 1, "at": "20:00"}', 'UTC', $1
       FROM schedules, generate_series(1, 40)`,
      [at(2, '00:00')],
    )
    expect((await read(api, 1, 2)).moreSchedules).toBe(23)
  })
})

describe('what stands against a time', () => {
  test('is told to whoever is about to choose it, of campaigns and of runs, and not of the campaign itself', async () => {
    const api = await startApp()
    const own = await createCampaign(api.pool, scheduled('own', at(2, '10:03')))
    await createCampaign(api.pool, scheduled('other', at(2, '10:10')))
    await makeSchedule(api, { every: 'day', at: '10:35' })
    const before = await allRows(api.pool)
    const ask = async (body: object) =>
      (await api.call('POST', '/v1/calendar/preview', { audience: { all: true }, ...body }, { as: 'viewer' }))
        .json
    const asked = { scheduledAt: at(2, '10:00').toISOString(), campaignId: own }
    expect(await ask(asked)).toMatchObject({
      conflicts: [
        { kind: 'same_quarter', with: [{ what: 'campaign', name: 'other' }], count: 1, mark: null },
        { kind: 'round_time', with: [], count: 0, mark: at(2, '10:00').toISOString() },
      ],
      // 10:25 would be near the run.
      suggestedAt: at(2, '10:50').toISOString(),
    })
    expect(await ask({ scheduledAt: at(2, '10:40').toISOString() })).toMatchObject({
      conflicts: [{ kind: 'same_quarter', with: [{ what: 'run', name: 'Every evening' }] }],
    })
    expect(await ask({ scheduledAt: at(2, '12:07').toISOString() })).toMatchObject({
      ...{ conflicts: [], suggestedAt: null },
    })
    expect(await ask({ localAt: `${inDays(2)}T19:08`, defaultZone: 'asia/seoul' })).toMatchObject({
      conflicts: [{ kind: 'same_quarter', with: [{ name: 'other' }, { name: 'own' }] }],
    })
    expect(await allRows(api.pool)).toEqual(before)
  })

  test('is nothing that will not start: a draft, what is canceled or being canceled, what is deleted', async () => {
    const api = await startApp()
    const none = { scheduled_at: at(2, '10:10') }
    await createCampaign(api.pool, { ...scheduled('canceling', at(2, '10:10')), cancel_at: at(1, '00:00') })
    await createCampaign(api.pool, { ...scheduled('deleted', at(2, '10:10')), deleted_at: new Date() })
    await createCampaign(api.pool, { name: 'canceled', state: 'canceled', ...none })
    await createCampaign(api.pool, { name: 'draft', state: 'draft', ...none })
    await createCampaign(api.pool, scheduled('scheduled', at(2, '10:12')))
    const { campaigns } = await read(api, 2, 2)
    const conflictsOf = (name: string) =>
      campaigns
        .find((campaign: Named) => campaign.name === name)
        ?.conflicts.map(({ kind, count }: { kind: string; count: number }) => `${kind} ${count}`)
    expect(conflictsOf('scheduled')).toEqual([])
    expect(conflictsOf('canceling')).toEqual([])
  })

  test('at local times is its time in its default zone, though it begins half a day before', async () => {
    const api = await startApp()
    const local = { localAt: `${inDays(3)}T20:00`, defaultZone: 'America/New_York' }
    await api.call('POST', '/v1/campaigns', { ...CAMPAIGN, name: 'local', ...local })
    const newYork = instantOf(local.localAt, local.defaultZone).at.getTime()
    const ask = async (ms: number) =>
      (
        await api.call('POST', '/v1/calendar/preview', {
          ...{ audience: { all: true }, scheduledAt: new Date(newYork + ms).toISOString() },
        })
      ).json.conflicts
    expect(await ask(7 * 60_000)).toMatchObject([{ kind: 'same_quarter', with: [{ name: 'local' }] }])
    expect(await ask(-6 * HOUR + 7 * 60_000)).toEqual([])
  })

  test('is found though thousands started in the day before', async () => {
    const api = await startApp()
    await api.pool.query(
      `INSERT INTO campaigns (id, name, message, audience, state, scheduled_at)
       SELECT gen_random_uuid(), 'before', '{"title": "x"}', '{"all": true}', 'scheduled', $1
       FROM generate_series(1, 5001)`,
      [at(2, '00:00')],
    )
    await createCampaign(api.pool, scheduled('near', at(2, '20:10')))
    const { json } = await api.call('POST', '/v1/calendar/preview', {
      ...{ audience: { all: true }, scheduledAt: at(2, '20:08').toISOString() },
    })
    expect(json.conflicts).toMatchObject([{ with: [{ name: 'near' }], count: 1 }])
  })

  test('is not ruled out by lists that are too long to be read', async () => {
    const api = await startApp()
    const members = (name: string, count: number) => ({
      audience: { externalIds: Array.from({ length: count }, (_, n) => `${name}-${n}`) },
    })
    await createCampaign(api.pool, { ...scheduled('many', at(2, '10:06')), ...members('many', 5_000) })
    await createCampaign(api.pool, { ...scheduled('few', at(2, '10:07')), ...members('few', 3) })
    const { json } = await api.call('POST', '/v1/calendar/preview', {
      ...{ scheduledAt: at(2, '10:08').toISOString(), ...members('own', 3) },
    })
    expect(json.conflicts).toMatchObject([{ with: [{ name: 'many' }], count: 1 }])
  })

  test('is found though a hundred schedules to others run before it', async () => {
    const api = await startApp()
    const everybody = await makeSchedule(
      api,
      { every: 'day', at: '20:07' },
      { name: 'Everybody', audience: { all: true }, startsOn: inDays(2) },
    )
    await addSegments(api, everybody.id, 100, `next_at - interval '1 d' + n * interval '1 min'`, {
      every: 'day',
      at: '03:07',
    })
    const { json } = await api.call('POST', '/v1/calendar/preview', {
      ...{ audience: { all: true }, scheduledAt: at(5, '20:08').toISOString() },
    })
    expect(json.conflicts).toMatchObject([{ kind: 'same_quarter', with: [{ name: 'Everybody' }], count: 1 }])
    const segment = await api.call('POST', '/v1/calendar/preview', {
      ...{ audience: { filter: { attributes: { n: 100 } } }, scheduledAt: at(5, '03:08').toISOString() },
    })
    expect(segment.json.conflicts).toMatchObject([{ with: [{ name: 'Segment 100' }], count: 1 }])
    // Those that are shown are a hundred; that to everybody is one of them.
    const calendar = await read(api, 5, 5)
    expect(calendar.moreSchedules).toBe(1)
    expect(namesOf(calendar.recurring)).toContain('Everybody')
  })

  test('is not asked of a year in which nothing can be scheduled', async () => {
    const api = await startApp({ CAPS: 'rolling_24h:1' })
    await createDevices(api.pool, 1)
    await makeSchedule(api, { every: 'day', at: '20:07' })
    for (const scheduledAt of ['2200-01-01T00:00:00Z', '9500-01-01T00:00:00Z', '9999-12-31T23:59:59Z']) {
      for (const [path, more] of [
        ['/v1/calendar/preview', { audience: { all: true } }],
        ['/v1/campaigns', CAMPAIGN],
      ] as const) {
        const { status, json } = await api.call('POST', path, { ...more, scheduledAt })
        expect([status, json.code, json.errors?.[0].field]).toEqual([400, 'invalid_request', '/scheduledAt'])
      }
    }
    for (const scheduledAt of ['2199-12-31T20:08:00Z', '1800-01-01T00:00:00Z', '0001-01-01T00:00:00Z']) {
      const { status } = await api.call('POST', '/v1/calendar/preview', {
        audience: { all: true },
        scheduledAt,
      })
      expect([scheduledAt, status]).toEqual([scheduledAt, 200])
    }
    const last = await api.call('POST', '/v1/campaigns', { ...CAMPAIGN, scheduledAt: '2199-12-31T20:08:00Z' })
    expect(last.status).toBe(201)
  })

  test('needs one time, and an audience', async () => {
    const api = await startApp()
    const refusal = async (body: object) => {
      const { status, json } = await api.call('POST', '/v1/calendar/preview', body)
      return [status, json.code, json.errors?.[0].field]
    }
    const audience = { all: true }
    const scheduledAt = at(2, '10:00').toISOString()
    expect(await refusal({ audience })).toEqual([400, 'invalid_request', '/scheduledAt'])
    expect(await refusal({ audience, scheduledAt, localAt: '2026-12-24T20:00' })).toEqual([
      ...[400, 'invalid_request', '/scheduledAt'],
    ])
    expect(await refusal({ scheduledAt })).toEqual([400, 'invalid_request', '/audience'])
    expect(await refusal({ audience, localAt: 'tomorrow' })).toEqual([400, 'invalid_local_time', '/localAt'])
  })
})

test('a schedule whose zone is not known any more is shown, keeps nothing else from being shown, and is repaired', async () => {
  const api = await startApp()
  const { id } = await makeSchedule(api, { every: 'day', at: '20:07' })
  await makeSchedule(api, { every: 'day', at: '21:07' }, { name: 'Other' })
  await api.pool.query(`UPDATE schedules SET timezone = 'Mars/Olympus' WHERE id = $1`, [id])
  expect(await api.call('GET', `/v1/schedules/${id}`)).toMatchObject({ status: 200, json: { nextRuns: [] } })
  expect(namesOf((await read(api, 1, 1)).recurring)).toEqual(['Other'])
  const headers = { 'if-match': '"1"' }
  const repaired = await api.call('PATCH', `/v1/schedules/${id}`, { timezone: 'UTC' }, { headers })
  expect(repaired.json.nextRuns).toHaveLength(5)
})

test.each([
  ['no dates', '', '/from'],
  ['a date that does not exist', 'from=2026-02-30&to=2026-03-01', '/from'],
  ['no date', 'from=today&to=2026-03-01', '/from'],
  ['a year in which nothing runs', 'from=9999-12-30&to=9999-12-31', '/from'],
  ['dates the wrong way round', 'from=2026-03-02&to=2026-03-01', '/to'],
  ['too many days', 'from=2026-01-01&to=2026-03-04', '/to'],
  ['no time zone', 'from=2026-01-01&to=2026-01-02&timezone=Mars/Olympus', '/timezone'],
  ['no state', 'from=2026-01-01&to=2026-01-02&state=lost', '/state'],
  ['what it does not know', 'from=2026-01-01&to=2026-01-02&limit=5', '/limit'],
])('a calendar of %s is refused, and it is said which field is wrong', async (_, query, field) => {
  const api = await startApp()
  const { status, json } = await api.call('GET', `/v1/calendar?${query}`)
  expect([status, json.code]).toEqual([400, 'invalid_request'])
  expect(json.errors.map((error: { field: string }) => error.field)).toContain(field)
})

test('sixty-two days are given, by name of the zone in its one spelling', async () => {
  const api = await startApp()
  const { status, json } = await api.call('GET', '/v1/calendar?from=2026-01-01&to=2026-03-03&timezone=rok')
  expect([status, json.days.length, json.timezone]).toEqual([200, 62, 'Asia/Seoul'])
})

test('ten thousand campaigns on a day are counted, and so many are read', async () => {
  const api = await startApp()
  await api.pool.query(
    `INSERT INTO campaigns (id, name, message, audience, state, scheduled_at)
     SELECT gen_random_uuid(), 'c' || n, '{"title": "x"}', jsonb_build_object('externalIds', jsonb_build_array('m' || n)),
       'scheduled', $1::timestamptz + n * interval '8 s'
     FROM generate_series(1, 10000) n`,
    [at(1, '00:00')],
  )
  const month = await read(api, 0, 41)
  expect(month.days[1].campaigns).toBe(10_000)
  expect(month.campaigns.length).toBe(47)
  expect(month.campaigns[0].name).toBe('c1')
  const day = await read(api, 1, 1)
  expect(day.campaigns).toHaveLength(500)
  // Each has a member of its own.
  const kinds = day.campaigns.flatMap(({ conflicts }: { conflicts: { kind: string }[] }) =>
    conflicts.map(({ kind }) => kind),
  )
  expect(new Set(kinds)).toEqual(new Set(['round_time']))
  expect(JSON.stringify(day).length).toBeLessThan(1_000_000)
})

describe('a cap that is used up before', () => {
  const caps = (conflicts: { kind: string; cap: object; with: Named[]; count: number }[]) =>
    conflicts
      .filter(({ kind }) => kind === 'cap')
      .map((conflict) => [conflict.cap, namesOf(conflict.with), conflict.count])
  const preview = async (api: TestApp, more: object) => {
    const { json } = await api.call('POST', '/v1/calendar/preview', { audience: { all: true }, ...more })
    return caps(json.conflicts)
  }

  test('is told of what is scheduled and of runs, by what was sent, is scheduled and recurs', async () => {
    const api = await startApp({ CAPS: 'rolling_50h:2', DEFAULT_TIMEZONE: 'UTC' })
    const started = at(-1, '19:00')
    await createCampaign(api.pool, {
      name: 'sent',
      state: 'finished',
      started_at: started,
      closed_at: started,
    })
    await createCampaign(api.pool, scheduled('News', at(1, '10:07')))
    await makeSchedule(api, { every: 'day', at: '20:07' }, { audience: { all: true }, startsOn: inDays(3) })
    const rule = { window: 'rolling_50h', limit: 2 }
    const tomorrow = await read(api, 1, 1)
    expect(caps(tomorrow.campaigns[0].conflicts)).toEqual([])
    const scheduledAt = at(1, '18:07').toISOString()
    expect(await preview(api, { scheduledAt })).toEqual([[rule, ['News', 'sent'], 2]])
    expect(await preview(api, { scheduledAt, ignoresCaps: true })).toEqual([])
    expect(await preview(api, { scheduledAt: at(2, '18:07').toISOString() })).toEqual([])
    expect(await preview(api, { scheduledAt: at(5, '19:07').toISOString() })).toEqual([
      [rule, ['Every evening', 'Every evening'], 2],
    ])
    // Three evenings one after another: the third has the others before it, also where they are not shown.
    const later = await read(api, 5, 5)
    expect(caps(later.recurring[0].runs[0].conflicts)).toEqual([
      [rule, ['Every evening', 'Every evening'], 2],
    ])
    expect(caps((await read(api, 4, 4)).recurring[0].runs[0].conflicts)).toEqual([])
  })

  test('is told though other schedules have more runs before it than are looked for', async () => {
    const api = await startApp({ CAPS: 'rolling_24h:1,rolling_30d:900', DEFAULT_TIMEZONE: 'UTC' })
    const everybody = await makeSchedule(
      api,
      { every: 'day', at: '10:07' },
      { name: 'Everybody', audience: { all: true } },
    )
    const scheduledAt = at(25, '18:07').toISOString()
    const expected = [[{ window: 'rolling_24h', limit: 1 }, ['Everybody'], 1]]
    expect(await preview(api, { scheduledAt })).toEqual(expected)
    // In 25 days, more than 14,000 runs.
    await addSegments(api, everybody.id, 6, 'next_at', { cron: '*/15 * * * *' })
    expect(await preview(api, { scheduledAt })).toEqual(expected)
    // What does not count takes nobody's place: not that of a hundred others.
    await addSegments(api, everybody.id, 120, 'next_at', { cron: '*/15 * * * *' })
    await api.pool.query(`UPDATE schedules SET counts_toward_caps = false WHERE name <> 'Everybody'`)
    expect(await preview(api, { scheduledAt })).toEqual(expected)
  })

  test('is not used up by resends, by what does not count, and by what is canceled', async () => {
    const api = await startApp({ CAPS: 'rolling_1d:1' })
    const times = {
      state: 'finished',
      started_at: new Date(Date.now() - HOUR),
      closed_at: new Date(),
    } as const
    await createCampaign(api.pool, { name: 'a', ...times, counts_toward_caps: false })
    await createCampaign(api.pool, {
      ...scheduled('b', new Date(Date.now() + HOUR)),
      cancel_at: new Date(),
    })
    const first = await createCampaign(api.pool, { name: 'c', ...times, counts_toward_caps: false })
    await createCampaign(api.pool, { name: 'd', ...times, resend_of: first })
    const scheduledAt = new Date(Date.now() + 2 * HOUR).toISOString()
    expect(await preview(api, { scheduledAt })).toEqual([])
    await createCampaign(api.pool, { name: 'e', ...times, kind: 'advertising' })
    expect(await preview(api, { scheduledAt })).toEqual([])
    expect(await preview(api, { scheduledAt, kind: 'advertising' })).toHaveLength(1)
  })
})
