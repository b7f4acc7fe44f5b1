import * as crypto from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { permissionsOf } from '../../../src/domain/permissions.ts'
import { addUser, type Browser, openBrowser, PASSWORD, signIn } from '../browser.ts'
import { CAMPAIGN, startApp, type TestApp } from '../start-app.ts'

// Counts what a sign-in costs: `vi.fn` around the real thing.
vi.mock('node:crypto', async (original) => {
  const real = await original<typeof crypto>()
  return { ...real, argon2: vi.fn(real.argon2) }
})
const argon2 = vi.mocked(crypto.argon2)
beforeEach(() => {
  argon2.mockClear()
})

/** Shared by the tests that must change nothing, or do not mind what the others leave. */
let shared: TestApp
let closeShared: () => Promise<void>
beforeAll(async () => {
  shared = await startApp({}, {}, (close) => {
    closeShared = close
  })
})
afterAll(() => closeShared())

describe('signing in', () => {
  test('with a password sets a cookie that only this host’s pages get, and no script reads', async () => {
    const { app, prisma } = await startApp()
    await addUser(prisma, 'Ada', 'operator')
    const browser = openBrowser(app)
    const answer = await browser.call('POST', '/v1/session', { name: 'ada', password: PASSWORD })
    expect(answer.statusCode).toBe(201)
    const { expiresAt, ...who } = answer.json()
    const permissions = permissionsOf('operator')
    expect(who).toEqual({ kind: 'user', name: 'Ada', role: 'operator', permissions })
    expect(Date.parse(expiresAt) - Date.now()).toBeGreaterThan(6.99 * 86_400_000)
    const [cookie, ...more] = [answer.headers['set-cookie']].flat()
    expect(more).toEqual([])
    expect(cookie).toMatch(
      /^__Host-carillon=[\w-]{43}; Path=\/; Expires=[^;]+ GMT; HttpOnly; Secure; SameSite=Strict$/,
    )
    expect(answer.headers['cache-control']).toBe('no-store')
    expect((await browser.call('GET', '/v1/session')).json()).toEqual({ ...who, expiresAt })
    expect((await browser.call('GET', '/v1/campaigns')).statusCode).toBe(200)
  })

  test('with an API key lets do what the key may do', async () => {
    const { app, keys, pool } = await startApp()
    const browser = await signIn(app, { apiKey: keys.viewer })
    expect((await browser.call('GET', '/v1/session')).json()).toMatchObject({
      kind: 'api_key',
      name: 'viewer',
      role: 'viewer',
      permissions: permissionsOf('viewer'),
    })
    const refused = await browser.call('POST', '/v1/campaigns', CAMPAIGN)
    expect(refused.json()).toMatchObject({ status: 403, code: 'missing_permission' })
    const { rows } = await pool.query('SELECT user_id, api_key_id IS NOT NULL AS "isOfKey" FROM sessions')
    expect(rows).toEqual([{ user_id: null, isOfKey: true }])
  })

  test('tells a disabled user that it is so, but only after the right password', async () => {
    const { app, pool, prisma } = await startApp()
    await addUser(prisma, 'gone')
    await pool.query(`UPDATE users SET disabled_at = now() WHERE name = 'gone'`)
    const answer = await openBrowser(app).call('POST', '/v1/session', { name: 'gone', password: PASSWORD })
    expect(answer.json()).toMatchObject({ status: 403, code: 'user_disabled' })
    expect(answer.cookies).toEqual([])
    expect((await pool.query('SELECT FROM sessions')).rowCount).toBe(0)
  })

  test('says the same, after the same work, for an unknown name, a wrong password, and a wrong one of a disabled user', async () => {
    const { app, pool, prisma } = await startApp()
    await addUser(prisma, 'ada')
    await addUser(prisma, 'gone')
    await pool.query(`UPDATE users SET disabled_at = now() WHERE name = 'gone'`)
    const answers: unknown[] = []
    for (const [name, password] of [
      ['nobody', PASSWORD],
      ['ada', 'not her password'],
      ['gone', 'not the password'],
    ]) {
      argon2.mockClear()
      const answer = await openBrowser(app).call('POST', '/v1/session', { name, password })
      expect(answer.cookies).toEqual([])
      const { requestId, ...problem } = answer.json()
      const [, { memory, passes, parallelism }] = argon2.mock.calls[0] as unknown as [
        string,
        Record<string, number>,
      ]
      answers.push({ ...problem, work: argon2.mock.calls.length, memory, passes, parallelism })
    }
    expect(answers[0]).toMatchObject({
      status: 401,
      code: 'wrong_credentials',
      work: 1,
      memory: 19_456,
      passes: 2,
      parallelism: 1,
    })
    expect(answers[1]).toEqual(answers[0])
    expect(answers[2]).toEqual(answers[0])
  })

  test('refuses a key that is revoked or was never made', async () => {
    const { app, keys, pool } = await startApp()
    await pool.query(`UPDATE api_keys SET revoked_at = now() WHERE name = 'viewer'`)
    const badKeys = [
      keys.viewer,
      `${keys.admin.slice(0, -1)}_`,
      `${keys.admin.slice(0, 14)}${'x'.repeat(43)}`,
    ]
    for (const apiKey of badKeys) {
      const answer = await openBrowser(app).call('POST', '/v1/session', { apiKey })
      expect(answer.json()).toMatchObject({ status: 401, code: 'wrong_credentials' })
    }
    expect((await pool.query('SELECT 1 FROM sessions')).rowCount).toBe(0)
  })

  test.each([
    [{}],
    [{ name: 'ada' }],
    [{ password: PASSWORD }],
    [{ name: 'ada', password: PASSWORD, apiKey: 'x' }],
    [{ name: 'ada', password: [PASSWORD] }],
    [{ name: 'ada', password: PASSWORD.repeat(20) }],
  ])('%j is not valid, and no password is in the answer', async (body) => {
    const { app } = shared
    const answer = await openBrowser(app).call('POST', '/v1/session', body)
    expect(answer.json()).toMatchObject({ status: 400, code: 'invalid_request' })
    expect(answer.body).not.toContain('horse')
    expect(argon2).not.toHaveBeenCalled()
  })

  test('again makes a new token and ends the session before', async () => {
    const { app, prisma } = await startApp()
    await addUser(prisma, 'ada')
    const browser = await signIn(app, { name: 'ada' })
    const { cookie } = browser
    await browser.call('POST', '/v1/session', { name: 'ada', password: PASSWORD })
    expect(browser.cookie).not.toBe(cookie)
    expect((await openBrowser(app, cookie).call('GET', '/v1/session')).json().code).toBe('session_ended')
    expect((await browser.call('GET', '/v1/session')).statusCode).toBe(200)
  })

  test('keeps a hash of the token, not the token', async () => {
    const { app, pool, prisma } = await startApp()
    await addUser(prisma, 'ada')
    const { cookie } = await signIn(app, { name: 'ada' })
    const token = cookie.split('=')[1] as string
    const { rows } = await pool.query(`SELECT hash, sessions::text AS row FROM sessions`)
    expect(rows[0].hash).toEqual(crypto.createHash('sha256').update(token).digest())
    expect(rows[0].row).not.toContain(token)
  })

  test('is not kept for replays', async () => {
    const { app, pool, prisma } = await startApp()
    await addUser(prisma, 'ada')
    const body = { name: 'ada', password: PASSWORD }
    const answer = await openBrowser(app).call('POST', '/v1/session', body, { 'idempotency-key': 'k1' })
    expect(answer.statusCode).toBe(201)
    expect((await pool.query('SELECT 1 FROM idempotency_keys')).rowCount).toBe(0)
  })
})

describe('throttling', () => {
  test('ten wrong passwords for a name close it for everybody, whatever the case, and for no other name', async () => {
    const { app, prisma } = await startApp()
    await addUser(prisma, 'ada')
    await addUser(prisma, 'bob')
    for (let n = 0; n < 10; n += 1) {
      const name = n % 2 ? 'ada' : 'ADA'
      const wrong = await openBrowser(app).call('POST', '/v1/session', { name, password: 'wrong' })
      expect(wrong.json().code).toBe('wrong_credentials')
    }
    argon2.mockClear()
    const body = { name: 'ada', password: PASSWORD }
    const answer = await openBrowser(app).call('POST', '/v1/session', body)
    expect(answer.json()).toMatchObject({ status: 429, code: 'too_many_sign_ins' })
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(290)
    expect(argon2, 'nothing is hashed for those that are refused').not.toHaveBeenCalled()
    await signIn(app, { name: 'bob' })
  })

  test('spellings that are one name to the database are one name here', async () => {
    const { app, pool, prisma } = await startApp({ TRUSTED_PROXIES: '127.0.0.1' })
    // At the end of a word JavaScript makes another small sigma of a capital one: each of them was a name with ten tries.
    const spellings = ['ΑΣ', 'αΣ', 'Ασ', 'ασ']
    const { rows } = await pool.query('SELECT DISTINCT lower(n) AS name FROM unnest($1::text[]) AS n', [
      spellings,
    ])
    expect([rows.length, new Set(spellings.map((name) => name.toLowerCase())).size]).toEqual([1, 2])
    await addUser(prisma, 'ασ')
    const guess = async (n: number) => {
      const body = { name: spellings[n % 4] ?? '', password: 'wrong' }
      const from = { 'x-forwarded-for': `192.0.2.${n}` }
      return (await openBrowser(app).call('POST', '/v1/session', body, from)).json().code
    }
    for (let n = 0; n < 10; n += 1) expect(await guess(n)).toBe('wrong_credentials')
    for (let n = 10; n < 14; n += 1) expect(await guess(n)).toBe('too_many_sign_ins')
  })

  test('right passwords do not count', async () => {
    const { app, prisma } = await startApp()
    await addUser(prisma, 'ada')
    for (let n = 0; n < 11; n += 1) await signIn(app, { name: 'ada' })
  })

  test('thirty sign-ins a minute from an address, right or wrong, are enough; sessions go on', async () => {
    const { app, pool, keys } = await startApp({ TRUSTED_PROXIES: '127.0.0.1' })
    const browser = await signIn(app, { apiKey: keys.viewer })
    const from = (address: string) => ({ 'x-forwarded-for': address })
    for (let n = 0; n < 30; n += 1) {
      await openBrowser(app).call('POST', '/v1/session', { apiKey: keys.viewer }, from('192.0.2.1'))
    }
    const answer = await openBrowser(app).call(
      'POST',
      '/v1/session',
      { apiKey: keys.viewer },
      from('192.0.2.1'),
    )
    expect(answer.json()).toMatchObject({ status: 429, code: 'too_many_sign_ins' })
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(30)
    expect((await pool.query('SELECT 1 FROM sessions')).rowCount).toBe(31)
    const other = await openBrowser(app).call(
      'POST',
      '/v1/session',
      { apiKey: keys.viewer },
      from('192.0.2.2'),
    )
    expect(other.statusCode).toBe(201)
    expect((await browser.call('GET', '/v1/session', undefined, from('192.0.2.1'))).statusCode).toBe(200)
  })

  test('who is no trusted proxy cannot say it is somebody else', async () => {
    const { app, keys } = await startApp()
    for (let n = 0; n < 31; n += 1) {
      const answer = await openBrowser(app).call(
        'POST',
        '/v1/session',
        { apiKey: keys.viewer },
        { 'x-forwarded-for': `192.0.2.${n}` },
      )
      expect(answer.statusCode).toBe(n < 30 ? 201 : 429)
    }
  })
})

describe('a session', () => {
  test('that is ended by its user is over, and the cookie is taken back', async () => {
    const { app, prisma } = await startApp()
    await addUser(prisma, 'ada')
    const browser = await signIn(app, { name: 'ada' })
    const { cookie } = browser
    const answer = await browser.call('DELETE', '/v1/session')
    expect(answer.statusCode).toBe(204)
    expect(answer.headers['set-cookie']).toMatch(
      /^__Host-carillon=; Max-Age=0; Path=\/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Strict$/,
    )
    const refused = await openBrowser(app, cookie).call('GET', '/v1/campaigns')
    expect(refused.json()).toMatchObject({ status: 401, code: 'session_ended' })
    expect((await openBrowser(app, cookie).call('DELETE', '/v1/session')).statusCode).toBe(204)
    expect((await openBrowser(app).call('DELETE', '/v1/session')).statusCode).toBe(204)
  })

  test('that is none is told so', async () => {
    const { app } = await startApp()
    expect((await openBrowser(app).call('GET', '/v1/session')).json()).toMatchObject({
      status: 401,
      code: 'session_ended',
    })
    for (const value of ['', 'x', 'A'.repeat(43), '%00', 'A'.repeat(5_000)]) {
      const { statusCode } = await openBrowser(app, `__Host-carillon=${value}`).call('GET', '/v1/campaigns')
      expect(statusCode, value.slice(0, 50)).toBe(401)
    }
  })

  test('of a revoked key ends at once, and its role is the one its user has now', async () => {
    const { app, call, keys, prisma } = await startApp()
    const ofKey = await signIn(app, { apiKey: keys.operator })
    expect((await ofKey.call('GET', '/v1/campaigns')).statusCode).toBe(200)
    const list = await call('GET', '/v1/api-keys')
    const { id } = list.json.data.find(({ name }: { name: string }) => name === 'operator')
    await call('DELETE', `/v1/api-keys/${id}`)
    expect((await ofKey.call('GET', '/v1/campaigns')).json().code).toBe('session_ended')

    const { id: userId } = await addUser(prisma, 'ada', 'operator')
    const ofUser = await signIn(app, { name: 'ada' })
    expect((await ofUser.call('POST', '/v1/campaigns', CAMPAIGN)).statusCode).toBe(201)
    await call('PATCH', `/v1/users/${userId}`, { role: 'viewer' })
    expect((await ofUser.call('POST', '/v1/campaigns', CAMPAIGN)).json()).toMatchObject({
      code: 'missing_permission',
      detail: expect.stringContaining('your role "viewer" does not have it. Ask an admin'),
    })
    expect((await ofUser.call('GET', '/v1/session')).json().permissions).toEqual(permissionsOf('viewer'))
    expect((await ofUser.call('GET', '/v1/campaigns')).statusCode).toBe(200)
  })

  test('names its user in what it makes, and keeps its own idempotency keys', async () => {
    const { app, prisma, call } = await startApp()
    const { id } = await addUser(prisma, 'ada')
    const browser = await signIn(app, { name: 'ada' })
    const headers = { 'idempotency-key': 'k1' }
    const first = await browser.call('POST', '/v1/campaigns', CAMPAIGN, headers)
    expect(first.json()).toMatchObject({ createdBy: id, createdByName: 'ada' })
    const again = await browser.call('POST', '/v1/campaigns', CAMPAIGN, headers)
    expect(again.body).toBe(first.body)
    expect(again.headers['idempotency-replayed']).toBe('true')
    const other = await call('POST', '/v1/campaigns', CAMPAIGN, { headers })
    expect(other.json.id).not.toBe(first.json().id)
  })
})

describe('another site', () => {
  const cases: [what: string, headers: Record<string, string>, isAllowed: boolean][] = [
    ['same-origin', { 'sec-fetch-site': 'same-origin' }, true],
    ['cross-site', { 'sec-fetch-site': 'cross-site' }, false],
    ['a neighbour', { 'sec-fetch-site': 'same-site' }, false],
    ['the address bar', { 'sec-fetch-site': 'none' }, false],
    ['same-origin by Origin', { origin: 'http://carillon.test:8080', host: 'carillon.test:8080' }, true],
    ['another port by Origin', { origin: 'http://carillon.test', host: 'carillon.test:8080' }, false],
    ['another host by Origin', { origin: 'http://evil.test', host: 'carillon.test' }, false],
    ['a hidden Origin', { origin: 'null' }, false],
    [
      'an Origin, overruled',
      { 'sec-fetch-site': 'cross-site', origin: 'http://x.test', host: 'x.test' },
      false,
    ],
    ['nothing said', {}, false],
  ]

  test.each(cases)('%s: a change with the cookie', async (_what, headers, isAllowed) => {
    const { app, keys, pool } = shared
    const before = await pool.query('SELECT 1 FROM campaigns')
    const { cookie } = await signIn(app, { apiKey: keys.operator })
    const post = await app.inject({
      method: 'POST',
      url: '/v1/campaigns',
      headers: { cookie, ...headers },
      payload: CAMPAIGN,
    })
    expect(post.statusCode).toBe(isAllowed ? 201 : 403)
    if (!isAllowed) expect(post.json().code).toBe('cross_site')
    const after = await pool.query('SELECT 1 FROM campaigns')
    expect((after.rowCount ?? 0) - (before.rowCount ?? 0)).toBe(isAllowed ? 1 : 0)
    const get = await app.inject({ url: '/v1/campaigns', headers: { cookie, ...headers } })
    expect(get.statusCode).toBe(200)
    const out = await app.inject({ method: 'DELETE', url: '/v1/session', headers: { cookie, ...headers } })
    expect(out.statusCode).toBe(isAllowed ? 204 : 403)
  })

  test('cannot sign anybody in; a program, which says nothing, can', async () => {
    const { app, keys } = shared
    const post = (headers: Record<string, string>) =>
      app.inject({ method: 'POST', url: '/v1/session', headers, payload: { apiKey: keys.viewer } })
    expect((await post({ 'sec-fetch-site': 'cross-site' })).json().code).toBe('cross_site')
    expect((await post({ origin: 'http://evil.test' })).json().code).toBe('cross_site')
    expect((await post({})).statusCode).toBe(201)
  })

  test('does not matter to a request with an API key, which no browser adds by itself', async () => {
    const { app, keys } = shared
    const answer = await app.inject({
      method: 'POST',
      url: '/v1/campaigns',
      headers: {
        authorization: `Bearer ${keys.operator}`,
        'sec-fetch-site': 'cross-site',
        cookie: '__Host-carillon=x',
      },
      payload: CAMPAIGN,
    })
    expect(answer.statusCode).toBe(201)
  })

  test('cannot make a wrong key fall back to a right cookie', async () => {
    const { app, keys } = shared
    const browser = await signIn(app, { apiKey: keys.viewer })
    const answer = await browser.call('GET', '/v1/campaigns', undefined, { authorization: 'Bearer wrong' })
    expect(answer.json().code).toBe('invalid_api_key')
  })
})

describe('changing the own password', () => {
  const NEXT = 'another horse, no battery'
  const change = (browser: Browser, body: object = {}) =>
    browser.call('POST', '/v1/session/password', { password: PASSWORD, newPassword: NEXT, ...body })

  test('needs the current one, and ends all sessions but this', async () => {
    const { app, prisma } = await startApp()
    await addUser(prisma, 'ada')
    await addUser(prisma, 'bob')
    const [here, there, other] = [
      await signIn(app, { name: 'ada' }),
      await signIn(app, { name: 'ada' }),
      await signIn(app, { name: 'bob' }),
    ]
    const wrong = await change(here, { password: 'not her password' })
    expect(wrong.json()).toMatchObject({ status: 401, code: 'wrong_credentials' })
    expect((await there.call('GET', '/v1/session')).statusCode).toBe(200)
    const short = await change(here, { newPassword: 'short' })
    expect(short.json()).toMatchObject({ status: 400, errors: [{ field: '/newPassword' }] })
    expect(short.body).not.toContain('"short"')
    expect((await change(here)).statusCode).toBe(204)
    expect((await here.call('GET', '/v1/session')).statusCode).toBe(200)
    expect((await there.call('GET', '/v1/session')).statusCode).toBe(401)
    expect((await other.call('GET', '/v1/session')).statusCode).toBe(200)
    const signInWith = (password: string) =>
      openBrowser(app).call('POST', '/v1/session', { name: 'ada', password })
    expect((await signInWith(PASSWORD)).statusCode).toBe(401)
    expect((await signInWith(NEXT)).statusCode).toBe(201)
  })

  test('is limited like a sign-in, and for that name only', async () => {
    const { app, prisma } = await startApp()
    await addUser(prisma, 'ada')
    await addUser(prisma, 'bob')
    const ada = await signIn(app, { name: 'ada' })
    const bob = await signIn(app, { name: 'bob' })
    for (let n = 0; n < 10; n++) expect((await change(ada, { password: `wrong ${n}` })).statusCode).toBe(401)
    expect((await change(ada)).json()).toMatchObject({ status: 429, code: 'too_many_sign_ins' })
    expect((await change(bob)).statusCode).toBe(204)
  })

  test('of two at once, one wins, and the other changes nothing', async () => {
    const { app, prisma } = await startApp()
    await addUser(prisma, 'ada')
    const ada = await signIn(app, { name: 'ada' })
    const answers = await Promise.all([change(ada), change(ada, { newPassword: 'a third, with no horse' })])
    expect(answers.map(({ statusCode }) => statusCode).toSorted()).toEqual([204, 401])
  })

  test('is not for API keys, nobody, or another site', async () => {
    const { app, keys, prisma } = await startApp()
    await addUser(prisma, 'ada')
    const key = await signIn(app, { apiKey: keys.admin })
    expect((await change(key)).json()).toMatchObject({ status: 403, code: 'missing_permission' })
    expect((await change(openBrowser(app))).json()).toMatchObject({ status: 401, code: 'session_ended' })
    const ada = await signIn(app, { name: 'ada' })
    const body = { password: PASSWORD, newPassword: NEXT }
    const foreign = await ada.call('POST', '/v1/session/password', body, { 'sec-fetch-site': 'cross-site' })
    expect(foreign.json()).toMatchObject({ status: 403, code: 'cross_site' })
  })
})
