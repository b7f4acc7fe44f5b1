/** Bad input gets a clear answer and changes nothing: every case looks at all rows before and after. */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createCampaign, createDevices } from '../../support/factories.ts'
import { type Answer, allRows, CAMPAIGN, startApp, type TestApp } from '../start-app.ts'

interface Case {
  title: string
  call: (api: TestApp) => Promise<Answer>
  status: number
  code: string
  /** What the sentence must hold: the value, the limit, what is allowed. */
  says: (string | RegExp)[]
  field?: string
}

const post = (changes: object) => (api: TestApp) =>
  api.call('POST', '/v1/campaigns', { ...CAMPAIGN, ...changes })
const message = (changes: object) => post({ message: { ...CAMPAIGN.message, ...changes } })

const CASES: Case[] = [
  {
    title: 'an unknown field',
    call: post({ titel: 'x' }),
    status: 400,
    code: 'invalid_request',
    says: ['/titel is not known', 'message'],
    field: '/titel',
  },
  {
    title: 'an unknown field inside the message',
    call: message({ colour: 'red' }),
    status: 400,
    code: 'invalid_request',
    says: ['/message/colour', 'imageUrl'],
    field: '/message/colour',
  },
  {
    title: 'a number where a text belongs',
    call: post({ name: 5 }),
    status: 400,
    code: 'invalid_request',
    says: ['/name is 5', 'expected string'],
    field: '/name',
  },
  {
    title: 'a text where a number belongs: bodies are not coerced',
    call: post({ priority: '3' }),
    status: 400,
    code: 'invalid_request',
    says: ['/priority is "3"', 'expected integer'],
    field: '/priority',
  },
  {
    title: 'an empty title',
    call: message({ title: '' }),
    status: 400,
    code: 'invalid_request',
    says: ['/message/title is ""'],
    field: '/message/title',
  },
  {
    title: 'a title of spaces',
    call: message({ title: '   ' }),
    status: 400,
    code: 'invalid_request',
    says: ['/message/title', 'not empty'],
    field: '/message/title',
  },
  {
    title: 'a message over FCM’s limit',
    call: message({ body: 'x'.repeat(4090) }),
    status: 400,
    code: 'message_too_large',
    says: [/has 4\d{3} bytes/, '4096'],
    field: '/message',
  },
  {
    title: 'data with a value that is no text',
    call: message({ data: { screen: 'home', badge: 3 } }),
    status: 400,
    code: 'invalid_request',
    says: ['/message/data/badge is 3', 'string'],
    field: '/message/data/badge',
  },
  {
    title: 'data with a key that FCM keeps for itself',
    call: message({ data: { 'google.sent': 'x', from: 'me' } }),
    status: 400,
    code: 'invalid_message',
    says: ['/message/data/google.sent', '/message/data/from', 'reserved'],
    field: '/message/data/from',
  },
  {
    title: 'a link that is not https',
    call: message({ link: 'http://example.com' }),
    status: 400,
    code: 'invalid_message',
    says: ['"http://example.com"', 'https://'],
    field: '/message/link',
  },
  {
    title: 'a platform field that FCM does not know',
    call: message({ android: { prioritaet: 'high' } }),
    status: 400,
    code: 'invalid_message',
    says: ['/message/android/prioritaet', 'collapseKey'],
    field: '/message/android/prioritaet',
  },
  {
    title: 'a NUL character, which PostgreSQL cannot store',
    call: post({ name: 'a\u0000b' }),
    status: 400,
    code: 'invalid_request',
    says: ['/name', 'NUL'],
    field: '/name',
  },
  {
    title: 'half of a character in JSON that is kept',
    call: message({ data: { x: '\ud800' } }),
    status: 400,
    code: 'invalid_request',
    says: ['/message/data/x'],
    field: '/message/data/x',
  },
  {
    title: 'a schedule in the past',
    call: post({ scheduledAt: '2020-01-01T00:00:00Z' }),
    status: 400,
    code: 'schedule_in_past',
    says: ['2020-01-01T00:00:00.000Z', 'past'],
    field: '/scheduledAt',
  },
  {
    title: 'a time without an offset',
    call: post({ scheduledAt: '2030-01-01T00:00:00' }),
    status: 400,
    code: 'invalid_request',
    says: ['2030-01-01T00:00:00', 'offset'],
    field: '/scheduledAt',
  },
  {
    title: 'a schedule without an audience',
    call: post({ audience: undefined, scheduledAt: '2099-01-01T00:00:00Z' }),
    status: 409,
    code: 'campaign_unfinished',
    says: ['/audience is missing', 'leave "scheduledAt" out'],
    field: '/audience',
  },
  {
    title: 'an audience that says two things',
    call: post({ audience: { all: true, externalIds: ['a'] } }),
    status: 400,
    code: 'invalid_request',
    says: ['exactly one of'],
    field: '/audience',
  },
  {
    title: 'a filter without a condition, which would be everybody',
    call: post({ audience: { filter: {} } }),
    status: 400,
    code: 'invalid_request',
    says: ['at least one of'],
    field: '/audience/filter',
  },
  {
    title: 'a locale that is none',
    call: post({ audience: { filter: { locales: ['deutsch!'] } } }),
    status: 400,
    code: 'invalid_request',
    says: ['/audience/filter/locales/0', '"deutsch!"'],
    field: '/audience/filter/locales/0',
  },
  {
    title: 'a limit out of bounds',
    call: (api) => api.call('GET', '/v1/campaigns?limit=501'),
    status: 400,
    code: 'invalid_request',
    says: ['/limit is 501', '<= 500'],
    field: '/limit',
  },
  {
    title: 'a limit of 1e400, which Ajv takes for an integer',
    call: (api) => api.call('GET', '/v1/campaigns?limit=1e400'),
    status: 400,
    code: 'invalid_request',
    says: ['/limit', 'infinite number'],
    field: '/limit',
  },
  {
    title: 'a key that expires at a time that is none',
    call: (api) =>
      api.call('POST', '/v1/api-keys', { name: 'x', role: 'admin', expiresAt: '2031-12-31T23:59:60Z' }),
    status: 400,
    code: 'invalid_request',
    says: ['2031-12-31T23:59:60Z', 'not a valid time'],
    field: '/expiresAt',
  },
  {
    title: 'a schedule that leads out of the calendar',
    call: post({ scheduledAt: '9999-12-31T23:59:59-23:59' }),
    status: 400,
    code: 'invalid_request',
    says: ['9999', 'not a valid time'],
    field: '/scheduledAt',
  },
  {
    title: 'a compressed body',
    call: (api) => api.call('POST', '/v1/campaigns', CAMPAIGN, { headers: { 'content-encoding': 'gzip' } }),
    status: 415,
    code: 'unsupported_media_type',
    says: ['"gzip"', 'uncompressed'],
  },
  {
    title: 'an unknown query parameter',
    call: (api) => api.call('GET', '/v1/campaigns?page=2'),
    status: 400,
    code: 'invalid_request',
    says: ['/page is not known', 'cursor'],
    field: '/page',
  },
  {
    title: 'a cursor that is none',
    call: (api) => api.call('GET', '/v1/campaigns?cursor=abc'),
    status: 400,
    code: 'invalid_cursor',
    says: ['"abc"', 'nextCursor'],
  },
  {
    title: 'an id that is no UUID',
    call: (api) => api.call('GET', '/v1/campaigns/17'),
    status: 400,
    code: 'invalid_request',
    says: ['/id is "17"', 'UUID'],
    field: '/id',
  },
  {
    title: 'a campaign that is not there',
    call: (api) => api.call('POST', '/v1/campaigns/01990000-0000-7000-8000-000000000000/send'),
    status: 404,
    code: 'campaign_not_found',
    says: ['01990000-0000-7000-8000-000000000000'],
  },
  {
    title: 'no key',
    call: (api) => api.call('POST', '/v1/campaigns', CAMPAIGN, { headers: { authorization: '' } }),
    status: 401,
    code: 'invalid_api_key',
    says: ['Bearer cari_'],
  },
  {
    title: 'a key nobody made',
    call: (api) => {
      const authorization = `Bearer cari_aaaaaaaa_${'b'.repeat(43)}`
      return api.call('POST', '/v1/campaigns', CAMPAIGN, { headers: { authorization } })
    },
    status: 401,
    code: 'invalid_api_key',
    says: ['cari_aaaaaaaa_…'],
  },
  {
    title: 'a right prefix with a wrong secret',
    call: (api) => {
      const authorization = `Bearer ${api.keys.admin.slice(0, 14)}${'b'.repeat(43)}`
      return api.call('POST', '/v1/campaigns', CAMPAIGN, { headers: { authorization } })
    },
    status: 401,
    code: 'invalid_api_key',
    says: ['is unknown'],
  },
  {
    title: 'an API key without the permission',
    call: (api) => api.call('POST', '/v1/campaigns', CAMPAIGN, { as: 'viewer' }),
    status: 403,
    code: 'missing_permission',
    says: ['needs the permission "campaigns:write"', '"viewer"', 'role marketer, operator or admin'],
  },
  {
    title: 'an API key that creates an API key',
    call: (api) => api.call('POST', '/v1/api-keys', { name: 'x', role: 'admin' }, { as: 'operator' }),
    status: 403,
    code: 'missing_permission',
    says: ['needs the permission "keys:manage"', '"operator"', 'no API key has it', 'Sign in with a name'],
  },
  {
    title: 'a body over the limit',
    call: post({ name: 'x'.repeat(9000) }),
    status: 413,
    code: 'body_too_large',
    says: ['8192'],
  },
  {
    title: 'a body that is no JSON',
    call: (api) =>
      api.call('POST', '/v1/campaigns', '{"name":', { headers: { 'content-type': 'application/json' } }),
    status: 400,
    code: 'invalid_request',
    says: ['not valid JSON'],
  },
  {
    title: 'a body that sets a prototype',
    call: (api) =>
      api.call('POST', '/v1/campaigns', '{"__proto__":{"role":"admin"},"name":"x"}', {
        headers: { 'content-type': 'application/json' },
      }),
    status: 400,
    code: 'invalid_request',
    says: ['JSON'],
  },
  {
    title: 'no body where one is needed',
    call: (api) => api.call('POST', '/v1/campaigns'),
    status: 400,
    code: 'invalid_request',
    says: ['object'],
  },
  {
    title: 'a body on an action that takes none',
    call: (api) =>
      api.call('POST', '/v1/campaigns/01990000-0000-7000-8000-000000000000/send', { at: 'once' }),
    status: 400,
    code: 'invalid_request',
    says: ['/at is not known'],
  },
  {
    title: 'an Idempotency-Key with a space',
    call: (api) =>
      api.call('POST', '/v1/campaigns', CAMPAIGN, { headers: { 'idempotency-key': 'two words' } }),
    status: 400,
    code: 'invalid_idempotency_key',
    says: ['1 to 255'],
  },
  {
    title: 'an Idempotency-Key that is too long',
    call: (api) =>
      api.call('POST', '/v1/campaigns', CAMPAIGN, { headers: { 'idempotency-key': 'k'.repeat(256) } }),
    status: 400,
    code: 'invalid_idempotency_key',
    says: ['256 characters'],
  },
  {
    title: 'an If-Match that is none of ours',
    call: (api) =>
      api.call(
        'PATCH',
        '/v1/campaigns/01990000-0000-7000-8000-000000000000',
        { name: 'y' },
        {
          headers: { 'if-match': 'yesterday' },
        },
      ),
    status: 400,
    code: 'invalid_request',
    says: ['yesterday', 'ETag'],
  },
  {
    title: 'an edit without a version',
    call: (api) =>
      api.call(
        'PATCH',
        '/v1/campaigns/01990000-0000-7000-8000-000000000000',
        { name: 'y' },
        { version: null },
      ),
    status: 428,
    code: 'version_required',
    says: ['If-Match is missing', 'GET /v1/campaigns/01990000-0000-7000-8000-000000000000'],
    field: 'If-Match',
  },
  {
    title: 'a send of any version',
    call: (api) =>
      api.call('POST', '/v1/campaigns/01990000-0000-7000-8000-000000000000/send', undefined, {
        headers: { 'if-match': '*' },
      }),
    status: 428,
    code: 'version_required',
    says: ['If-Match is "*"'],
    field: 'If-Match',
  },
  {
    title: 'a number to confirm that is a text',
    call: (api) =>
      api.call('POST', '/v1/campaigns/01990000-0000-7000-8000-000000000000/send', {
        confirmAudience: '51805',
      }),
    status: 400,
    code: 'invalid_request',
    says: ['/confirmAudience'],
    field: '/confirmAudience',
  },
  {
    title: 'a PATCH that changes nothing',
    call: (api) => api.call('PATCH', '/v1/campaigns/01990000-0000-7000-8000-000000000000', {}),
    status: 400,
    code: 'invalid_request',
    says: ['at least one field'],
  },
  {
    title: 'a code without its state',
    call: (api) =>
      api.call('GET', '/v1/campaigns/01990000-0000-7000-8000-000000000000/deliveries?code=unregistered'),
    status: 400,
    code: 'invalid_request',
    says: ['state=failed'],
    field: '/state',
  },
  {
    title: 'a device of an unknown platform',
    call: (api) => api.call('PUT', '/v1/devices/tok:1', { externalId: 'a', platform: 'windows' }),
    status: 400,
    code: 'invalid_request',
    says: ['"windows"', 'android, ios, web'],
    field: '/platform',
  },
  {
    title: 'a device in an unknown time zone',
    call: (api) =>
      api.call('PUT', '/v1/devices/tok:1', { externalId: 'a', platform: 'ios', timezone: 'Mars/Olympus' }),
    status: 400,
    code: 'invalid_request',
    says: ['"Mars/Olympus"', 'Europe/Berlin'],
    field: '/timezone',
  },
  {
    title: 'a token with a space',
    call: (api) => api.call('PUT', '/v1/devices/a%20b', { externalId: 'a', platform: 'ios' }),
    status: 400,
    code: 'invalid_request',
    says: ['address has', 'space'],
    field: '/address',
  },
  {
    title: 'an address with half a character in it',
    call: (api) => api.call('GET', '/v1/members/%E0%A4%A/deliveries'),
    status: 400,
    code: 'invalid_request',
    says: ['cannot be read'],
  },
  {
    title: 'a NUL in an address',
    call: (api) => api.call('GET', '/v1/members/a%00b/deliveries'),
    status: 400,
    code: 'invalid_request',
    says: ['/externalId', 'NUL'],
  },
  {
    title: 'an address that is not there',
    call: (api) => api.call('GET', '/v1/nothing'),
    status: 404,
    code: 'not_found',
    says: ['/docs'],
  },
  {
    title: 'a method that is not possible',
    call: (api) => api.call('DELETE', '/v1/campaigns'),
    status: 405,
    code: 'method_not_allowed',
    says: ['DELETE', 'POST'],
  },
  {
    title: 'a test that names nobody',
    call: (api) => api.call('POST', '/v1/campaigns/01990000-0000-7000-8000-000000000000/test', {}),
    status: 400,
    code: 'invalid_request',
    says: ['addresses, externalIds'],
  },
]

describe('bad input', () => {
  // One for all: no case may leave anything behind, and each sees if it does.
  let api: TestApp
  let closeApi = async () => {}
  afterAll(() => closeApi())
  beforeAll(async () => {
    api = await startApp({ BODY_LIMIT_BYTES: 8192 }, {}, (close) => {
      closeApi = close
    })
    await createDevices(api.pool, 1)
    await createCampaign(api.pool)
  })

  test.each(CASES)('$title → $status $code', async ({ call, status, code, says, field }) => {
    const before = await allRows(api.pool)
    const answer = await call(api)
    expect(answer.json).toMatchObject({ status, code, type: 'about:blank' })
    expect(answer.status).toBe(status)
    expect(answer.headers['content-type']).toContain('application/problem+json')
    expect(answer.json.requestId).toBe(answer.headers['x-request-id'])
    for (const text of says)
      expect(answer.json.detail).toMatch(text instanceof RegExp ? text : containing(text))
    if (field !== undefined) {
      expect(answer.json.errors.map((error: { field: string }) => error.field)).toContain(field)
    }
    expect(await allRows(api.pool)).toEqual(before)
  })

  test('a request without any Authorization header is told how to get a key', async () => {
    const { app } = await startApp()
    const answer = await app.inject({ method: 'GET', url: '/v1/campaigns' })
    expect(answer.json()).toMatchObject({ status: 401, code: 'missing_api_key' })
    expect(answer.headers['www-authenticate']).toContain('Bearer')
  })

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/json\t; charset=utf-8 x',
    'application/jsonp',
    ' application/xml',
    'text/csv',
    'multipart/form-data; boundary=x',
    'a'.repeat(300),
    '',
  ])('Content-Type %j never reaches a handler unvalidated', async (type) => {
    const before = await allRows(api.pool)
    const bad = JSON.stringify({ ...CAMPAIGN, name: 5 })
    const answer = await api.call('POST', '/v1/campaigns', bad, { headers: { 'content-type': type } })
    expect([400, 415]).toContain(answer.status)
    expect(answer.json.code).toMatch(/unsupported_media_type|invalid_request/)
    expect(await allRows(api.pool)).toEqual(before)
  })

  test.each([
    ['fields nobody knows', 'x', (fields: object) => ({ ...CAMPAIGN, ...fields })],
    [
      'fields FCM does not know',
      'x',
      (fields: object) => ({ ...CAMPAIGN, message: { ...CAMPAIGN.message, android: fields } }),
    ],
    ['fields with very long names', 'x'.repeat(500), (fields: object) => ({ ...CAMPAIGN, ...fields })],
  ])('very many %s are not all told', async (_what, name, make) => {
    const api = await startApp()
    const fields = Object.fromEntries(Array.from({ length: 1_500 }, (_, index) => [`${name}${index}`, 1]))
    const answer = await api.call('POST', '/v1/campaigns', make(fields))
    expect(answer.status).toBe(400)
    expect(answer.text.length).toBeLessThan(20_000)
  })

  test('an error inside is told as our mistake, without a word about what it was', async () => {
    const api = await startApp()
    await api.pool.query('ALTER TABLE campaigns RENAME COLUMN name TO secret_column')
    const answer = await api.call('POST', '/v1/campaigns', CAMPAIGN)
    expect(answer.json).toMatchObject({ status: 500, code: 'internal_error' })
    expect(answer.text).not.toMatch(/secret_column|column|prisma|campaigns"/i)
  })

  test('a database that is away is a 503 with Retry-After', async () => {
    const api = await startApp()
    const original = api.pool.query
    onTestFinished(() => {
      api.pool.query = original
    })
    api.pool.query = (() =>
      Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }))) as never
    const answer = await api.call('GET', '/v1/campaigns')
    expect(answer.json).toMatchObject({ status: 503, code: 'not_ready' })
    expect(answer.headers['retry-after']).toBe('5')
  })
})

function containing(text: string): RegExp {
  return new RegExp(text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
}
