import { describe, expect, test } from 'vitest'
import { createDevices } from '../../support/factories.ts'
import { startApp, type TestApp } from '../start-app.ts'

const BODY = {
  name: 'Every evening',
  message: { title: 'Doors open', body: 'At eight' },
  audience: { all: true },
  rule: { every: 'day', at: '20:00' },
  timezone: 'asia/seoul',
}

async function create(api: TestApp, more: object = {}) {
  const { status, json, headers } = await api.call('POST', '/v1/schedules', { ...BODY, ...more })
  expect(status).toBe(201)
  return { id: json.id as string, json, etag: headers.etag as string }
}

const seen = (etag: string) => ({ headers: { 'if-match': etag } })

describe('a schedule', () => {
  test('is created, with its next five runs, read and listed', async () => {
    const api = await startApp()
    const { id, json, etag } = await create(api)
    expect(json).toMatchObject({
      ...BODY,
      timezone: 'Asia/Seoul',
      state: 'active',
      version: 1,
      problem: null,
    })
    expect(json.nextRuns).toHaveLength(5)
    for (const { at, local, kind, outcome } of json.nextRuns) {
      expect([at.slice(11), local.slice(11), kind, outcome]).toEqual([
        '11:00:00.000Z',
        '20:00',
        'as_planned',
        null,
      ])
    }
    const read = await api.call('GET', `/v1/schedules/${id}`, undefined, { as: 'viewer' })
    expect(read.json).toMatchObject({ id, nextRuns: json.nextRuns })
    expect(read.headers.etag).toBe(etag)
    await create(api, { name: 'Second' })
    const first = await api.call('GET', '/v1/schedules?limit=1')
    expect(first.json.data).toMatchObject([{ name: 'Second', title: 'Doors open', state: 'active' }])
    const second = await api.call('GET', `/v1/schedules?limit=1&cursor=${first.json.nextCursor}`)
    expect(second.json).toMatchObject({ data: [{ id, nextAt: json.nextRuns[0].at }], nextCursor: null })
  })

  test('is previewed before it is stored, with what the clocks do to it', async () => {
    const api = await startApp()
    const rule = { cron: '30 2 * 3 *' }
    const { status, json } = await api.call('POST', '/v1/schedules/preview', {
      rule,
      timezone: 'Europe/Berlin',
      startsOn: '2027-03-27',
    })
    expect(status).toBe(200)
    expect(json.data.slice(0, 3)).toEqual([
      { at: '2027-03-27T01:30:00.000Z', local: '2027-03-27T02:30', kind: 'as_planned' },
      { at: '2027-03-28T01:30:00.000Z', local: '2027-03-28T03:30', kind: 'moved' },
      { at: '2027-03-29T00:30:00.000Z', local: '2027-03-29T02:30', kind: 'as_planned' },
    ])
  })

  test.each([
    [{ rule: { cron: '* * * * *' } }, 'schedule_too_frequent'],
    [{ rule: { cron: '0 0 30 2 *' } }, 'schedule_never_runs'],
    [{ rule: { cron: 'noon' } }, 'invalid_schedule'],
    [{ rule: { every: 'week', at: '20:00' } }, 'invalid_schedule'],
    [{ rule: { every: 'day', at: '20:00', cron: '0 20 * * *' } }, 'invalid_schedule'],
    [{ rule: {} }, 'invalid_schedule'],
    [{ rule: { every: 'day', at: '24:00' } }, 'invalid_request'],
    [{ timezone: 'constructor' }, 'invalid_schedule'],
    [{ timezone: 'Mars/Olympus' }, 'invalid_schedule'],
    [{ startsOn: '2027-02-02', endsOn: '2027-02-01' }, 'invalid_schedule'],
    [{ endsOn: '2020-01-01' }, 'schedule_never_runs'],
    [{ skipDates: ['2027-02-30'] }, 'invalid_schedule'],
    [{ message: { title: 'Hello {{name}}' } }, 'message_has_placeholders'],
    [{ name: ' ' }, 'invalid_request'],
  ])('%j is refused, and nothing is stored', async (more, code) => {
    const api = await startApp()
    const { status, json } = await api.call('POST', '/v1/schedules', { ...BODY, ...more })
    expect([status, json.code]).toEqual([400, code])
    expect((await api.call('GET', '/v1/schedules')).json.data).toEqual([])
    // The same in an edit, which changes nothing either.
    const { id, json: before, etag } = await create(api)
    const edited = await api.call('PATCH', `/v1/schedules/${id}`, more, seen(etag))
    expect([edited.status, edited.json.code]).toEqual([400, code])
    expect((await api.call('GET', `/v1/schedules/${id}`)).json).toEqual(before)
  })

  test('is changed only in the version that was seen', async () => {
    const api = await startApp()
    const { id, etag } = await create(api)
    const paths: [string, string, object | undefined][] = [
      ['PATCH', '', { name: 'New' }],
      ['POST', '/pause', undefined],
      ['POST', '/resume', undefined],
      ['POST', '/end', undefined],
      ['POST', '/runs/skip', { at: '2027-01-01T11:00:00Z' }],
      ['POST', '/runs/restore', { at: '2027-01-01T11:00:00Z' }],
      ['POST', '/runs/send', { at: '2027-01-01T11:00:00Z' }],
    ]
    for (const [method, path, body] of paths) {
      const without = await api.call(method, `/v1/schedules/${id}${path}`, body)
      expect([path, without.status]).toEqual([path, 428])
      const stale = await api.call(method, `/v1/schedules/${id}${path}`, body, seen('"7"'))
      // A run that was not left out need not be taken in again: that is so in any version.
      if (path === '/runs/restore') expect(stale.status).toBe(200)
      else expect([path, stale.status, stale.json.current?.id]).toEqual([path, 412, id])
      const viewer = await api.call(method, `/v1/schedules/${id}${path}`, body, {
        ...seen(etag),
        as: 'viewer',
      })
      expect([path, viewer.status]).toEqual([path, 403])
    }
    const done = await api.call('PATCH', `/v1/schedules/${id}`, { name: 'New' }, seen(etag))
    expect(done.json).toMatchObject({ name: 'New', version: 2, keptCampaigns: [], changedByName: 'admin' })
    expect(done.headers.etag).toBe('"2"')
    const missing = await api.call('GET', '/v1/schedules/019ffffe-0000-7000-8000-000000000001')
    expect([missing.status, missing.json.code]).toEqual([404, 'schedule_not_found'])
  })

  test('is paused, resumed and ended; its runs are left out and sent early, and a campaign says whose run it is', async () => {
    const api = await startApp()
    await createDevices(api.pool, 2)
    const { id, json } = await create(api)
    const act = async (path: string, body?: object) => {
      const { headers } = await api.call('GET', `/v1/schedules/${id}`)
      return await api.call('POST', `/v1/schedules/${id}${path}`, body, seen(headers.etag as string))
    }
    expect((await act('/pause')).json.state).toBe('paused')
    expect((await act('/resume')).json.state).toBe('active')
    const [first, second] = json.nextRuns
    const skipped = await act('/runs/skip', { at: first.at })
    expect(skipped.json.nextRuns[0]).toMatchObject({ at: first.at, outcome: 'skipped' })
    const sent = await act('/runs/send', { at: second.at })
    expect(sent.json).toMatchObject({
      state: 'scheduled',
      schedule: { id, name: 'Every evening', runAt: second.at },
    })
    const runs = await api.call('GET', `/v1/schedules/${id}/runs`)
    expect(runs.json.data).toMatchObject([
      { at: second.at, outcome: 'made', campaignId: sent.json.id, decidedByName: 'admin' },
      { at: first.at, outcome: 'skipped', campaignId: null },
    ])
    const page = await api.call('GET', `/v1/schedules/${id}/runs?limit=1`)
    const rest = await api.call('GET', `/v1/schedules/${id}/runs?limit=1&cursor=${page.json.nextCursor}`)
    expect(rest.json).toMatchObject({ data: [{ at: first.at }], nextCursor: null })
    const ended = await act('/end')
    expect(ended.json).toMatchObject({ state: 'ended', nextRuns: [], keptCampaigns: [sent.json.id] })
    expect((await act('/resume')).json.code).toBe('schedule_not_changeable')
    expect((await api.call('GET', `/v1/campaigns/${sent.json.id}`)).json.schedule.id).toBe(id)
  })

  test('is for as many devices as were confirmed', async () => {
    const api = await startApp({ CONFIRM_AUDIENCE_ABOVE: 2 })
    await createDevices(api.pool, 5)
    const refused = await api.call('POST', '/v1/schedules', BODY)
    expect([refused.status, refused.json.audience]).toEqual([428, 5])
    await create(api, { confirmAudience: 5 })
  })
})
