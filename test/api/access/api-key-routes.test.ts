import { describe, expect, test } from 'vitest'
import { ROLES } from '../../../src/domain/permissions.ts'
import { until } from '../../support/until.ts'
import { signIn } from '../browser.ts'
import { CAMPAIGN, startApp } from '../start-app.ts'

const bearer = (key: string) => ({ headers: { authorization: `Bearer ${key}` } })

describe('API keys', () => {
  test('are shown once, and kept as a hash', async () => {
    const { call, pool } = await startApp()
    const made = await call('POST', '/v1/api-keys', { name: 'console', role: 'operator' })
    expect(made).toMatchObject({ status: 201, json: { name: 'console', role: 'operator', expiresAt: null } })
    expect(made.json.key).toMatch(/^cari_[0-9A-Za-z]{8}_[0-9A-Za-z]{43}$/)
    expect(made.headers['cache-control']).toBe('no-store')
    const list = await call('GET', '/v1/api-keys')
    expect(list.json.data.map(({ name }: { name: string }) => name).sort()).toEqual(
      [...ROLES, 'console'].sort(),
    )
    expect(list.text).not.toContain(made.json.key)
    const { rows } = await pool.query('SELECT api_keys::text AS row FROM api_keys')
    for (const { row } of rows) expect(row).not.toContain(made.json.key.slice(14))
    expect((await call('GET', '/v1/campaigns', undefined, bearer(made.json.key))).status).toBe(200)
    await until(
      async () =>
        (await pool.query('SELECT 1 FROM api_keys WHERE name = $1 AND last_used_at IS NOT NULL', ['console']))
          .rowCount === 1,
      {
        what: 'last_used_at is written',
      },
    )
  })

  test('that are revoked stop at once, also when they were just used', async () => {
    const { call } = await startApp()
    const made = await call('POST', '/v1/api-keys', { name: 'x', role: 'viewer' })
    expect((await call('GET', '/v1/campaigns', undefined, bearer(made.json.key))).status).toBe(200)
    expect((await call('DELETE', `/v1/api-keys/${made.json.id}`)).status).toBe(204)
    const refused = await call('GET', '/v1/campaigns', undefined, bearer(made.json.key))
    expect(refused.json).toMatchObject({ status: 401, code: 'invalid_api_key' })
    expect(refused.json.detail).toContain('revoked')
    expect((await call('DELETE', `/v1/api-keys/${made.json.id}`)).status).toBe(204)
  })

  test('that have expired say when', async () => {
    const { call, pool } = await startApp()
    const made = await call('POST', '/v1/api-keys', {
      name: 'x',
      role: 'viewer',
      expiresAt: '2099-01-01T00:00:00Z',
    })
    await pool.query(`UPDATE api_keys SET expires_at = '2020-01-01T00:00:00Z' WHERE id = $1`, [made.json.id])
    const refused = await call('GET', '/v1/campaigns', undefined, bearer(made.json.key))
    expect(refused.json.detail).toContain('expired at 2020-01-01T00:00:00.000Z')
  })

  test('cannot be made expired, or revoked when there is none', async () => {
    const { call, pool } = await startApp()
    const past = await call('POST', '/v1/api-keys', {
      name: 'x',
      role: 'viewer',
      expiresAt: '2020-01-01T00:00:00Z',
    })
    expect(past.json).toMatchObject({ status: 400, errors: [{ field: '/expiresAt' }] })
    expect((await pool.query('SELECT 1 FROM api_keys')).rowCount).toBe(ROLES.length)
    const none = await call('DELETE', '/v1/api-keys/01990000-0000-7000-8000-000000000000')
    expect(none.json).toMatchObject({ status: 404, code: 'api_key_not_found' })
  })

  test('can be limited to a part of what their role may do, and to no more', async () => {
    const { call } = await startApp()
    const body = { name: 'app', role: 'operator', permissions: ['devices:register', 'campaigns:read'] }
    const made = await call('POST', '/v1/api-keys', body)
    expect(made.json).toMatchObject({
      role: 'operator',
      permissions: ['campaigns:read', 'devices:register'],
      isLimited: true,
    })
    const by = bearer(made.json.key)
    expect((await call('GET', '/v1/campaigns', undefined, by)).status).toBe(200)
    const refused = await call('POST', '/v1/campaigns', CAMPAIGN, by)
    expect(refused.json).toMatchObject({ status: 403, code: 'missing_permission' })
    expect(refused.json.detail).toContain(
      'this API key with the role "operator" is limited to other permissions',
    )
    for (const permission of ['members:erase', 'keys:manage']) {
      const more = await call('POST', '/v1/api-keys', {
        ...body,
        permissions: ['campaigns:read', permission],
      })
      expect(more.json).toMatchObject({ status: 400, errors: [{ field: '/permissions/1' }] })
      expect(more.json.detail).toContain(permission)
    }
  })

  test('make no users and no keys, whatever their role', async () => {
    const { call, keys, pool } = await startApp()
    const admin = bearer(keys.admin)
    const calls = [
      ['POST', '/v1/api-keys', { name: 'x', role: 'viewer' }],
      ['POST', '/v1/users', { name: 'eve', role: 'admin', password: 'a horse, a battery' }],
    ] as const
    for (const [method, url, body] of calls) {
      const refused = await call(method, url, body, { ...admin, as: 'operator' })
      expect(refused.json).toMatchObject({ status: 403, code: 'missing_permission' })
      expect(refused.json.detail).toContain('no API key has it')
    }
    expect((await pool.query('SELECT 1 FROM users')).rowCount).toBe(0)
    expect((await pool.query('SELECT 1 FROM api_keys')).rowCount).toBe(ROLES.length)
  })

  test('work from the addresses that they allow, whatever form the address has, and from no other', async () => {
    const { app, call } = await startApp()
    const allowedAddresses = ['203.0.113.0/24', '2001:db8::/32']
    const made = await call('POST', '/v1/api-keys', { name: 'x', role: 'viewer', allowedAddresses })
    expect(made.json).toMatchObject({ allowedAddresses, isLimited: false })
    const { headers } = bearer(made.json.key)
    const from = (remoteAddress: string, body?: object) =>
      app.inject({
        method: body === undefined ? 'GET' : 'POST',
        url: body === undefined ? '/v1/campaigns' : '/v1/session',
        remoteAddress,
        ...(body === undefined ? { headers } : { payload: body }),
      })
    for (const address of ['203.0.113.9', '::ffff:203.0.113.9', '2001:db8::9']) {
      expect((await from(address)).statusCode, address).toBe(200)
    }
    for (const address of ['203.0.114.9', '::ffff:203.0.114.9', '2001:db9::9', '127.0.0.1']) {
      const refused = await from(address)
      expect(refused.json(), address).toMatchObject({ status: 403, code: 'address_not_allowed' })
      expect(refused.json().detail).toContain(`may not be used from ${address}`)
      const signIn = await from(address, { apiKey: made.json.key })
      expect(signIn.json(), address).toMatchObject({ status: 403, code: 'address_not_allowed' })
    }
    const wrong = { name: 'x', role: 'viewer', allowedAddresses: ['203.0.113.0/24', 'example.com'] }
    expect((await call('POST', '/v1/api-keys', wrong)).json).toMatchObject({
      status: 400,
      errors: [{ field: '/allowedAddresses/1' }],
    })
  })

  test('that are rotated have two secrets for a while, and a list says until when', async () => {
    const { app, call, pool } = await startApp()
    const made = await call('POST', '/v1/api-keys', { name: 'x', role: 'viewer' })
    const url = `/v1/api-keys/${made.json.id}/rotate`
    const works = async (key: string) => (await call('GET', '/v1/campaigns', undefined, bearer(key))).status
    const browser = await signIn(app, { apiKey: made.json.key })
    const first = await call('POST', url, { overlapHours: 2 })
    expect(first).toMatchObject({ status: 200, json: { id: made.json.id, role: 'viewer' } })
    expect(first.json.prefix).not.toBe(made.json.prefix)
    expect(first.json.oldSecrets).toMatchObject([{ prefix: made.json.prefix }])
    const left = Date.parse(first.json.oldSecrets[0].endsAt) - Date.now()
    expect(left).toBeGreaterThan(7_100_000)
    expect(left).toBeLessThanOrEqual(7_200_000)
    expect([await works(made.json.key), await works(first.json.key)]).toEqual([200, 200])
    expect((await browser.call('GET', '/v1/campaigns')).json().code).toBe('session_ended')

    // An answer that was lost takes nothing from what programs use.
    const second = await call('POST', url)
    expect([await works(made.json.key), await works(first.json.key), await works(second.json.key)]).toEqual([
      200, 200, 200,
    ])
    const list = await call('GET', '/v1/api-keys')
    const listed = list.json.data.find(({ id }: { id: string }) => id === made.json.id)
    expect(listed.oldSecrets.map(({ prefix }: { prefix: string }) => prefix)).toEqual([
      first.json.prefix,
      made.json.prefix,
    ])
    expect(listed.oldSecrets[1].endsAt).toBe(first.json.oldSecrets[0].endsAt)

    const last = await call('POST', url, { overlapHours: 0 })
    expect(last.json.oldSecrets).toEqual([])
    const keys = [made.json.key, first.json.key, second.json.key, last.json.key]
    expect(await Promise.all(keys.map(works))).toEqual([401, 401, 401, 200])
    const { rows } = await pool.query('SELECT s::text AS row FROM api_key_old_secrets s')
    for (const { row } of rows) for (const key of keys) expect(row).not.toContain(key.slice(14))
  })

  test('are rotated one after the other, keep a few old secrets, and are not rotated when they are over', async () => {
    const { call, pool } = await startApp()
    const made = await call('POST', '/v1/api-keys', { name: 'x', role: 'viewer' })
    const url = `/v1/api-keys/${made.json.id}/rotate`
    const answers = await Promise.all(Array.from({ length: 7 }, () => call('POST', url)))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 409, 409])
    expect(answers.find(({ status }) => status === 409)?.json).toMatchObject({
      code: 'api_key_not_rotatable',
    })
    const prefixes = answers.flatMap(({ status, json }) => (status === 200 ? [json.prefix] : []))
    expect(new Set(prefixes).size).toBe(5)
    expect((await call('POST', url, { overlapHours: 0 })).status).toBe(200)

    await pool.query(`UPDATE api_keys SET expires_at = now() WHERE id = $1`, [made.json.id])
    expect((await call('POST', url)).json).toMatchObject({ status: 409, code: 'api_key_not_rotatable' })
    await pool.query(`UPDATE api_keys SET expires_at = NULL, revoked_at = now() WHERE id = $1`, [
      made.json.id,
    ])
    const revoked = await call('POST', url)
    expect(revoked.json).toMatchObject({ status: 409, code: 'api_key_not_rotatable' })
    expect(revoked.json.detail).toContain('was revoked at')
    const none = await call('POST', '/v1/api-keys/01990000-0000-7000-8000-000000000000/rotate')
    expect(none.json.code).toBe('api_key_not_found')
    for (const overlapHours of [-1, 721]) {
      expect((await call('POST', url, { overlapHours })).json.code).toBe('invalid_request')
    }
  })
})
