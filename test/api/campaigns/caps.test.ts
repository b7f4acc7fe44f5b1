/** Frequency caps and one device a member, as the API takes and shows them. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DELIVERY_CODES } from '../../../src/domain/delivery-result.ts'
import { packMessageId } from '../../../src/results/message-id.ts'
import { createBatches, createCampaign, createDevices } from '../../support/factories.ts'
import { startApp, type TestApp } from '../start-app.ts'

const CAMPAIGN = { name: 'Sale', message: { title: 'Today' }, audience: { all: true } }
const USUAL = { ignoresCaps: false, countsTowardCaps: true, oncePerMember: false }
const OTHER = { ignoresCaps: true, countsTowardCaps: false, oncePerMember: true }

let api: TestApp
let deviceIds: readonly number[]

beforeAll(async () => {
  api = await startApp({ CAPS: 'rolling_24h:2,week:5' }, {}, (close) => {
    afterAll(close)
  })
  deviceIds = (await createDevices(api.pool, 2, { perMember: 2 })).deviceIds
})

test('a campaign that says nothing is capped, counts, and goes to all devices', async () => {
  const { json } = await api.call('POST', '/v1/campaigns', CAMPAIGN)
  expect(json).toMatchObject(USUAL)
})

test('what is said is kept, changed, and shown; what is not said stays', async () => {
  const { json } = await api.call('POST', '/v1/campaigns', { ...CAMPAIGN, ...OTHER })
  expect(json).toMatchObject(OTHER)
  const path = `/v1/campaigns/${json.id}`
  const changed = await api.call('PATCH', path, { ignoresCaps: false }, { headers: { 'if-match': '"1"' } })
  expect(changed.json).toMatchObject({ ...OTHER, ignoresCaps: false, version: 2 })
  const { json: read } = await api.call('GET', path)
  expect(read).toMatchObject({ ...OTHER, ignoresCaps: false })
})

test.each([
  ['ignoresCaps', 'yes'],
  ['countsTowardCaps', null],
  ['oncePerMember', 1],
])('%s of %j is refused, and nothing is made', async (field, value) => {
  const before = await api.pool.query('SELECT count(*) AS n FROM campaigns')
  const { status, json } = await api.call('POST', '/v1/campaigns', { ...CAMPAIGN, [field]: value })
  expect([status, json.code]).toEqual([400, 'invalid_request'])
  expect(json.errors[0].field).toBe(`/${field}`)
  expect((await api.pool.query('SELECT count(*) AS n FROM campaigns')).rows).toEqual(before.rows)
})

test('a plan that was made ahead is made again if another number of devices is meant', async () => {
  const id = await createCampaign(api.pool, {
    state: 'scheduled',
    scheduled_at: new Date(Date.now() + 3_600_000),
  })
  await createBatches(api.pool, id, deviceIds)
  const path = `/v1/campaigns/${id}`
  const changed = await api.call(
    'PATCH',
    path,
    { countsTowardCaps: false },
    { headers: { 'if-match': '"1"' } },
  )
  expect([changed.status, changed.json.progress.isPlanned]).toEqual([200, true])
  const again = await api.call('PATCH', path, { oncePerMember: true }, { headers: { 'if-match': '"2"' } })
  expect([again.status, again.json.progress.isPlanned]).toEqual([200, false])
})

test('a schedule has the same, and its runs take it', async () => {
  const { status, json } = await api.call('POST', '/v1/schedules', {
    ...CAMPAIGN,
    ...OTHER,
    rule: { every: 'day', at: '20:00' },
    timezone: 'Asia/Seoul',
  })
  expect([status, json.code]).toEqual([201, undefined])
  expect(json).toMatchObject(OTHER)
  const path = `/v1/schedules/${json.id}`
  const changed = await api.call('PATCH', path, { ignoresCaps: false }, { headers: { 'if-match': '"1"' } })
  expect(changed.json.schedule ?? changed.json).toMatchObject({ ...OTHER, ignoresCaps: false })
})

test('the system says which caps there are', async () => {
  const { json } = await api.call('GET', '/v1/system')
  expect(json.sendRules.caps).toEqual([
    { window: 'rolling_24h', limit: 2 },
    { window: 'week', limit: 5 },
  ])
})

test('a capped device names the campaign that has used the cap up: in the list, the file, its attempts and of its member', async () => {
  const used = await createCampaign(api.pool, { state: 'finished' })
  const id = await createCampaign(api.pool, { state: 'sending' })
  await createBatches(api.pool, id, deviceIds.slice(0, 1))
  await api.pool.query(
    `INSERT INTO deliveries (campaign_id, device_id, state, code, attempt, message_id) VALUES ($1, $2, 3, $3, 1, decode($4, 'hex'))`,
    [id, deviceIds[0], DELIVERY_CODES.capped.number, packMessageId(used)],
  )
  const expected = { code: 'capped', messageId: null, cappedBy: used }
  const listed = await api.call('GET', `/v1/campaigns/${id}/deliveries`)
  expect(listed.json.data).toMatchObject([expected])
  const attempts = await api.call('GET', `/v1/campaigns/${id}/devices/${deviceIds[0]}/attempts`)
  expect(attempts.json.data).toMatchObject([expected])
  const ofMember = await api.call('GET', '/v1/members/m1/deliveries')
  expect(ofMember.json.data).toMatchObject([expected])
  // It stays named when it is gone.
  await api.pool.query('DELETE FROM campaigns WHERE id = $1', [used])
  const { text } = await api.call('GET', `/v1/campaigns/${id}/deliveries.csv`)
  const [head = '', line = ''] = text.split('\r\n')
  expect(line.split(',')[head.split(',').indexOf('cappedBy')]).toBe(used)
  expect(line.split(',')[head.split(',').indexOf('messageId')]).toBe('')
})
