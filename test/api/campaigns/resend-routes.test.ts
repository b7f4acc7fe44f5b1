import { describe, expect, test } from 'vitest'
import type { Pool } from '../../../src/postgres/pool.ts'
import { createBatches, createCampaign, createDevices } from '../../support/factories.ts'
import { allRows, startApp } from '../start-app.ts'

/** Ten devices: two failed, one of them with a dead token, one in doubt, three canceled, the others sent. */
async function closedCampaign(pool: Pool, columns: Parameters<typeof createCampaign>[1] = {}) {
  const { deviceIds } = await createDevices(pool, 10)
  const id = await createCampaign(pool, { state: 'canceled', closed_at: new Date(), ...columns })
  await createBatches(pool, id, deviceIds.slice(0, 5), { state: 'done', sent: 2, failed: 2, in_doubt: 1 })
  await createBatches(pool, id, deviceIds.slice(5), { state: 'canceled', sent: 2, canceled: 3 })
  await pool.query(
    `INSERT INTO deliveries (campaign_id, device_id, state, code, attempt)
     SELECT $1, * FROM unnest($2::bigint[], ARRAY[1, 1, 2, 2, 4, 1, 1], ARRAY[0, 0, 8, 1, 20, 0, 0], ARRAY[1, 1, 8, 1, 2, 1, 1])`,
    [id, deviceIds.slice(0, 7)],
  )
  return { id, deviceIds }
}

describe('POST /v1/campaigns/{id}/resend', () => {
  test('makes a campaign with the same message and settings that points to its origin, and is sending', async () => {
    const { call, pool, queue } = await startApp()
    const { id } = await closedCampaign(pool, {
      priority: 2,
      guarantee: 'at_most_once',
      rate_per_minute: 600,
    })
    const made = await call('POST', `/v1/campaigns/${id}/resend`, { only: 'failed' }, { as: 'operator' })
    expect(made.status).toBe(201)
    expect(made.headers.location).toBe(`/v1/campaigns/${made.json.id}`)
    expect(made.json).toMatchObject({
      resendOf: id,
      resendOnly: 'failed',
      resends: [],
      state: 'sending',
      message: { title: 'Hello', body: 'World' },
      priority: 2,
      guarantee: 'at_most_once',
      ratePerMinute: 600,
    })
    const origin = await call('GET', `/v1/campaigns/${id}`)
    expect(origin.json).toMatchObject({
      resendOf: null,
      resendOnly: null,
      resends: [{ id: made.json.id, only: 'failed', state: 'sending' }],
    })
    expect(await queue.size()).toBe(1)
  })

  test('repeated with its Idempotency-Key answers the same campaign; without one it is refused', async () => {
    const { call, pool } = await startApp()
    const { id } = await closedCampaign(pool)
    const resend = (key?: string) =>
      call(
        'POST',
        `/v1/campaigns/${id}/resend`,
        { only: 'in_doubt' },
        key === undefined ? {} : { headers: { 'idempotency-key': key } },
      )
    const made = await resend('once')
    const again = await resend('once')
    expect(again.status).toBe(201)
    expect(again.json.id).toBe(made.json.id)
    const refused = await resend()
    expect(refused.status).toBe(409)
    expect(refused.json).toMatchObject({ code: 'campaign_already_resent' })
    expect(refused.json.detail).toContain(made.json.id)
    // Another result of the same campaign is another matter.
    expect((await call('POST', `/v1/campaigns/${id}/resend`, { only: 'canceled' })).status).toBe(201)
  })

  test('two at once make one campaign', async () => {
    const { call, pool } = await startApp()
    const { id } = await closedCampaign(pool)
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => call('POST', `/v1/campaigns/${id}/resend`, { only: 'failed' })),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409])
    const { rows } = await pool.query('SELECT id FROM campaigns WHERE resend_of = $1', [id])
    expect(rows).toHaveLength(1)
  })

  test.each([
    ['draft', {}],
    ['sending', {}],
    ['paused', {}],
    ['canceled', { closed_at: null }],
  ] as const)('refuses a campaign that is %s and not closed', async (state, columns) => {
    const { call, pool } = await startApp()
    const { id } = await closedCampaign(pool, { state, closed_at: null, ...columns })
    const before = await allRows(pool)
    const refused = await call('POST', `/v1/campaigns/${id}/resend`, { only: 'failed' })
    expect(refused.status).toBe(409)
    expect(refused.json).toMatchObject({ code: 'campaign_not_resendable' })
    expect(await allRows(pool)).toEqual(before)
  })

  test('refuses when nobody has that result, or every one of them is dead, or the results are gone', async () => {
    const { call, pool } = await startApp()
    const { id, deviceIds } = await closedCampaign(pool)
    const resend = async (only: string) => await call('POST', `/v1/campaigns/${id}/resend`, { only })
    const clean = await createCampaign(pool, { state: 'finished', closed_at: new Date() })
    const none = await call('POST', `/v1/campaigns/${clean}/resend`, { only: 'canceled' })
    expect(none.status).toBe(409)
    expect(none.json).toMatchObject({ code: 'nothing_to_resend' })

    await pool.query(`UPDATE devices SET state = 'gone' WHERE id = ANY ($1)`, [deviceIds.slice(2, 4)])
    const dead = await resend('failed')
    expect(dead.json).toMatchObject({ code: 'nothing_to_resend' })
    expect(dead.json.detail).toContain('2 failed devices')

    await pool.query(`INSERT INTO projects (id, name) VALUES (2, 'shop')`)
    await pool.query(`UPDATE devices SET state = 'active', project_id = 2 WHERE id = ANY ($1)`, [
      deviceIds.slice(2, 4),
    ])
    expect((await resend('failed')).json).toMatchObject({ code: 'nothing_to_resend' })

    await pool.query(`DROP TABLE deliveries_${new Date().toISOString().slice(0, 7).replace('-', '_')}`)
    const dropped = await resend('canceled')
    expect(dropped.json).toMatchObject({ code: 'nothing_to_resend' })
    expect(dropped.json.detail).toContain('DELIVERY_RETENTION_MONTHS')
  })

  test('needs the permission to send, a known campaign and one of three words', async () => {
    const { call, pool } = await startApp()
    const { id } = await closedCampaign(pool)
    const url = `/v1/campaigns/${id}/resend`
    expect((await call('POST', url, { only: 'failed' }, { as: 'viewer' })).status).toBe(403)
    expect((await call('POST', url, { only: 'skipped' })).json).toMatchObject({ code: 'invalid_request' })
    expect((await call('POST', url, {})).json).toMatchObject({ code: 'invalid_request' })
    const unknown = await call('POST', '/v1/campaigns/01900000-0000-7000-8000-000000000000/resend', {
      only: 'failed',
    })
    expect(unknown.json).toMatchObject({ code: 'campaign_not_found' })
  })
})

describe('GET /v1/campaigns/{id}/devices/{deviceId}/attempts', () => {
  test('tells the result here and in each resend, from whichever campaign of the chain it is asked', async () => {
    const { call, pool } = await startApp()
    const { id, deviceIds } = await closedCampaign(pool)
    const resend = await createCampaign(pool, {
      state: 'sending',
      resend_of: id,
      resend_only: 'failed',
      chain_id: id,
    })
    await createBatches(pool, resend, deviceIds.slice(2, 4))
    const url = (campaign: string, device: unknown) => `/v1/campaigns/${campaign}/devices/${device}/attempts`
    const here = await call('GET', url(id, deviceIds[2]), undefined, { as: 'viewer' })
    expect(here.json.data).toMatchObject([
      { campaignId: id, resendOf: null, state: 'failed', code: 'unavailable', attempt: 8 },
      { campaignId: resend, resendOf: id, resendOnly: 'failed', state: 'waiting', code: null, attempt: null },
    ])
    expect((await call('GET', url(resend, deviceIds[2]))).json).toEqual(here.json)
    expect((await call('GET', url(id, deviceIds[9]))).json.data).toMatchObject([
      { campaignId: id, state: 'canceled', code: null, sentAt: null },
    ])
    const stranger = await call('GET', url(id, 999_999))
    expect(stranger.status).toBe(404)
    expect(stranger.json).toMatchObject({ code: 'device_not_found' })
    expect((await call('GET', url(id, 'x'))).status).toBe(400)
  })
})
