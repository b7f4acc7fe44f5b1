import { describe, expect, test } from 'vitest'
import { until } from '../../support/until.ts'
import { startApp } from '../start-app.ts'

const bearer = (key: string) => ({ headers: { authorization: `Bearer ${key}` } })

describe('API keys', () => {
  test('are shown once, and kept as a hash', async () => {
    const { call, pool } = await startApp()
    const made = await call('POST', '/v1/api-keys', { name: 'console', role: 'operator' })
    expect(made).toMatchObject({ status: 201, json: { name: 'console', role: 'operator', expiresAt: null } })
    expect(made.json.key).toMatch(/^cari_[0-9A-Za-z]{8}_[0-9A-Za-z]{43}$/)
    expect(made.headers['cache-control']).toBe('no-store')
    const list = await call('GET', '/v1/api-keys')
    expect(list.json.data.map(({ name }: { name: string }) => name).sort()).toEqual([
      'admin',
      'console',
      'operator',
      'viewer',
    ])
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
    expect((await pool.query('SELECT 1 FROM api_keys')).rowCount).toBe(3)
    const none = await call('DELETE', '/v1/api-keys/01990000-0000-7000-8000-000000000000')
    expect(none.json).toMatchObject({ status: 404, code: 'api_key_not_found' })
  })
})

describe('roles', () => {
  /** The whole of the API, by what it needs at least. A new route without a line here fails the test below. */
  const ROUTES = {
    viewer: [
      'GET /v1/campaigns',
      'GET /v1/campaigns/{id}',
      'GET /v1/campaigns/{id}/deliveries',
      'GET /v1/campaigns/{id}/deliveries.csv',
      'GET /v1/campaigns/{id}/failures',
      'GET /v1/campaigns/{id}/events',
      'GET /v1/campaigns/{id}/timeline',
      'GET /v1/campaigns/{id}/devices/{deviceId}/attempts',
      'GET /v1/members',
      'GET /v1/members/{externalId}',
      'GET /v1/members/{externalId}/deliveries',
      'POST /v1/audiences/count',
      'GET /v1/system',
    ],
    operator: [
      'POST /v1/campaigns',
      'PATCH /v1/campaigns/{id}',
      'DELETE /v1/campaigns/{id}',
      'POST /v1/campaigns/{id}/send',
      'POST /v1/campaigns/{id}/pause',
      'POST /v1/campaigns/{id}/resume',
      'POST /v1/campaigns/{id}/cancel',
      'POST /v1/campaigns/{id}/resend',
      'POST /v1/campaigns/{id}/test',
      'PUT /v1/devices/{token}',
      'DELETE /v1/devices/{token}',
      'POST /v1/devices/import',
    ],
    admin: [
      'POST /v1/api-keys',
      'GET /v1/api-keys',
      'DELETE /v1/api-keys/{id}',
      'POST /v1/users',
      'GET /v1/users',
      'PATCH /v1/users/{id}',
    ],
  } as const
  const OPEN = ['POST /v1/session', 'GET /v1/session', 'DELETE /v1/session']
  const ORDER = ['viewer', 'operator', 'admin'] as const

  test('every route refuses those below its role, and nobody above it', async () => {
    const { app, call } = await startApp()
    for (const needed of ORDER) {
      for (const route of ROUTES[needed]) {
        const [method = '', template = ''] = route.split(' ')
        const url = template.replace('{id}', '01990000-0000-7000-8000-000000000000').replace(/\{\w+\}/, 'x')
        expect(
          (await app.inject({ method: method as 'GET', url })).statusCode,
          `${route} without a key`,
        ).toBe(401)
        for (const role of ORDER) {
          const { status, json } = await call(method, url, undefined, { as: role })
          const isRefused = json?.code === 'role_too_low'
          expect(isRefused, `${route} as ${role} answered ${status}`).toBe(
            ORDER.indexOf(role) < ORDER.indexOf(needed),
          )
        }
      }
    }
  })

  test('the list above is the whole API', async () => {
    const { app } = await startApp()
    const { paths = {} } = app.swagger() as { paths?: Record<string, Record<string, unknown>> }
    const documented = Object.entries(paths)
      .filter(([path]) => path.startsWith('/v1/'))
      .flatMap(([path, operations]) =>
        Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
      )
    expect(documented.sort()).toEqual([...Object.values(ROUTES).flat(), ...OPEN].sort())
  })
})
