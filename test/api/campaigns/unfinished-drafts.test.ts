/** A draft is on the server from the first keystroke, and leaves the drafts only when it is finished. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createCampaign, createDevices } from '../../support/factories.ts'
import { allRows, CAMPAIGN, startApp, type TestApp } from '../start-app.ts'

const IN_AN_HOUR = new Date(Date.now() + 3_600_000).toISOString()
const typed = { message: { title: '겨울 세' }, audience: { externalIds: 'm1\nm' } }

let api: TestApp

beforeAll(async () => {
  let close = async () => {}
  api = await startApp({}, {}, (closing) => {
    close = closing
  })
  await createDevices(api.pool, 1)
  afterAll(() => close())
})
beforeEach(() => api.pool.query('TRUNCATE campaigns CASCADE'))

test('a draft of nothing but what is typed is kept, listed, edited and finished', async () => {
  const { call } = api
  const made = await call('POST', '/v1/campaigns', { unfinished: typed, tags: ['winter'] })
  expect(made.json).toMatchObject({
    state: 'draft',
    name: '',
    message: null,
    messageHash: null,
    audience: null,
    unfinished: typed,
    tags: ['winter'],
  })
  const url = `/v1/campaigns/${made.json.id}`
  expect((await call('GET', url)).json).toMatchObject({ unfinished: typed })
  // Not in a list: a page of a hundred may have a hundred megabytes of it.
  expect((await call('GET', '/v1/campaigns')).json.data).toMatchObject([
    { id: made.json.id, isUnfinished: true },
  ])
  const more = await call('PATCH', url, { message: { title: '겨울 세일' }, unfinished: { audience: {} } })
  expect(more.json).toMatchObject({ message: { title: '겨울 세일' }, unfinished: { audience: {} } })
  const back = await call('PATCH', url, { message: null, name: '' })
  expect(back.json).toMatchObject({ message: null, messageHash: null })
  const finished = await call('PATCH', url, { ...CAMPAIGN, unfinished: null })
  expect(finished.json).toMatchObject({ ...CAMPAIGN, unfinished: null })
  expect((await call('POST', `${url}/send`)).json).toMatchObject({ state: 'sending' })
})

test('an empty body makes no draft', async () => {
  expect((await api.call('POST', '/v1/campaigns', {})).json).toMatchObject({ status: 400 })
})

const GAPS: [string, object, string[]][] = [
  ['nothing', { unfinished: typed }, ['/name', '/message', '/audience', '/unfinished']],
  ['a name', { message: CAMPAIGN.message, audience: CAMPAIGN.audience }, ['/name']],
  ['an audience', { name: 'x', message: CAMPAIGN.message }, ['/audience']],
  ['a message', { name: 'x', audience: CAMPAIGN.audience }, ['/message']],
  ['something that is still being typed', { ...CAMPAIGN, unfinished: {} }, ['/unfinished']],
]

describe.each(GAPS)('a draft that lacks or has %s', (_what, fields, missing) => {
  const unfinished = {
    status: 409,
    code: 'campaign_unfinished',
    errors: missing.map((field) => ({ field })),
  }

  test('is neither sent nor scheduled', async () => {
    const { json } = await api.call('POST', '/v1/campaigns', fields)
    const before = await allRows(api.pool)
    const sent = await api.call('POST', `/v1/campaigns/${json.id}/send`)
    expect(sent.json).toMatchObject(unfinished)
    expect(sent.json.detail).toContain(`PATCH /v1/campaigns/${json.id}`)
    const scheduled = await api.call('PATCH', `/v1/campaigns/${json.id}`, { scheduledAt: IN_AN_HOUR })
    expect(scheduled.json).toMatchObject(unfinished)
    const made = await api.call('POST', '/v1/campaigns', { ...fields, scheduledAt: IN_AN_HOUR })
    expect(made.json).toMatchObject(unfinished)
    expect(await allRows(api.pool)).toEqual(before)
  })

  test('is tested only if its message is finished', async () => {
    const { json } = await api.call('POST', '/v1/campaigns', fields)
    const tested = await api.call('POST', `/v1/campaigns/${json.id}/test`, { externalIds: ['nobody'] })
    const faults = missing.filter((field) => field === '/message' || field === '/unfinished')
    if (faults.length === 0) expect(tested.status).toBe(200)
    else {
      expect(tested.json).toMatchObject({
        code: 'campaign_unfinished',
        errors: faults.map((field) => ({ field })),
      })
    }
  })
})

test.each([{ name: '' }, { message: null }, { audience: null }, { unfinished: typed }])(
  'a scheduled campaign cannot become unfinished: %j',
  async (changes) => {
    const id = await createCampaign(api.pool, { state: 'scheduled', scheduled_at: new Date(IN_AN_HOUR) })
    const url = `/v1/campaigns/${id}`
    expect((await api.call('PATCH', url, changes)).json).toMatchObject({
      code: 'campaign_unfinished',
      errors: [{ field: `/${Object.keys(changes)[0]}` }],
    })
    expect((await api.call('PATCH', url, { ...changes, scheduledAt: null })).json).toMatchObject({
      state: 'draft',
      ...changes,
    })
  },
)

test.each([
  ['a blank name', { name: '  ' }],
  ['a text where an object is meant', { unfinished: 'typed' }],
  ['a list where an object is meant', { unfinished: [1] }],
  ['what cannot be stored', { unfinished: { text: 'a\0b' } }],
  ['a blank tag', { name: 'x', tags: [' '] }],
  ['21 tags', { name: 'x', tags: Array.from({ length: 21 }, (_, n) => `t${n}`) }],
])('%s is refused', async (_what, body) => {
  expect((await api.call('POST', '/v1/campaigns', body)).json).toMatchObject({ status: 400 })
})

test('what is typed may have as much as a body', async () => {
  const { json } = await api.call('POST', '/v1/campaigns', { unfinished: { text: '가'.repeat(300_000) } })
  expect(json.unfinished.text).toHaveLength(300_000)
  const more = await api.call('POST', '/v1/campaigns', { unfinished: { text: '가'.repeat(400_000) } })
  expect(more.json).toMatchObject({ status: 413, code: 'body_too_large' })
})
