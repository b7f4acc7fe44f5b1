import { describe, expect, test } from 'vitest'
import { createCampaign, createDevices } from '../../support/factories.ts'
import { until } from '../../support/until.ts'
import { CAMPAIGN, startApp } from '../start-app.ts'

const withKey = (key: string) => ({ headers: { 'idempotency-key': key } })

describe('Idempotency-Key', () => {
  test('the same request again gets the same answer, to the byte, and makes nothing more', async () => {
    const { call, pool } = await startApp()
    const first = await call('POST', '/v1/campaigns', CAMPAIGN, withKey('k1'))
    const again = await call('POST', '/v1/campaigns', CAMPAIGN, withKey('k1'))
    expect(again.status).toBe(201)
    expect(again.text).toBe(first.text)
    expect(again.headers).toMatchObject({
      'idempotency-replayed': 'true',
      location: first.headers.location,
      etag: first.headers.etag,
      'content-type': first.headers['content-type'],
    })
    expect(first.headers['idempotency-replayed']).toBeUndefined()
    expect((await pool.query('SELECT 1 FROM campaigns')).rowCount).toBe(1)
  })

  test('a send whose answer was lost is not refused when it is repeated', async () => {
    const { call, pool } = await startApp()
    await createDevices(pool, 1)
    const id = await createCampaign(pool)
    const asSeen = { headers: { 'idempotency-key': 's1', 'if-match': '"1"' } }
    await call('POST', `/v1/campaigns/${id}/send`, undefined, asSeen)
    const again = await call('POST', `/v1/campaigns/${id}/send`, undefined, asSeen)
    expect(again).toMatchObject({ status: 200, json: { state: 'sending' } })
  })

  test('a test of a newer version is another request: the answer to the older one is not given for it', async () => {
    const { call, pool } = await startApp()
    const id = await createCampaign(pool)
    const url = `/v1/campaigns/${id}/test`
    const seenAs = (version: number) => ({ headers: { 'idempotency-key': 't1', 'if-match': `"${version}"` } })
    const body = { addresses: [{ address: 'a'.repeat(30), kind: 'token' }], validateOnly: true }
    const first = await call('POST', url, body, seenAs(1))
    expect(first.status).toBe(200)
    expect((await call('PATCH', `/v1/campaigns/${id}`, { message: { title: 'New' } })).status).toBe(200)
    const second = await call('POST', url, body, seenAs(2))
    expect(second.json).toMatchObject({ status: 422, code: 'idempotency_key_reused' })
  })

  test('another request with the same key is refused', async () => {
    const { call, pool } = await startApp()
    await call('POST', '/v1/campaigns', CAMPAIGN, withKey('k1'))
    const other = await call('POST', '/v1/campaigns', { ...CAMPAIGN, name: 'other' }, withKey('k1'))
    expect(other.json).toMatchObject({ status: 422, code: 'idempotency_key_reused' })
    expect((await pool.query('SELECT 1 FROM campaigns')).rowCount).toBe(1)
  })

  test('the same key of another API key is another key', async () => {
    const { call, pool } = await startApp()
    await call('POST', '/v1/campaigns', CAMPAIGN, withKey('k1'))
    const other = await call(
      'POST',
      '/v1/campaigns',
      { ...CAMPAIGN, name: 'other' },
      { ...withKey('k1'), as: 'operator' },
    )
    expect(other.status).toBe(201)
    expect((await pool.query('SELECT 1 FROM campaigns')).rowCount).toBe(2)
  })

  test('of many at once one runs, and the others are told to wait or get its answer', async () => {
    const { call, pool } = await startApp()
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => call('POST', '/v1/campaigns', CAMPAIGN, withKey('k1'))),
    )
    for (const { status, json, headers } of answers) {
      expect([201, 409]).toContain(status)
      if (status === 409) {
        expect(json.code).toBe('idempotency_key_in_use')
        expect(headers['retry-after']).toBe('2')
      }
    }
    expect(answers.filter(({ status }) => status === 201).length).toBeGreaterThan(0)
    expect((await pool.query('SELECT 1 FROM campaigns')).rowCount).toBe(1)
  })

  test('a refusal frees the key for the corrected request', async () => {
    const { call, pool } = await startApp()
    const id = await createCampaign(pool)
    expect((await call('POST', `/v1/campaigns/${id}/send`, undefined, withKey('k1'))).json.code).toBe(
      'audience_empty',
    )
    const past = { ...CAMPAIGN, scheduledAt: '2020-01-01T00:00:00Z' }
    expect((await call('POST', '/v1/campaigns', past, withKey('k2'))).json.code).toBe('schedule_in_past')
    await createDevices(pool, 1)
    expect((await call('POST', `/v1/campaigns/${id}/send`, undefined, withKey('k1'))).status).toBe(200)
    expect((await call('POST', '/v1/campaigns', CAMPAIGN, withKey('k2'))).status).toBe(201)
  })

  test('a mistake on our side frees the key', async () => {
    const { call, pool } = await startApp()
    await pool.query('ALTER TABLE campaigns RENAME TO elsewhere')
    expect((await call('POST', '/v1/campaigns', CAMPAIGN, withKey('k1'))).status).toBe(500)
    await pool.query('ALTER TABLE elsewhere RENAME TO campaigns')
    expect((await call('POST', '/v1/campaigns', CAMPAIGN, withKey('k1'))).status).toBe(201)
  })

  test('a process that died after the action and before the answer: the repeat finds what it made', async () => {
    const { call, pool } = await startApp()
    const first = await call('POST', '/v1/campaigns', CAMPAIGN, withKey('k1'))
    await pool.query('UPDATE idempotency_keys SET status = NULL, headers = NULL, body = NULL')
    const early = await call('POST', '/v1/campaigns', CAMPAIGN, withKey('k1'))
    expect(early.json).toMatchObject({ status: 409, code: 'idempotency_key_in_use' })
    await pool.query(`UPDATE idempotency_keys SET claimed_at = now() - interval '61 seconds'`)
    const again = await call('POST', '/v1/campaigns', CAMPAIGN, withKey('k1'))
    expect(again).toMatchObject({ status: 201, json: { id: first.json.id } })
    expect((await pool.query('SELECT 1 FROM campaigns')).rowCount).toBe(1)
  })

  test('an API key is not kept for replays: the repeat shows none', async () => {
    const { call, pool } = await startApp()
    const body = { name: 'robot', role: 'viewer' }
    const first = await call('POST', '/v1/api-keys', body, withKey('k1'))
    expect(first.json.key).toMatch(/^cari_/)
    const again = await call('POST', '/v1/api-keys', body, withKey('k1'))
    expect(again).toMatchObject({ status: 201, json: { id: first.json.id, key: null } })
    const { rows } = await pool.query('SELECT idempotency_keys::text AS row FROM idempotency_keys')
    expect(rows[0].row).not.toContain(first.json.key.slice(14))
  })

  test('an import is replayed, and another file of the same length is another request', async () => {
    const { call, pool } = await startApp()
    const csv = 'address,externalId,platform\nt1,a,ios\n'
    const headers = { 'content-type': 'text/csv', 'idempotency-key': 'i1' }
    const first = await call('POST', '/v1/devices/import', csv, { headers })
    await until(async () => (await pool.query('SELECT 1 FROM devices')).rowCount === 1, {
      what: 'it is stored',
    })
    const again = await call('POST', '/v1/devices/import', csv, { headers })
    expect(again.json).toEqual(first.json)
    expect(again.json).toMatchObject({ created: 1 })
    const other = await call('POST', '/v1/devices/import', csv.replace('t1', 't2'), { headers })
    expect(other.json).toMatchObject({ status: 422, code: 'idempotency_key_reused' })
    expect((await pool.query('SELECT address FROM devices')).rows).toEqual([{ address: 't1' }])
    expect(again.headers).not.toHaveProperty('contenthash')
    const longer = await call('POST', '/v1/devices/import', `${csv}t2,b,ios\n`, { headers })
    expect(longer.json.code).toBe('idempotency_key_reused')
  })
})
