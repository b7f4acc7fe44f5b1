/** The own sessions, and the password again before a dangerous deed. */
import { describe, expect, test } from 'vitest'
import { addUser, type Browser, PASSWORD, signIn } from '../browser.ts'
import { startApp, type TestApp } from '../start-app.ts'

const listed = async (browser: Browser) => (await browser.call('GET', '/v1/sessions')).json().data
/** As after eleven minutes. */
const age = ({ pool }: TestApp) =>
  pool.query(`UPDATE sessions SET confirmed_at = confirmed_at - interval '11 minutes'`)

describe('the own sessions', () => {
  test('are listed with their address and browser, and nobody else’s', async () => {
    const { app, prisma } = await startApp()
    await addUser(prisma, 'ada')
    await addUser(prisma, 'bob')
    await signIn(app, { name: 'bob' })
    const browser = await signIn(app, { name: 'ada' })
    const elsewhere = await app.inject({
      method: 'POST',
      url: '/v1/session',
      remoteAddress: '203.0.113.9',
      headers: { 'user-agent': `Firefox ${'x'.repeat(1_000)}` },
      payload: { name: 'ada', password: PASSWORD },
    })
    expect(elsewhere.statusCode).toBe(201)
    const own = await listed(browser)
    expect(own).toMatchObject([
      { isThisOne: false, address: '203.0.113.9', browser: expect.stringMatching(/^Firefox x+$/) },
      { isThisOne: true, address: '127.0.0.1' },
    ])
    expect(own[0].browser).toHaveLength(300)
    expect(JSON.stringify(own)).not.toContain(browser.cookie.slice(-20))
    for (const { createdAt, seenAt, expiresAt } of own) {
      expect(Date.parse(expiresAt)).toBeGreaterThan(Date.parse(seenAt))
      expect(Date.parse(seenAt)).toBeGreaterThanOrEqual(Date.parse(createdAt))
    }
  })

  test('are ended one by one, or all others, and never those of somebody else', async () => {
    const { app, prisma } = await startApp()
    await addUser(prisma, 'ada')
    await addUser(prisma, 'bob')
    const bob = await signIn(app, { name: 'bob' })
    const [first, second, third] = [
      await signIn(app, { name: 'ada' }),
      await signIn(app, { name: 'ada' }),
      await signIn(app, { name: 'ada' }),
    ]
    const works = async (browser: Browser) => (await browser.call('GET', '/v1/campaigns')).statusCode
    expect(await Promise.all([first, second, third].map(works))).toEqual([200, 200, 200])
    const [{ id: ofBob }] = await listed(bob)
    const [{ id: ofThird }] = await listed(first)
    for (const id of [ofBob, ofThird, ofThird]) {
      expect((await first.call('DELETE', `/v1/sessions/${id}`)).statusCode).toBe(204)
    }
    expect(await Promise.all([first, second, third, bob].map(works))).toEqual([200, 200, 401, 200])
    // Not from the memory of the process.
    expect(await listed(bob)).toHaveLength(1)
    expect((await first.call('DELETE', '/v1/sessions')).statusCode).toBe(204)
    expect(await listed(bob)).toHaveLength(1)
    expect(await Promise.all([first, second, bob].map(works))).toEqual([200, 401, 200])
    expect(await listed(first)).toHaveLength(1)
  })

  test('of an API key are its own, and another site ends none', async () => {
    const { app, keys } = await startApp()
    const browser = await signIn(app, { apiKey: keys.viewer })
    await signIn(app, { apiKey: keys.operator })
    const own = await listed(browser)
    expect(own).toHaveLength(1)
    const crossSite = { 'sec-fetch-site': 'cross-site' }
    for (const url of ['/v1/sessions', `/v1/sessions/${own[0].id}`]) {
      const refused = await browser.call('DELETE', url, undefined, crossSite)
      expect(refused.json().code).toBe('cross_site')
    }
    expect(await listed(browser)).toHaveLength(1)
  })
})

describe('a dangerous deed', () => {
  test('of a session needs the password of the last ten minutes', async () => {
    const api = await startApp()
    const { app, pool, prisma } = api
    const { id } = await addUser(prisma, 'root', 'admin')
    const other = await addUser(prisma, 'eve', 'viewer')
    await pool.query(`INSERT INTO members (external_id) VALUES ('m1')`)
    const browser = await signIn(app, { name: 'root' })
    const made = (await browser.call('POST', '/v1/api-keys', { name: 'k', role: 'viewer' })).json()
    const deeds = [
      ['POST', '/v1/users', { name: 'x', role: 'viewer', password: PASSWORD }],
      ['PATCH', `/v1/users/${other.id}`, { role: 'operator' }],
      ['POST', '/v1/api-keys', { name: 'x', role: 'viewer' }],
      ['POST', `/v1/api-keys/${made.id}/rotate`, {}],
      ['DELETE', `/v1/api-keys/${made.id}`, undefined],
      ['DELETE', '/v1/members/m1', undefined],
    ] as const
    await age(api)
    for (const [method, url, body] of deeds) {
      const { statusCode, json } = await browser.call(method, url, body)
      expect([statusCode, json().code], `${method} ${url}`).toEqual([403, 'reauthenticate'])
      expect(json().detail).toContain('POST /v1/session/confirm')
    }
    const { rows } = await pool.query(
      `SELECT (SELECT count(*)::int FROM users) AS users, (SELECT count(*)::int FROM members) AS members,
         (SELECT revoked_at FROM api_keys WHERE id = $1) AS revoked, (SELECT role FROM users WHERE id = $2) AS role`,
      [made.id, other.id],
    )
    expect(rows).toEqual([{ users: 2, members: 1, revoked: null, role: 'viewer' }])
    // What is only looked at needs nothing.
    expect((await browser.call('GET', '/v1/users')).statusCode).toBe(200)

    expect((await browser.call('POST', '/v1/session/confirm', { password: PASSWORD })).statusCode).toBe(204)
    for (const [method, url, body] of deeds) {
      expect((await browser.call(method, url, body)).statusCode, `${method} ${url}`).toBeLessThan(300)
    }
    expect(await prisma.user.findUnique({ where: { id } })).toMatchObject({ role: 'admin' })
  })

  test('is not opened by a wrong password, another user’s, or a key; and guesses are counted', async () => {
    const api = await startApp()
    const { app, keys, prisma } = api
    await addUser(prisma, 'root', 'admin')
    const browser = await signIn(app, { name: 'root' })
    await age(api)
    const confirm = (body: object) => browser.call('POST', '/v1/session/confirm', body)
    for (const body of [{ password: 'not the password' }, { apiKey: keys.admin }]) {
      const { statusCode, json } = await confirm(body)
      expect([statusCode, json().code]).toEqual([401, 'wrong_credentials'])
    }
    expect((await confirm({})).json().code).toBe('invalid_request')
    for (let n = 2; n < 10; n += 1) await confirm({ password: 'not the password' })
    const late = await confirm({ password: PASSWORD })
    expect(late.json()).toMatchObject({ status: 429, code: 'too_many_sign_ins' })
    expect((await browser.call('POST', '/v1/users', {})).json().code).toBe('reauthenticate')
  })

  test('of a session of an API key needs that key again; a program gives it with each request', async () => {
    const api = await startApp()
    const { app, call, keys, pool } = api
    await pool.query(`INSERT INTO members (external_id) VALUES ('m1'), ('m2')`)
    const browser = await signIn(app, { apiKey: keys.admin })
    await age(api)
    expect((await browser.call('DELETE', '/v1/members/m1')).json().code).toBe('reauthenticate')
    for (const apiKey of [keys.operator, 'cari_aaaaaaaa_short']) {
      const other = await browser.call('POST', '/v1/session/confirm', { apiKey })
      expect(other.json().code).toBe('wrong_credentials')
    }
    await browser.call('POST', '/v1/session/confirm', { apiKey: keys.admin })
    expect((await browser.call('DELETE', '/v1/members/m1')).statusCode).toBe(200)
    expect((await call('DELETE', '/v1/members/m2')).status).toBe(200)
  })
})
