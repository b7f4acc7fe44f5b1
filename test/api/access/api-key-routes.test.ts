import { describe, expect, test } from 'vitest'
import { ROLES } from '../../../src/domain/permissions.ts'
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
})
