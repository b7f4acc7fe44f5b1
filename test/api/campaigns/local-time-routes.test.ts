/** Campaigns at each member's local time, from outside. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { closeCampaign } from '../../../src/maintenance/close-campaigns.ts'
import { planCampaign } from '../../../src/planning/plan-campaign.ts'
import { createLogger } from '../../../src/process/logger.ts'
import { createDevices } from '../../support/factories.ts'
import { allRows, startApp, type TestApp } from '../start-app.ts'

let api: TestApp

beforeAll(async () => {
  let close = async () => {}
  api = await startApp({ DEFAULT_TIMEZONE: 'Asia/Seoul' }, {}, (closing) => {
    close = closing
  })
  for (const timezone of ['Asia/Seoul', 'Europe/Berlin', 'America/New_York', 'Mars/Olympus']) {
    await createDevices(api.pool, 2, { member: { timezone } })
  }
  await createDevices(api.pool, 2)
  afterAll(() => close())
})
beforeEach(() => api.pool.query('TRUNCATE campaigns CASCADE'))

const FUTURE = '2030-12-24T20:00'
/** Of today and yesterday in the words of a wall: the time is over for some, and not for others. */
const wallIn = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString().slice(0, 16)
const campaign = (more: object) => ({
  name: 'Event',
  message: { title: 'Now' },
  audience: { all: true },
  ...more,
})
const create = (more: object) => api.call('POST', '/v1/campaigns', campaign(more))
const plan = (id: string) =>
  planCampaign(
    { pool: api.pool, batchSize: 500, pageBatches: 50, onPage: async () => {} },
    id,
    new AbortController().signal,
  )

describe('POST /v1/campaigns with localAt', () => {
  test('schedules it for the earliest that it can be, with what was not said filled in', async () => {
    const { status, json } = await create({ localAt: FUTURE })
    expect([status, json]).toMatchObject([
      201,
      {
        state: 'scheduled',
        scheduledAt: '2030-12-24T06:00:00.000Z',
        localAt: FUTURE,
        late: 'skip',
        unknownZone: 'default',
        defaultZone: 'Asia/Seoul',
        nextZoneAt: null,
      },
    ])
  })

  test('where it is that time already, it may have to begin at once', async () => {
    const { json } = await create({ localAt: wallIn(1), late: 'now', defaultZone: 'us/pacific' })
    expect(json).toMatchObject({ state: 'scheduled', late: 'now', defaultZone: 'America/Los_Angeles' })
    expect(Math.abs(Date.parse(json.scheduledAt) - Date.now())).toBeLessThan(60_000)
  })

  test.each([
    [{ localAt: '2026-02-30T20:00' }, 'invalid_local_time', '/localAt'],
    [{ localAt: '2030-12-24T20:00Z' }, 'invalid_local_time', '/localAt'],
    [{ localAt: 'tomorrow at eight' }, 'invalid_local_time', '/localAt'],
    [{ localAt: FUTURE, defaultZone: 'Mars/Olympus' }, 'invalid_local_time', '/defaultZone'],
    [{ localAt: FUTURE, defaultZone: 'constructor' }, 'invalid_local_time', '/defaultZone'],
    [{ localAt: '2020-12-24T20:00', late: 'next_day' }, 'local_time_past', '/localAt'],
    [{ localAt: FUTURE, scheduledAt: '2030-12-24T20:00:00Z' }, 'invalid_request', '/localAt'],
    [{ late: 'now' }, 'invalid_request', '/localAt'],
    [{ scheduledAt: '2030-12-24T20:00:00Z', unknownZone: 'skip' }, 'invalid_request', '/localAt'],
    [{ localAt: FUTURE, late: 'tomorrow' }, 'invalid_request', '/late'],
  ])('%j is refused as %s', async (given, code, field) => {
    const before = await allRows(api.pool)
    const { status, json } = await create(given)
    expect([status, json]).toMatchObject([400, { code, errors: [{ field }] }])
    expect(await allRows(api.pool)).toEqual(before)
  })

  test('needs the permission to send, and a finished campaign', async () => {
    const { status } = await api.call('POST', '/v1/campaigns', campaign({ localAt: FUTURE }), {
      as: 'viewer',
    })
    expect(status).toBe(403)
    const { json } = await create({ localAt: FUTURE, message: undefined })
    expect(json.code).toBe('campaign_unfinished')
  })
})

describe('PATCH', () => {
  const patch = (id: string, body: object, more = {}) => api.call('PATCH', `/v1/campaigns/${id}`, body, more)

  test('a time of one kind ends the other, and no time makes it a draft', async () => {
    const { json: made } = await create({ localAt: FUTURE, late: 'now' })
    // The zone of members without one is a rule of its own: hours are judged in it as well.
    const none = { localAt: null, late: null, unknownZone: null, defaultZone: 'Asia/Seoul' }
    const fixed = await patch(made.id, { scheduledAt: '2031-01-01T00:00:00.000Z' })
    expect(fixed.json).toMatchObject({ state: 'scheduled', scheduledAt: '2031-01-01T00:00:00.000Z', ...none })
    const local = await patch(made.id, { localAt: FUTURE, scheduledAt: null })
    expect(local.json).toMatchObject({ state: 'scheduled', localAt: FUTURE, late: 'skip' })
    expect((await patch(made.id, { localAt: null })).json).toMatchObject({
      state: 'draft',
      scheduledAt: null,
      ...none,
    })
  })

  test('with a time of another kind, its zone is a rule as of any campaign', async () => {
    const { json: made } = await create({ localAt: FUTURE })
    const at = '2031-01-01T00:00:00.000Z'
    const fixed = await patch(made.id, { scheduledAt: at, defaultZone: 'Asia/Tokyo' })
    expect(fixed.json).toMatchObject({ scheduledAt: at, localAt: null, defaultZone: 'Asia/Tokyo' })
    await patch(made.id, { localAt: FUTURE, scheduledAt: null })
    const draft = await patch(made.id, { scheduledAt: null, defaultZone: null })
    expect(draft.json).toMatchObject({ state: 'draft', localAt: null, defaultZone: null })
  })

  test('what is not named stays, and what was planned is planned anew', async () => {
    const { json: made } = await create({ localAt: FUTURE, defaultZone: 'Europe/Paris' })
    await plan(made.id)
    const { json } = await patch(made.id, { unknownZone: 'skip' })
    expect(json).toMatchObject({
      localAt: FUTURE,
      unknownZone: 'skip',
      defaultZone: 'Europe/Paris',
      late: 'skip',
    })
    expect(json.scheduledAt).toBe('2030-12-24T06:00:00.000Z')
    expect(json.progress).toMatchObject({ audience: 0, isPlanned: false })
    expect((await api.pool.query('SELECT FROM batches')).rowCount).toBe(0)
  })

  test('with another audience it is planned from the first instant on again', async () => {
    const { json: made } = await create({ localAt: FUTURE, audience: { externalIds: ['m3'] } })
    await plan(made.id)
    const planned = await api.call('GET', `/v1/campaigns/${made.id}`)
    expect(planned.json.scheduledAt).toBe('2030-12-24T19:00:00.000Z')
    const { json } = await patch(made.id, { audience: { externalIds: ['m1'] } })
    expect(json).toMatchObject({ scheduledAt: '2030-12-24T06:00:00.000Z', localAt: FUTURE })
  })

  test('two people who edit: the second is told, with the campaign as it is', async () => {
    const { json: made } = await create({ localAt: FUTURE })
    const both = await Promise.all([
      patch(made.id, { localAt: '2030-12-25T20:00' }, { version: 1 }),
      patch(made.id, { localAt: '2030-12-26T20:00' }, { version: 1 }),
    ])
    expect(both.map(({ status }) => status).sort()).toEqual([200, 412])
    const won = both.find(({ status }) => status === 200)
    const lost = both.find(({ status }) => status === 412)
    expect(lost?.json).toMatchObject({
      code: 'version_conflict',
      current: { localAt: won?.json.localAt, version: 2 },
    })
  })

  describe('of one that has begun', () => {
    /** Seoul has begun, and members without a zone with it; Berlin and New York wait. */
    async function begun(more: object = {}) {
      const { json } = await create({ localAt: FUTURE, ...more })
      await plan(json.id)
      await api.pool.query(`UPDATE campaigns SET state = 'sending', started_at = now() WHERE id = $1`, [
        json.id,
      ])
      await api.pool.query(
        `UPDATE batches SET send_at = now() - interval '1 min', turn = 1, state = 'queued' WHERE campaign_id = $1 AND send_at = '2030-12-24T11:00Z'`,
        [json.id],
      )
      return json.id as string
    }
    const instants = async (id: string) => {
      const { json } = await api.call('GET', `/v1/campaigns/${id}/zones`)
      return Object.fromEntries(
        json.data.map(({ zones, sendAt, code }: Record<string, unknown>) => [String(zones), code ?? sendAt]),
      )
    }

    test('moves the zones that have not begun, and says which had', async () => {
      const id = await begun()
      const before = await instants(id)
      const { status, json } = await patch(id, { localAt: '2030-12-24T21:30' })
      expect([status, json]).toMatchObject([
        200,
        { state: 'sending', localAt: '2030-12-24T21:30', version: 2, begunZones: [null, 'Asia/Seoul'] },
      ])
      expect(await instants(id)).toEqual({
        [Object.keys(before)[0] as string]: Object.values(before)[0],
        'Europe/Berlin': '2030-12-24T20:30:00.000Z',
        'America/New_York': '2030-12-25T02:30:00.000Z',
      })
    })

    test('also while it is paused; and where the new time has passed, it is late', async () => {
      const id = await begun()
      await api.pool.query(`UPDATE campaigns SET state = 'paused', paused_at = now() WHERE id = $1`, [id])
      // It has passed in Berlin, and not in New York.
      const { json } = await patch(id, { localAt: wallIn(-2) })
      expect(json).toMatchObject({ state: 'paused', begunZones: [null, 'Asia/Seoul'] })
      expect(await instants(id)).toMatchObject({ 'Europe/Berlin': 'too_late' })
    })

    test('a time that has passed for all who wait, a wrong zone, another version and other fields change nothing', async () => {
      const id = await begun()
      const before = await allRows(api.pool)
      const refusals = [
        [{ localAt: wallIn(-8) }, {}, 400, 'local_time_past'],
        [{ localAt: 'soon' }, {}, 400, 'invalid_local_time'],
        [{ localAt: '2030-12-24T21:30' }, { version: 7 }, 412, 'version_conflict'],
        [{ localAt: '2030-12-24T21:30', name: 'Other' }, {}, 409, 'campaign_not_editable'],
        [{ audience: { externalIds: ['m1'] } }, {}, 409, 'campaign_not_editable'],
        [{ scheduledAt: '2031-01-01T00:00:00Z' }, {}, 409, 'campaign_not_editable'],
      ] as const
      for (const [body, more, status, code] of refusals) {
        const answer = await patch(id, body, more)
        expect([body, answer.status, answer.json.code]).toEqual([body, status, code])
        if (status === 409) expect(answer.json.begunZones).toEqual([null, 'Asia/Seoul'])
      }
      expect(await allRows(api.pool)).toEqual(before)
    })

    test.each([20, 90])(
      'a time that came in a pause can still be put off, %i minutes later: nobody has decided about it',
      async (minutes) => {
        const id = await begun()
        await api.pool.query(
          `UPDATE campaigns SET state = 'paused', paused_at = now() - interval '1 day', begun_through = now() - interval '1 day'`,
        )
        const came = `now() - make_interval(mins => ${minutes})`
        await api.pool.query(`UPDATE batches SET send_at = ${came} WHERE zones = '{Europe/Berlin}'`)
        const { json: shown } = await api.call('GET', `/v1/campaigns/${id}/zones`)
        expect(
          Object.fromEntries(
            shown.data.map(({ zones, hasBegun }: Record<string, unknown>) => [String(zones), hasBegun]),
          ),
        ).toEqual({ ',Asia/Seoul': true, 'Europe/Berlin': false, 'America/New_York': false })
        const { json } = await patch(id, { localAt: '2030-12-24T21:30' })
        expect(json).toMatchObject({ begunZones: [null, 'Asia/Seoul'] })
        expect((await api.call('POST', `/v1/campaigns/${id}/resume`)).status).toBe(200)
        expect(await instants(id)).toMatchObject({ 'Europe/Berlin': '2030-12-24T20:30:00.000Z' })
        const { rows } = await api.pool.query(
          `SELECT state, skip_code FROM batches WHERE zones = '{Europe/Berlin}'`,
        )
        expect(rows).toEqual([{ state: 'planned', skip_code: null }])
      },
    )

    test('a time that has come and was decided about is not put off, although its batch is still in line', async () => {
      const id = await begun()
      await api.pool.query(
        `UPDATE batches SET send_at = now() - interval '1 min' WHERE zones = '{Europe/Berlin}'`,
      )
      await api.pool.query(`UPDATE campaigns SET begun_through = now()`)
      const { json } = await patch(id, { localAt: '2030-12-24T21:30' })
      expect(json).toMatchObject({ begunZones: [null, 'Asia/Seoul', 'Europe/Berlin'] })
    })

    test('to a time at which its send window is closed everywhere is refused', async () => {
      const id = await begun({ sendWindow: { from: '10:00', until: '21:00', outside: 'skip' } })
      const before = await allRows(api.pool)
      const { status, json } = await patch(id, { localAt: '2030-12-24T21:30' })
      expect([status, json.code]).toEqual([422, 'invalid_send_window'])
      expect(await allRows(api.pool)).toEqual(before)
      expect((await patch(id, { localAt: '2030-12-24T20:30' })).status).toBe(200)
    })

    test('everywhere: it is refused, and the zones are named', async () => {
      const id = await begun({ audience: { externalIds: ['m1'] } })
      const { status, json } = await patch(id, { localAt: '2030-12-24T21:30' })
      expect([status, json]).toMatchObject([
        409,
        { code: 'campaign_not_editable', begunZones: ['Asia/Seoul'] },
      ])
    })
  })
})

test('POST …/send sends to everybody now, whatever was planned for local times', async () => {
  const { json: made } = await create({ localAt: FUTURE, unknownZone: 'skip' })
  await plan(made.id)
  const { json } = await api.call('POST', `/v1/campaigns/${made.id}/send`)
  expect(json).toMatchObject({ state: 'sending', localAt: null, nextZoneAt: null })
  const { rows } = await api.pool.query(
    `SELECT count(*)::int AS waiting FROM batches WHERE send_at IS NOT NULL OR zones IS NOT NULL OR skip_code IS NOT NULL`,
  )
  expect(rows).toEqual([{ waiting: 0 }])
})

describe('a resend of what was canceled', () => {
  async function canceled(more: object) {
    const { json: made } = await create({ localAt: FUTURE, unknownZone: 'skip', ...more })
    await plan(made.id)
    await api.pool.query(`UPDATE campaigns SET state = 'sending', started_at = now()`)
    await api.call('POST', `/v1/campaigns/${made.id}/cancel`)
    await closeCampaign(api.pool, made.id, createLogger('test', 'silent'))
    return made.id as string
  }
  const resend = (id: string) => api.call('POST', `/v1/campaigns/${id}/resend`, { only: 'canceled' })

  test('leaves at once, and not to members to whom it would never have gone', async () => {
    const id = await canceled({})
    const { json: options } = await api.call('GET', `/v1/campaigns/${id}/resend-options`)
    expect(options.choices).toMatchObject([{ only: 'canceled', devices: 6, active: 6 }])
    const { json: made } = await resend(id)
    expect(made).toMatchObject({ state: 'sending', localAt: null })
    await plan(made.id)
    const { rows } = await api.pool.query(
      `SELECT DISTINCT m.timezone FROM batches b CROSS JOIN LATERAL unnest(b.device_ids) AS i (id)
       JOIN devices d ON d.id = i.id JOIN members m ON m.id = d.member_id WHERE b.campaign_id = $1 ORDER BY 1`,
      [made.id],
    )
    expect(rows.map(({ timezone }) => timezone)).toEqual(['America/New_York', 'Asia/Seoul', 'Europe/Berlin'])
  })

  test('is refused if it would have gone to none of them', async () => {
    const id = await canceled({ audience: { externalIds: ['m7', 'm9'] } })
    expect((await api.call('GET', `/v1/campaigns/${id}/resend-options`)).json.choices).toEqual([])
    expect((await resend(id)).json.code).toBe('nothing_to_resend')
  })
})

describe('GET /v1/campaigns/:id/zones', () => {
  test('has each instant with its zones and how far it is', async () => {
    const { json: made } = await create({ localAt: FUTURE, unknownZone: 'skip' })
    await plan(made.id)
    await api.pool.query(
      `UPDATE batches SET state = 'done', sent = 1, failed = 1 WHERE campaign_id = $1 AND zones = '{Asia/Seoul}'`,
      [made.id],
    )
    const { status, json } = await api.call('GET', `/v1/campaigns/${made.id}/zones`, undefined, {
      as: 'viewer',
    })
    expect(status).toBe(200)
    const none = {
      code: null,
      hasBegun: false,
      devices: 2,
      sent: 0,
      failed: 0,
      skipped: 0,
      inDoubt: 0,
      canceled: 0,
      remaining: 2,
    }
    expect(json.data).toEqual([
      {
        ...none,
        sendAt: '2030-12-24T11:00:00.000Z',
        zones: ['Asia/Seoul'],
        sent: 1,
        failed: 1,
        remaining: 0,
      },
      { ...none, sendAt: '2030-12-24T19:00:00.000Z', zones: ['Europe/Berlin'] },
      { ...none, sendAt: '2030-12-25T01:00:00.000Z', zones: ['America/New_York'] },
      { ...none, sendAt: null, zones: [null], code: 'no_timezone', hasBegun: true, devices: 4, remaining: 4 },
    ])
    const shown = await api.call('GET', `/v1/campaigns/${made.id}`)
    expect(shown.json).toMatchObject({
      nextZoneAt: '2030-12-24T19:00:00.000Z',
      scheduledAt: '2030-12-24T11:00:00.000Z',
    })
  })

  test('is empty for a campaign at one instant, and 404 for none', async () => {
    const { json: made } = await create({ scheduledAt: '2030-12-24T20:00:00Z' })
    expect((await api.call('GET', `/v1/campaigns/${made.id}/zones`)).json.data).toEqual([])
    const missing = await api.call('GET', '/v1/campaigns/0198c4a0-0000-7000-8000-000000000000/zones')
    expect(missing.json.code).toBe('campaign_not_found')
  })
})

describe('POST /v1/audiences/zones', () => {
  const ask = (body: object) =>
    api.call('POST', '/v1/audiences/zones', { audience: { all: true }, ...body }, { as: 'viewer' })

  test('says before the press who gets it when, and who has no zone', async () => {
    const { status, json } = await ask({ localAt: FUTURE })
    expect(status).toBe(200)
    expect(json).toMatchObject({ devices: 10, unknown: 4, late: 0, skipped: 0, defaultZone: 'Asia/Seoul' })
    expect(
      json.instants.map(({ at, devices, zones }: Record<string, unknown>) => [at, devices, zones]),
    ).toEqual([
      [
        '2030-12-24T11:00:00.000Z',
        6,
        [
          { zone: null, devices: 4 },
          { zone: 'Asia/Seoul', devices: 2 },
        ],
      ],
      ['2030-12-24T19:00:00.000Z', 2, [{ zone: 'Europe/Berlin', devices: 2 }]],
      ['2030-12-25T01:00:00.000Z', 2, [{ zone: 'America/New_York', devices: 2 }]],
    ])
  })

  test.each([
    ['skip', { late: 4, skipped: 4 }],
    ['now', { late: 4, skipped: 0 }],
    ['next_day', { late: 4, skipped: 0 }],
  ])('who is late, with %s', async (late, expected) => {
    // It has passed in Seoul and Berlin (UTC+9, +1 or +2), and not in New York.
    const { json } = await ask({ localAt: wallIn(-1), late, unknownZone: 'skip' })
    expect(json).toMatchObject({
      devices: 10,
      unknown: 4,
      late: expected.late,
      skipped: expected.skipped + 4,
    })
    const instants = json.instants as { isLate: boolean; at: string | null }[]
    expect(
      instants.filter(({ isLate }) => isLate).every(({ at }) => (at === null) === (late === 'skip')),
    ).toBe(true)
  })

  test('is what the plan becomes', async () => {
    const body = { localAt: wallIn(1), late: 'next_day', unknownZone: 'skip' }
    const { json: forecast } = await ask(body)
    const { json: made } = await create(body)
    await plan(made.id)
    const { json } = await api.call('GET', `/v1/campaigns/${made.id}/zones`)
    expect(
      json.data.map(({ sendAt, code, devices }: Record<string, unknown>) => [sendAt, code, devices]),
    ).toEqual(forecast.instants.map(({ at, code, devices }: Record<string, unknown>) => [at, code, devices]))
  })

  test.each([
    [{ localAt: 'x' }, 'invalid_local_time'],
    [{ localAt: '2020-01-01T00:00' }, 'local_time_past'],
    [{ localAt: FUTURE, defaultZone: 'Nowhere' }, 'invalid_local_time'],
    [{ localAt: FUTURE, audience: { externalIds: [] } }, 'invalid_request'],
  ])('%j is refused as %s', async (body, code) => {
    expect((await ask(body)).json.code).toBe(code)
  })
})
