import { describe, expect, test } from 'vitest'
import { changeUser } from '../../../src/access/user-store.ts'
import { addUser, openBrowser, PASSWORD, signIn } from '../browser.ts'
import { startApp } from '../start-app.ts'

const ADA = { name: 'Ada', role: 'operator', password: PASSWORD }

describe('users', () => {
  test('are made, listed newest first, and can sign in; nothing shows their passwords', async () => {
    const { app, call, pool } = await startApp()
    const made = await call('POST', '/v1/users', ADA)
    expect(made).toMatchObject({ status: 201, json: { name: 'Ada', role: 'operator', disabledAt: null } })
    await call('POST', '/v1/users', { ...ADA, name: 'Bob' })
    const browser = await signIn(app, { name: 'ADA' })
    expect((await browser.call('GET', '/v1/session')).json().name).toBe('Ada')

    const first = await call('GET', '/v1/users?limit=1')
    const second = await call('GET', `/v1/users?limit=1&cursor=${first.json.nextCursor}`)
    expect([...first.json.data, ...second.json.data].map(({ name }) => name)).toEqual(['Bob', 'Ada'])
    const third = await call('GET', `/v1/users?limit=1&cursor=${second.json.nextCursor}`)
    expect(third.json).toMatchObject({ data: [{ name: 'keeper' }], nextCursor: null })
    expect(second.json.data[0].lastSeenAt).not.toBeNull()
    const { rows } = await pool.query('SELECT password_hash FROM users')
    for (const text of [made.text, first.text, second.text, JSON.stringify(rows)]) {
      expect(text).not.toContain(PASSWORD)
    }
    for (const text of [made.text, first.text]) expect(text).not.toContain('argon2')
  })

  test('have names of their own, whatever the case and the code points', async () => {
    const { call, pool } = await startApp()
    await call('POST', '/v1/users', { ...ADA, name: 'Andr\u00e9' })
    for (const name of ['andr\u00e9', 'Andre\u0301']) {
      const again = await call('POST', '/v1/users', { ...ADA, name })
      expect(again.json).toMatchObject({ status: 409, code: 'user_name_taken', errors: [{ field: '/name' }] })
    }
    expect((await pool.query("SELECT 1 FROM users WHERE name <> 'keeper'")).rowCount).toBe(1)
  })

  test.each([
    [{ ...ADA, password: 'too short' }, '/password'],
    [{ ...ADA, password: 'too long '.repeat(20) }, '/password'],
    [{ ...ADA, password: ['an array of a secret'] }, '/password'],
    [{ ...ADA, role: 'root' }, '/role'],
    [{ ...ADA, name: ' Ada' }, '/name'],
    [{ ...ADA, name: '' }, '/name'],
    [{ name: 'Ada', role: 'viewer' }, '/password'],
  ])('%j is refused, without a word of the password', async (body, field) => {
    const { call, pool } = await startApp()
    const refused = await call('POST', '/v1/users', body)
    expect(refused.json).toMatchObject({ status: 400, code: 'invalid_request', errors: [{ field }] })
    if ('password' in body) expect(refused.text).not.toContain([body.password].flat()[0]?.slice(0, 9))
    expect((await pool.query("SELECT 1 FROM users WHERE name <> 'keeper'")).rowCount).toBe(0)
  })

  test('who are disabled are signed out and cannot sign in, until they are enabled and sign in anew', async () => {
    const { app, call, prisma } = await startApp()
    const { id } = await addUser(prisma, 'ada')
    const browser = await signIn(app, { name: 'ada' })
    const { cookie } = browser
    expect((await browser.call('GET', '/v1/campaigns')).statusCode).toBe(200)
    const changed = await call('PATCH', `/v1/users/${id}`, { disabled: true })
    expect(changed.json.disabledAt).not.toBeNull()
    expect((await browser.call('GET', '/v1/campaigns')).json().code).toBe('session_ended')
    const signInAgain = () =>
      openBrowser(app).call('POST', '/v1/session', { name: 'ada', password: PASSWORD })
    expect((await signInAgain()).statusCode).toBe(403)
    const same = await call('PATCH', `/v1/users/${id}`, { disabled: true })
    expect(same.json.disabledAt).toBe(changed.json.disabledAt)

    await call('PATCH', `/v1/users/${id}`, { disabled: false })
    expect((await openBrowser(app, cookie).call('GET', '/v1/campaigns')).statusCode, 'the old session').toBe(
      401,
    )
    expect((await signInAgain()).statusCode).toBe(201)
  })

  test('with a new password are signed out, and the old one is no good', async () => {
    const { app, call, prisma } = await startApp()
    const { id } = await addUser(prisma, 'ada')
    await addUser(prisma, 'bob')
    const browsers = [await signIn(app, { name: 'ada' }), await signIn(app, { name: 'ada' })]
    const bob = await signIn(app, { name: 'bob' })
    expect((await call('PATCH', `/v1/users/${id}`, { password: 'another long one' })).status).toBe(200)
    for (const browser of browsers) expect((await browser.call('GET', '/v1/session')).statusCode).toBe(401)
    expect((await bob.call('GET', '/v1/session')).statusCode).toBe(200)
    const withPassword = (password: string) =>
      openBrowser(app).call('POST', '/v1/session', { name: 'ada', password })
    expect((await withPassword(PASSWORD)).statusCode).toBe(401)
    expect((await withPassword('another long one')).statusCode).toBe(201)
  })

  test('whose role changes stay signed in, and stay what else they are', async () => {
    const { app, call, prisma } = await startApp()
    const { id } = await addUser(prisma, 'ada', 'viewer')
    const browser = await signIn(app, { name: 'ada' })
    expect((await call('PATCH', `/v1/users/${id}`, { role: 'admin' })).json).toMatchObject({ role: 'admin' })
    expect((await browser.call('GET', '/v1/users')).statusCode).toBe(200)
    expect((await browser.call('PATCH', `/v1/users/${id}`, { role: 'viewer' })).statusCode).toBe(200)
    expect((await browser.call('GET', '/v1/users')).json().code).toBe('missing_permission')
  })

  test.each([{ disabled: true }, { role: 'operator' }])(
    'that are the last admin stay it: %j',
    async (change) => {
      const { call, cookie, prisma } = await startApp()
      await cookie()
      const { id } = await prisma.user.findFirstOrThrow({ where: { name: 'keeper' } })
      const other = await addUser(prisma, 'bob', 'admin')
      await addUser(prisma, 'eve', 'operator')
      expect((await call('PATCH', `/v1/users/${other.id}`, change)).status).toBe(200)
      const refused = await call('PATCH', `/v1/users/${id}`, change)
      expect(refused.json).toMatchObject({ status: 409, code: 'last_admin' })
      expect(await prisma.user.findUnique({ where: { id } })).toMatchObject({
        role: 'admin',
        disabledAt: null,
      })
      // What takes no admin away is none of it.
      expect((await call('PATCH', `/v1/users/${other.id}`, { role: 'viewer', disabled: true })).status).toBe(
        200,
      )
      expect((await call('PATCH', `/v1/users/${id}`, { password: 'another long one' })).status).toBe(200)
    },
  )

  test('who disable each other at once: one of them stays', async () => {
    const { prisma } = await startApp()
    const users = [await addUser(prisma, 'ada', 'admin'), await addUser(prisma, 'bob', 'admin')]
    const answers = await Promise.allSettled(
      users.map(({ id }) => changeUser(prisma, id, { isDisabled: true })),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(answers).toContainEqual(
      expect.objectContaining({ reason: expect.objectContaining({ code: 'last_admin' }) }),
    )
    expect(await prisma.user.count({ where: { role: 'admin', disabledAt: null } })).toBe(1)
  })

  test('get no password that is among the first that are tried', async () => {
    const { call, prisma } = await startApp()
    const { id } = await addUser(prisma, 'gertrude')
    for (const password of ['password1234', 'carillon2026', 'gertrude2026!']) {
      const { json } = await call('PATCH', `/v1/users/${id}`, { password })
      expect(json).toMatchObject({ code: 'invalid_request', errors: [{ field: '/password' }] })
    }
    const made = await call('POST', '/v1/users', { name: 'bob', role: 'viewer', password: 'password1234' })
    expect(made.json).toMatchObject({ code: 'invalid_request', errors: [{ field: '/password' }] })
  })

  test('that are not there, and changes that are none, are refused', async () => {
    const { call, prisma } = await startApp()
    const { id } = await addUser(prisma, 'ada')
    const none = await call('PATCH', '/v1/users/01990000-0000-7000-8000-000000000000', { role: 'viewer' })
    expect(none.json).toMatchObject({ status: 404, code: 'user_not_found' })
    for (const body of [{}, { name: 'Eve' }, { password: 'short' }, { role: null }]) {
      expect((await call('PATCH', `/v1/users/${id}`, body)).json.code, JSON.stringify(body)).toBe(
        'invalid_request',
      )
    }
  })

  test('are made once when a request is repeated, and the password is in no fingerprint', async () => {
    const { call, pool } = await startApp()
    const headers = { 'idempotency-key': 'k1' }
    const first = await call('POST', '/v1/users', ADA, { headers })
    const again = await call('POST', '/v1/users', { ...ADA, password: 'another password' }, { headers })
    expect(again.text).toBe(first.text)
    const other = await call('POST', '/v1/users', { ...ADA, name: 'Bob' }, { headers })
    expect(other.json.code).toBe('idempotency_key_reused')
    // The process died before its answer was kept.
    await pool.query(
      `UPDATE idempotency_keys SET status = NULL, headers = NULL, body = NULL, claimed_at = now() - interval '61 seconds'`,
    )
    expect((await call('POST', '/v1/users', ADA, { headers })).json.id).toBe(first.json.id)
    expect((await pool.query("SELECT 1 FROM users WHERE name <> 'keeper'")).rowCount).toBe(1)
  })
})
