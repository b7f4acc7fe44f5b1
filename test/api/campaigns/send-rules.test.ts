/** What a campaign may be told about when it may leave, what is refused, and what a test of it sends. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type FakeFcm, startFakeFcm } from '../../../testing/fake-fcm/fake-fcm.ts'
import { tokenFor } from '../../../testing/fake-fcm/token.ts'
import { createDevices } from '../../support/factories.ts'
import { startApp, type TestApp } from '../start-app.ts'

const IN_AN_HOUR = new Date(Date.now() + 3_600_000).toISOString()
const AD = { kind: 'advertising', advertiser: { name: '가게', optOutHint: '수신거부: 설정' } }
const CAMPAIGN = { name: 'Sale', message: { title: '할인', body: '오늘만' }, audience: { all: true } }
const DAY = { from: '10:00', until: '20:00' }

let api: TestApp
let fcm: FakeFcm

beforeAll(async () => {
  fcm = await startFakeFcm()
  api = await startApp({ FCM_ENDPOINT: fcm.origin, FCM_CA_FILE: fcm.caFile }, {}, (close) => {
    afterAll(close)
  })
  await createDevices(api.pool, 3)
  for (const [i, locale] of ['ko', 'en', null].entries()) {
    await api.pool.query(
      `UPDATE devices SET address = $2 WHERE member_id = (SELECT id FROM members WHERE external_id = $1)`,
      [`m${i + 1}`, tokenFor(i)],
    )
    await api.pool.query('UPDATE members SET locale = $2 WHERE external_id = $1', [`m${i + 1}`, locale])
  }
})
afterAll(() => fcm.close())

async function create(more: object): Promise<string> {
  const { status, json } = await api.call('POST', '/v1/campaigns', { ...CAMPAIGN, ...more })
  expect([status, json.code]).toEqual([201, undefined])
  return json.id
}

test('a campaign that says nothing is a service, at any time', async () => {
  const { json } = await api.call('POST', '/v1/campaigns', CAMPAIGN)
  expect(json).toMatchObject({
    kind: 'service',
    advertiser: null,
    night: 'skip',
    sendWindow: null,
    notAfter: null,
    defaultZone: null,
  })
})

test('what is said is kept, in one spelling', async () => {
  const { json } = await api.call('POST', '/v1/campaigns', {
    ...CAMPAIGN,
    kind: 'advertising',
    advertiser: { name: ' 가게 ', optOutHint: '수신거부: 설정 ' },
    night: 'delay',
    sendWindow: DAY,
    notAfter: IN_AN_HOUR,
    defaultZone: 'asia/tokyo',
  })
  expect(json).toMatchObject({
    ...AD,
    night: 'delay',
    sendWindow: { ...DAY, outside: 'wait' },
    notAfter: IN_AN_HOUR,
    defaultZone: 'Asia/Tokyo',
  })
})

describe('nothing is changed by', () => {
  test.each([
    ['a time that is none', { sendWindow: { from: '24:00', until: '20:00' } }, 'invalid_send_window'],
    ['a window that never opens', { sendWindow: { from: '10:00', until: '10:00' } }, 'invalid_send_window'],
    [
      'a window in the night',
      { ...AD, sendWindow: { from: '22:00', until: '23:30' } },
      'window_in_the_night',
    ],
    ['an end with nothing that waits', { notAfter: IN_AN_HOUR }, 'invalid_not_after'],
    ['an end in the past', { sendWindow: DAY, notAfter: '2026-01-01T00:00:00Z' }, 'invalid_not_after'],
    [
      'an end before the start',
      {
        sendWindow: DAY,
        notAfter: IN_AN_HOUR,
        scheduledAt: new Date(Date.parse(IN_AN_HOUR) + 1).toISOString(),
      },
      'invalid_not_after',
    ],
    [
      'a local time at which the window leaves everybody out',
      { localAt: '2030-12-24T20:00', sendWindow: { from: '10:00', until: '20:00', outside: 'skip' } },
      'invalid_send_window',
    ],
    [
      'a local time after which the window opens too late',
      { localAt: '2030-12-24T21:00', sendWindow: DAY, notAfter: '2030-12-24T20:00:00Z' },
      'invalid_not_after',
    ],
    ['an unknown zone', { defaultZone: 'Mars/Olympus' }, 'invalid_timezone'],
    ['a sender without a name', { ...AD, advertiser: { name: ' ', optOutHint: 'x' } }, 'invalid_advertiser'],
    [
      'no sender of what is scheduled',
      { kind: 'advertising', scheduledAt: IN_AN_HOUR },
      'advertiser_missing',
    ],
  ])('%s', async (_, given, code) => {
    const created = await api.call('POST', '/v1/campaigns', { ...CAMPAIGN, ...given })
    expect([created.status, created.json.code]).toEqual([422, code])
    const id = await create({})
    const changed = await api.call('PATCH', `/v1/campaigns/${id}`, given)
    expect([changed.status, changed.json.code]).toEqual([422, code])
    const { json } = await api.call('GET', `/v1/campaigns/${id}`)
    expect(json).toMatchObject({ version: 1, kind: 'service', sendWindow: null, notAfter: null })
  })

  test('a text that is too long with what is added for Korean members, whichever of the two comes first', async () => {
    const message = { title: '할인', body: 'x'.repeat(4_020) }
    const long = await create({ message })
    const { status, json } = await api.call('PATCH', `/v1/campaigns/${long}`, AD)
    expect([status, json.code]).toEqual([400, 'message_too_large'])
    const ad = await create(AD)
    expect((await api.call('PATCH', `/v1/campaigns/${ad}`, { message })).json.code).toBe('message_too_large')
  })
})

test.each([
  ['19:59', 'skip', null],
  ['10:00', 'skip', null],
  ['20:00', 'wait', null],
  // At 10:00 on the next day in UTC+14 it is 20:00 here.
  ['20:00', 'wait', '2030-12-24T20:00:00.001Z'],
  ['09:00', 'wait', '2030-12-23T20:00:00.001Z'],
])(
  'a local time of %s suits a window of the day with %s and an end at %s',
  async (time, outside, notAfter) => {
    const sendWindow = { from: '10:00', until: '20:00', outside }
    await create({ localAt: `2030-12-24T${time}`, sendWindow, notAfter })
  },
)

test('a window in the night is no fault of a service campaign', async () => {
  await create({ sendWindow: { from: '22:00', until: '23:30' } })
})

test('an advertisement without a sender is a draft that is neither sent nor tested', async () => {
  const id = await create({ kind: 'advertising' })
  for (const deed of ['send', 'test']) {
    const body = deed === 'test' ? { externalIds: ['m1'] } : {}
    const { status, json } = await api.call('POST', `/v1/campaigns/${id}/${deed}`, body)
    expect([status, json.code]).toEqual([422, 'advertiser_missing'])
  }
})

test('a draft whose end has passed is not sent', async () => {
  const id = await create({ sendWindow: DAY, notAfter: IN_AN_HOUR })
  await api.pool.query(`UPDATE campaigns SET not_after = now() WHERE id = $1`, [id])
  const { status, json } = await api.call('POST', `/v1/campaigns/${id}/send`)
  expect([status, json.code]).toEqual([422, 'invalid_not_after'])
})

test('the environment says who sends, if the campaign does not', async () => {
  const other = await startApp({ ADVERTISER_NAME: '상점', ADVERTISER_OPT_OUT_HINT: '수신거부: 080' })
  const { json } = await other.call('POST', '/v1/campaigns', { ...CAMPAIGN, kind: 'advertising' })
  expect(json.advertiser).toEqual({ name: '상점', optOutHint: '수신거부: 080' })
  const own = await other.call('POST', '/v1/campaigns', { ...CAMPAIGN, ...AD })
  expect(own.json.advertiser).toEqual(AD.advertiser)
})

test('a test sends what each would get: also to an address, whose member is looked up', async () => {
  const id = await create(AD)
  await api.pool.query('UPDATE members SET marketing_consent_at = now()')
  const { status } = await api.call('POST', `/v1/campaigns/${id}/test`, {
    externalIds: ['m1', 'm2'],
    addresses: [{ address: tokenFor(2) }, { address: tokenFor(9) }],
  })
  expect(status).toBe(200)
  const titles = new Map(
    fcm.messages().map(({ address, body }) => [address, JSON.parse(body).message.notification.title]),
  )
  expect([0, 1, 2, 9].map((i) => titles.get(tokenFor(i)))).toEqual([
    '(광고) 가게 할인',
    '할인',
    '(광고) 가게 할인',
    '(광고) 가게 할인',
  ])
})

test('runs of a schedule are what it says', async () => {
  const rule = { every: 'day', at: '20:00' }
  const template = { ...CAMPAIGN, ...AD, rule, timezone: 'Asia/Seoul', night: 'delay', notAfterMinutes: 90 }
  const { status, json } = await api.call('POST', '/v1/schedules', template)
  expect([status, json]).toMatchObject([
    201,
    { ...AD, night: 'delay', notAfterMinutes: 90, sendWindow: null },
  ])
  const bad = await api.call('POST', '/v1/schedules', { ...template, advertiser: null })
  expect([bad.status, bad.json.code]).toEqual([422, 'advertiser_missing'])
  const at = json.nextRuns[0].at
  const headers = { 'if-match': `"${json.version}"` }
  const run = await api.call('POST', `/v1/schedules/${json.id}/runs/send`, { at }, { headers })
  expect(run.json).toMatchObject({ ...AD, night: 'delay' })
  const { scheduledAt, notAfter } = run.json
  expect(Date.parse(notAfter) - Date.parse(scheduledAt)).toBe(90 * 60_000)
})
