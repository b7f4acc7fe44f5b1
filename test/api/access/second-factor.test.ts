/** The second factor: set up, asked for at the sign-in, taken once, and removed. */
import { describe, expect, test } from 'vitest'
import { finishSecondFactor, takeCode } from '../../../src/access/second-factor.ts'
import { codeOf, stepAt } from '../../../src/access/totp.ts'
import { addUser, type Browser, openBrowser, PASSWORD, signIn } from '../browser.ts'
import { startApp, type TestApp } from '../start-app.ts'

/**
 * What the user's app shows in the half minute after that of the last code which was taken, or now if none was; and `later`. Not by
 * the clock: a test may run over the end of a half minute.
 */
async function codeOfApp({ pool }: TestApp, name: string, later = 0): Promise<string> {
  const { rows } = await pool.query('SELECT totp_secret, totp_step FROM users WHERE name = $1', [name])
  const [{ totp_secret: secret, totp_step: taken }] = rows
  return codeOf(secret, (taken === null ? stepAt(Date.now()) : Number(taken) + 1) + later)
}

/** Returns the recovery codes. The code that switched it on is the one before the present one: the next two are fresh. */
async function setUp(api: TestApp, browser: Browser, name: string): Promise<string[]> {
  const begun = await browser.call('POST', '/v1/session/second-factor')
  expect(begun.statusCode).toBe(200)
  const done = await browser.call('POST', '/v1/session/second-factor/confirm', {
    code: await codeOfApp(api, name, -1),
  })
  expect(done.statusCode).toBe(200)
  return done.json().recoveryCodes
}

const enter = async ({ app }: TestApp, body: object) => {
  const { statusCode, json } = await openBrowser(app).call('POST', '/v1/session', {
    name: 'ada',
    password: PASSWORD,
    ...body,
  })
  return [statusCode, statusCode === 201 ? null : json().code]
}

describe('a second factor', () => {
  test('is asked for once a code has shown that the app works, and not before', async () => {
    const api = await startApp()
    await addUser(api.prisma, 'ada')
    const browser = await signIn(api.app, { name: 'ada' })
    const begun = await browser.call('POST', '/v1/session/second-factor')
    expect(begun.json()).toEqual({
      secret: expect.stringMatching(/^[A-Z2-7]{32}$/),
      url: expect.stringContaining(`otpauth://totp/Carillon:ada?secret=${begun.json().secret}`),
    })
    expect(await enter(api, {})).toEqual([201, null])
    const wrong = await browser.call('POST', '/v1/session/second-factor/confirm', { code: '000000x' })
    expect(wrong.json()).toMatchObject({
      status: 401,
      code: 'wrong_credentials',
      errors: [{ field: '/code' }],
    })
    expect(await enter(api, {})).toEqual([201, null])

    const recoveryCodes = await setUp(api, browser, 'ada')
    expect(recoveryCodes).toHaveLength(10)
    for (const code of recoveryCodes) expect(code).toMatch(/^([A-Z2-7]{4}-){3}[A-Z2-7]{4}$/)
    expect(await enter(api, {})).toEqual([401, 'second_factor_required'])
    // Whoever does not know the password learns nothing of it.
    expect(await enter(api, { password: 'not the password' })).toEqual([401, 'wrong_credentials'])
    expect(await enter(api, { code: await codeOfApp(api, 'ada') })).toEqual([201, null])
    const state = (await browser.call('GET', '/v1/session/second-factor')).json()
    expect(state).toEqual({ onSince: expect.any(String), recoveryCodesLeft: 10 })
  })

  test('takes each code once, also of two sign-ins at once, and none from before', async () => {
    const api = await startApp()
    const { id } = await addUser(api.prisma, 'ada')
    await setUp(api, await signIn(api.app, { name: 'ada' }), 'ada')
    const [before, code] = [await codeOfApp(api, 'ada', -1), await codeOfApp(api, 'ada')]
    expect(await takeCode(api.prisma, id, before), 'the one that switched it on').toBe(false)
    const both = await Promise.all([takeCode(api.prisma, id, code), takeCode(api.prisma, id, code)])
    expect(both.sort()).toEqual([false, true])
    expect(await enter(api, { code })).toEqual([401, 'wrong_credentials'])
    const next = await codeOfApp(api, 'ada')
    expect(await takeCode(api.prisma, id, `${next.slice(0, 3)} ${next.slice(3)}`)).toBe(true)
    expect(await takeCode(api.prisma, id, code), 'an earlier one').toBe(false)
  })

  test('has recovery codes that are stored as hashes, belong to one user and are taken once', async () => {
    const api = await startApp()
    const { pool, prisma } = api
    await addUser(prisma, 'ada')
    const eve = await addUser(prisma, 'eve')
    const [first = '', second = ''] = await setUp(api, await signIn(api.app, { name: 'ada' }), 'ada')
    await setUp(api, await signIn(api.app, { name: 'eve' }), 'eve')
    const { rows } = await pool.query('SELECT r::text AS row FROM recovery_codes r')
    expect(rows).toHaveLength(20)
    for (const { row } of rows) expect(row).not.toContain(first.slice(0, 9))
    expect(await takeCode(prisma, eve.id, first)).toBe(false)
    expect(await enter(api, { code: ` ${first.toLowerCase()} ` })).toEqual([201, null])
    expect(await enter(api, { code: first })).toEqual([401, 'wrong_credentials'])
    expect(await enter(api, { code: second.replaceAll('-', '') })).toEqual([201, null])
    expect((await pool.query('SELECT FROM recovery_codes')).rowCount).toBe(18)
  })

  test('is not guessed: codes count as wrong passwords, the one that switched it on too', async () => {
    const api = await startApp()
    await addUser(api.prisma, 'ada')
    await setUp(api, await signIn(api.app, { name: 'ada' }), 'ada')
    for (let n = 1; n < 10; n += 1) {
      expect(await enter(api, { code: '000000' })).toEqual([401, 'wrong_credentials'])
    }
    expect(await enter(api, { code: await codeOfApp(api, 'ada') })).toEqual([429, 'too_many_sign_ins'])
  })

  test('is not guessed by many at once in an open session either', async () => {
    const api = await startApp()
    const { prisma } = api
    const { id } = await addUser(prisma, 'ada')
    const browser = await signIn(api.app, { name: 'ada' })
    await setUp(api, browser, 'ada')
    const answers = await Promise.all(
      Array.from({ length: 25 }, () => browser.call('POST', '/v1/session/confirm', { code: '000000' })),
    )
    const looked = answers.filter((answer) => answer.statusCode === 401)
    expect(looked).toHaveLength(9)
    expect(answers.filter((answer) => answer.statusCode === 429)).toHaveLength(16)
    expect(await takeCode(prisma, id, await codeOfApp(api, 'ada'))).toBe(true)
  })

  test('is set up and removed only with the password of the last minutes; a code is as good', async () => {
    const api = await startApp()
    const { pool, prisma } = api
    await addUser(prisma, 'ada')
    const browser = await signIn(api.app, { name: 'ada' })
    const age = () => pool.query(`UPDATE sessions SET confirmed_at = now() - interval '11 minutes'`)
    await age()
    expect((await browser.call('POST', '/v1/session/second-factor')).json().code).toBe('reauthenticate')
    await browser.call('POST', '/v1/session/confirm', { password: PASSWORD })
    await setUp(api, browser, 'ada')
    const again = await browser.call('POST', '/v1/session/second-factor')
    expect(again.json()).toMatchObject({ status: 409, code: 'second_factor_on' })
    await age()
    expect((await browser.call('DELETE', '/v1/session/second-factor')).json().code).toBe('reauthenticate')
    const code = await codeOfApp(api, 'ada')
    expect((await browser.call('POST', '/v1/session/confirm', { code })).statusCode).toBe(204)
    await age()
    expect((await browser.call('POST', '/v1/session/confirm', { code })).json().code).toBe(
      'wrong_credentials',
    )
    await browser.call('POST', '/v1/session/confirm', { password: PASSWORD })
    for (let n = 0; n < 2; n += 1) {
      expect((await browser.call('DELETE', '/v1/session/second-factor')).statusCode).toBe(204)
    }
    expect(await enter(api, {})).toEqual([201, null])
    expect((await pool.query('SELECT FROM recovery_codes')).rowCount).toBe(0)
    const late = await browser.call('POST', '/v1/session/second-factor/confirm', { code })
    expect(late.json()).toMatchObject({ status: 409, code: 'second_factor_not_begun' })
  })

  test('is taken away by an admin, who cannot set one up for somebody', async () => {
    const api = await startApp()
    const { id } = await addUser(api.prisma, 'ada')
    await setUp(api, await signIn(api.app, { name: 'ada' }), 'ada')
    const list = await api.call('GET', '/v1/users')
    expect(list.json.data.find((user: { id: string }) => user.id === id)).toMatchObject({
      hasSecondFactor: true,
    })
    expect(list.text).not.toMatch(/totp|secret/i)
    expect((await api.call('PATCH', `/v1/users/${id}`, { secondFactor: true })).json.code).toBe(
      'invalid_request',
    )
    const changed = await api.call('PATCH', `/v1/users/${id}`, { secondFactor: false })
    expect(changed.json).toMatchObject({ hasSecondFactor: false, role: 'operator' })
    expect(await enter(api, {})).toEqual([201, null])
  })

  test('is not switched on with a secret that was replaced meanwhile, and not by an API key', async () => {
    const api = await startApp()
    const { id } = await addUser(api.prisma, 'ada')
    const browser = await signIn(api.app, { name: 'ada' })
    await browser.call('POST', '/v1/session/second-factor')
    const old = await codeOfApp(api, 'ada')
    await browser.call('POST', '/v1/session/second-factor')
    expect(await finishSecondFactor(api.prisma, id, old)).toBeNull()
    const ofKey = await signIn(api.app, { apiKey: api.keys.admin })
    for (const method of ['GET', 'POST', 'DELETE'] as const) {
      const { json } = await ofKey.call(method, '/v1/session/second-factor')
      expect(json()).toMatchObject({ status: 403, code: 'missing_permission' })
    }
  })
})
