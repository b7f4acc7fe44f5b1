/** Consents to advertising and to the night: how they come in, what is shown of them, and which have to be confirmed. */
import { expect, test } from 'vitest'
import { startApp, type TestApp } from '../start-app.ts'

const MAY = '2026-05-01T00:00:00.000Z'
const JUNE = '2026-06-01T00:00:00.000Z'
const csv = { headers: { 'content-type': 'text/csv' } }
const memberOf = async (api: TestApp, id: string) => (await api.call('GET', `/v1/members/${id}`)).json
const DEVICE = { externalId: 'ada', platform: 'android' }

test('an app says them with a registration, and withdraws them', async () => {
  const api = await startApp()
  const given = { marketingConsent: true, marketingConsentAt: MAY, nightConsent: false }
  expect((await api.call('PUT', '/v1/devices/token-1', { ...DEVICE, ...given })).status).toBe(201)
  expect((await memberOf(api, 'ada')).consents).toMatchObject({
    marketing: { since: MAY, saidAt: MAY, source: 'registration', byName: 'admin' },
    night: { since: null, source: 'registration' },
  })
  await api.call('PUT', '/v1/devices/token-1', { ...DEVICE, marketingConsent: false })
  expect((await memberOf(api, 'ada')).consents.marketing).toMatchObject({ since: null })
  const alone = await api.call('PUT', '/v1/devices/token-1', { ...DEVICE, nightConsentAt: MAY })
  expect([alone.status, alone.json.errors[0].field]).toEqual([400, '/nightConsentAt'])
})

test('a Korean list brings them, and a line whose answer cannot be read is refused', async () => {
  const api = await startApp()
  const list = [
    '토큰,회원ID,플랫폼,마케팅 수신동의,마케팅 수신동의 일시,야간수신동의,야간수신동의일시',
    'token-aaaaaaaaaaaa-1,m1,android,동의,2026-05-01 00:00:00Z,거부,2026-05-02',
    'token-aaaaaaaaaaaa-2,m2,android,O,,X,',
    'token-aaaaaaaaaaaa-3,m3,android,모름,,,',
    'token-aaaaaaaaaaaa-4,m4,android,,2026-05-01,,',
  ].join('\n')
  const { json } = await api.call('POST', '/v1/devices/import', list, csv)
  expect(json).toMatchObject({
    accepted: 3,
    rejectedCounts: [{ code: 'invalid_consent', lines: 1 }],
    droppedCounts: [{ field: 'marketingConsentAt', lines: 1 }],
  })
  expect((await memberOf(api, 'm1')).consents).toMatchObject({
    marketing: { since: MAY, source: 'import' },
    night: { since: null, source: 'import' },
  })
  const second = (await memberOf(api, 'm2')).consents
  expect(second).toMatchObject({ marketing: { saidAt: null }, night: { since: null } })
  expect(Date.parse(second.marketing.since)).toBeGreaterThan(Date.now() - 60_000)
  expect((await memberOf(api, 'm4')).consents.marketing).toMatchObject({ since: null, source: null })
})

test('an export can be imported elsewhere with its consents', async () => {
  const api = await startApp()
  const given = { marketingConsent: true, marketingConsentAt: MAY, nightConsent: false, nightConsentAt: JUNE }
  await api.call('PUT', '/v1/devices/token-aaaaaaaaaaaa-1', { ...DEVICE, ...given })
  for (const format of ['csv', 'ndjson']) {
    const { text } = await api.call('GET', `/v1/devices/export?addresses=full&format=${format}`)
    const other = await startApp()
    const type = format === 'csv' ? 'text/csv' : 'application/x-ndjson'
    await other.call('POST', '/v1/devices/import', text, { headers: { 'content-type': type } })
    expect((await memberOf(other, 'ada')).consents).toMatchObject({
      marketing: { since: MAY, saidAt: MAY },
      night: { since: null, saidAt: JUNE },
    })
  }
})

test('a person records them, with who it was, and another who has not seen that is told', async () => {
  const api = await startApp()
  await api.call('PUT', '/v1/devices/token-1', DEVICE)
  const seen = (await api.call('GET', '/v1/members/ada')).headers.etag ?? ''
  const { status, json } = await api.call(
    'PATCH',
    '/v1/members/ada',
    { marketingConsent: true },
    { as: 'operator' },
  )
  expect(status).toBe(200)
  expect(json.consents.marketing).toMatchObject({
    source: 'person',
    byName: 'operator',
    since: json.editedAt,
  })
  const late = { headers: { 'if-match': seen } }
  const refused = await api.call('PATCH', '/v1/members/ada', { nightConsent: true }, late)
  expect([refused.status, refused.json.code]).toEqual([412, 'member_changed'])
  const older = { marketingConsent: false, marketingConsentAt: MAY }
  const superseded = await api.call('PATCH', '/v1/members/ada', older)
  expect([superseded.status, superseded.json.code]).toEqual([409, 'consent_superseded'])
  for (const body of [
    { nightConsentAt: MAY },
    { nightConsent: true, nightConsentAt: '2099-01-01T00:00:00Z' },
  ]) {
    expect((await api.call('PATCH', '/v1/members/ada', body)).status).toBe(400)
  }
})

test('consents of more than two years are listed, counted and exported, until they are confirmed', async () => {
  const api = await startApp()
  for (const [i, at] of ['2023-05-01T00:00:00Z', '2022-05-01T00:00:00Z', JUNE].entries()) {
    const given = { externalId: `m${i}`, platform: 'ios', marketingConsent: true, marketingConsentAt: at }
    await api.call('PUT', `/v1/devices/token-${i}`, given)
  }
  const first = await api.call('GET', '/v1/consents/due?limit=1')
  expect(first.json.data).toEqual([{ externalId: 'm1', since: '2022-05-01T00:00:00.000Z' }])
  const next = await api.call('GET', `/v1/consents/due?limit=1&cursor=${first.json.nextCursor}`)
  expect(next.json).toEqual({
    data: [{ externalId: 'm0', since: '2023-05-01T00:00:00.000Z' }],
    nextCursor: null,
  })
  const wrong = await api.call('GET', `/v1/consents/due?consent=night&cursor=${first.json.nextCursor}`)
  expect(wrong.json.code).toBe('invalid_cursor')
  expect((await api.call('GET', '/v1/consents/due/counts')).json).toEqual({ marketing: 2, night: 0 })
  const file = await api.call('GET', '/v1/consents/due.csv')
  expect(file.text.split('\r\n')).toEqual([
    'externalId,marketingConsentAt',
    'm1,2022-05-01T00:00:00.000Z',
    'm0,2023-05-01T00:00:00.000Z',
    '',
  ])
  await api.call('PUT', '/v1/devices/token-1', { externalId: 'm1', platform: 'ios', marketingConsent: true })
  expect((await api.call('GET', '/v1/consents/due/counts')).json).toMatchObject({ marketing: 2 })
  await api.call('PATCH', '/v1/members/m1', { marketingConsent: true })
  expect((await api.call('GET', '/v1/consents/due/counts')).json).toMatchObject({ marketing: 1 })
})
