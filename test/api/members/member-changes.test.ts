/** What people change about a member, and that one sees what the other did. */
import { describe, expect, test } from 'vitest'
import { createDevices } from '../../support/factories.ts'
import { allRows, startApp, type TestApp } from '../start-app.ts'

const read = async (api: TestApp, id = 'm1') => (await api.call('GET', `/v1/members/${id}`)).json
const idOf = async (api: TestApp, name: string) =>
  (await api.pool.query('SELECT id FROM api_keys WHERE name = $1', [name])).rows[0].id as string

const setup = async (member: Parameters<typeof createDevices>[2] = {}) => {
  const api = await startApp()
  await createDevices(api.pool, 1, member)
  const patch = (body: object, headers: Record<string, string> = {}, as: 'operator' | 'admin' = 'operator') =>
    api.call('PATCH', '/v1/members/m1', body, { as, headers })
  return { ...api, patch }
}

describe('consent', () => {
  test('an operator opts a member out and back in; who and when is there to read', async () => {
    const api = await setup()
    expect(await read(api)).toMatchObject({
      optedOut: false,
      consentAt: null,
      consentSource: null,
      consentBy: null,
      consentByName: null,
      editedAt: null,
      editedByName: null,
    })
    const out = await api.patch({ optedOut: true })
    expect(out.status).toBe(200)
    const by = await idOf(api, 'operator')
    expect(out.json).toMatchObject({
      optedOut: true,
      consentSource: 'person',
      consentBy: by,
      consentByName: 'operator',
      editedBy: by,
      editedByName: 'operator',
    })
    expect(out.json.consentAt).toBe(out.json.editedAt)
    expect(await read(api)).toEqual(out.json)
    const back = await api.patch({ optedOut: false }, {}, 'admin')
    expect(back.json).toMatchObject({ optedOut: false, consentByName: 'admin', editedByName: 'admin' })
    expect(Date.parse(back.json.consentAt)).toBeGreaterThanOrEqual(Date.parse(out.json.consentAt))
  })

  test('of two statements the later one decides, whichever comes first', async () => {
    const api = await setup()
    const monday = '2026-01-05T09:00:00.000Z'
    const tuesday = '2026-01-06T09:00:00.000Z'
    expect((await api.patch({ optedOut: true, consentAt: tuesday })).json).toMatchObject({
      optedOut: true,
      consentAt: tuesday,
    })
    const before = await allRows(api.pool)
    for (const consentAt of [monday, tuesday]) {
      const older = await api.patch({ optedOut: false, consentAt })
      expect(older.json).toMatchObject({ status: 409, code: 'consent_superseded' })
      expect(older.json.detail).toContain(tuesday)
    }
    expect(await allRows(api.pool)).toEqual(before)
    // An older statement to the same effect changes nothing, and is no conflict.
    expect((await api.patch({ optedOut: true, consentAt: monday })).json.consentAt).toBe(tuesday)
    expect((await api.patch({ optedOut: false, consentAt: '2026-01-07T09:00:00Z' })).json.optedOut).toBe(
      false,
    )
    // At the same time, the opt-out wins.
    const same = await api.patch({ optedOut: true, consentAt: '2026-01-07T09:00:00Z' })
    expect(same.json).toMatchObject({ optedOut: true, consentAt: '2026-01-07T09:00:00.000Z' })
  })

  test('the date of the first opt-out stays, and a statement without a time is made now', async () => {
    const api = await setup()
    const first = '2026-01-05T09:00:00.000Z'
    await api.patch({ optedOut: true, consentAt: first })
    await api.patch({ optedOut: true })
    const { rows } = await api.pool.query(
      `SELECT opted_out_at, consent_at > now() - interval '1 minute' AS is_now FROM members`,
    )
    expect(rows).toEqual([{ opted_out_at: new Date(first), is_now: true }])
  })

  test('a statement of the future, and a time without a statement, are refused', async () => {
    const api = await setup()
    const soon = new Date(Date.now() + 10 * 60_000).toISOString()
    for (const body of [{ optedOut: true, consentAt: soon }, { consentAt: '2026-01-05T09:00:00Z' }]) {
      expect((await api.patch(body)).json).toMatchObject({
        status: 400,
        code: 'invalid_request',
        errors: [{ field: '/consentAt' }],
      })
    }
    expect((await read(api)).optedOut).toBe(false)
  })
})

describe('language, time zone, attributes', () => {
  test('are written as a registration writes them; what is not sent stays, null takes away', async () => {
    const api = await setup({
      member: { locale: 'ko', timezone: 'Asia/Seoul', attributes: { plan: 'gold' } },
    })
    expect((await api.patch({ locale: 'de_at' })).json).toMatchObject({
      locale: 'de-AT',
      timezone: 'Asia/Seoul',
      attributes: { plan: 'gold' },
      optedOut: false,
      consentAt: null,
      editedByName: 'operator',
    })
    expect((await api.patch({ locale: null, timezone: null })).json).toMatchObject({
      locale: null,
      timezone: null,
    })
  })

  test('attributes are replaced as a whole', async () => {
    const api = await setup({ member: { attributes: { plan: 'gold', city: 'Seoul' } } })
    expect((await api.patch({ attributes: { plan: 'free' } })).json.attributes).toEqual({ plan: 'free' })
    expect((await api.patch({ attributes: {} })).json.attributes).toEqual({})
  })

  test.each([
    ['a locale that is none', { locale: 'x' }, '/locale', '"x"'],
    ['an empty locale', { locale: '' }, '/locale', 'null for none'],
    ['a time zone that is none', { timezone: 'Mars/Olympus' }, '/timezone', '"Mars/Olympus"'],
    ['attributes that are too large', { attributes: { a: 'x'.repeat(8_192) } }, '/attributes', '8192'],
    ['attributes that are a list', { attributes: [] }, '/attributes', 'object'],
    ['a NUL in an attribute', { attributes: { a: 'b\u0000' } }, '/attributes/a', 'NUL'],
    ['another field', { externalId: 'm2' }, '/externalId', 'not known'],
    ['nothing', {}, '/', 'at least one field'],
  ])('refuses %s, and changes nothing', async (_what, body, field, says) => {
    const api = await setup()
    const before = await allRows(api.pool)
    const { json } = await api.patch(body)
    expect(json).toMatchObject({ status: 400, code: 'invalid_request', errors: [{ field }] })
    expect(json.detail).toContain(says)
    expect(await allRows(api.pool)).toEqual(before)
  })

  test('a member that is not there is a 404', async () => {
    const api = await setup()
    const { json } = await api.call('PATCH', '/v1/members/nobody', { optedOut: true })
    expect(json).toMatchObject({ status: 404, code: 'member_not_found' })
  })
})

describe('two people at once', () => {
  test('the second one is told, and by whom it was changed; with the new ETag it goes', async () => {
    const api = await setup({ member: { attributes: { plan: 'gold' } } })
    const seen = (await api.call('GET', '/v1/members/m1')).headers.etag ?? ''
    const first = await api.patch({ attributes: { plan: 'free' } }, { 'if-match': seen }, 'admin')
    expect(first.status).toBe(200)
    const second = await api.patch({ optedOut: false }, { 'if-match': seen })
    expect(second.json).toMatchObject({ status: 412, code: 'member_changed' })
    expect(second.json.detail).toContain('last by admin at')
    expect(await read(api)).toMatchObject({ attributes: { plan: 'free' }, consentAt: null })
    const third = await api.patch({ optedOut: false }, { 'if-match': first.headers.etag ?? '' })
    expect(third.status).toBe(200)
  })

  test('of ten at the same moment, exactly one gets through', async () => {
    const api = await setup()
    const seen = (await api.call('GET', '/v1/members/m1')).headers.etag ?? ''
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) => api.patch({ attributes: { n } }, { 'if-match': seen })),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(9).fill(412)])
    const winner = answers.find(({ status }) => status === 200)
    expect((await read(api)).attributes).toEqual(winner?.json.attributes)
  })

  test('what a registration or an import writes is a change, a device that is seen again is none', async () => {
    const api = await setup()
    const etag = async () => (await api.call('GET', '/v1/members/m1')).headers.etag ?? ''
    const first = await etag()
    await api.pool.query(`UPDATE devices SET last_seen_at = last_seen_at - interval '3 days'`)
    const later = await etag()
    expect(later, 'the body is another one').not.toBe(first)
    expect((await api.patch({ locale: 'ko' }, { 'if-match': first })).status).toBe(200)
    const stale = await etag()
    await api.call('PUT', '/v1/devices/token-m1-1', {
      externalId: 'm1',
      platform: 'android',
      timezone: 'Asia/Seoul',
    })
    expect((await api.patch({ locale: 'de' }, { 'if-match': stale })).json.code).toBe('member_changed')
  })

  test('an If-Match that is no ETag of a member is refused; "*" is any', async () => {
    const api = await setup()
    expect((await api.patch({ locale: 'ko' }, { 'if-match': '"1-abc"' })).json).toMatchObject({
      status: 400,
      errors: [{ field: 'If-Match' }],
    })
    expect((await api.patch({ locale: 'ko' }, { 'if-match': '*' })).status).toBe(200)
  })
})
