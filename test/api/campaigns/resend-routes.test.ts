import { describe, expect, test } from 'vitest'
import { readResendOptions } from '../../../src/campaigns/resend-options.ts'
import type { Pool } from '../../../src/postgres/pool.ts'
import { createBatches, createCampaign, createDevices } from '../../support/factories.ts'
import { until } from '../../support/until.ts'
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
      resends: [{ id: made.json.id, only: 'failed', codes: ['unavailable'], state: 'sending' }],
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

  test('after the end of sending a new end is asked for, or none: nothing leaves tomorrow because it was forgotten', async () => {
    const { call, pool } = await startApp()
    const columns = {
      send_window: { from: '10:00', until: '20:00', outside: 'wait' as const },
      not_after: new Date(Date.now() - 1000),
    }
    const resend = (id: string, more: object) =>
      call('POST', `/v1/campaigns/${id}/resend`, { only: 'failed', ...more })
    const { id } = await closedCampaign(pool, columns)
    const before = await allRows(pool)
    for (const more of [{}, { notAfter: columns.not_after.toISOString() }]) {
      const { status, json } = await resend(id, more)
      expect([status, json]).toMatchObject([
        422,
        { code: 'invalid_not_after', errors: [{ field: '/notAfter' }] },
      ])
    }
    expect(await allRows(pool)).toEqual(before)
    const notAfter = new Date(Date.now() + 3_600_000).toISOString()
    expect((await resend(id, { notAfter })).json).toMatchObject({ notAfter })
    const { id: other } = await closedCampaign(pool, columns)
    expect((await resend(other, { notAfter: null })).json).toMatchObject({ state: 'sending', notAfter: null })
  })

  test('an end that is still to come stays, and one is refused where nothing waits', async () => {
    const { call, pool } = await startApp()
    const not_after = new Date(Date.now() + 3_600_000)
    const { id } = await closedCampaign(pool, { kind: 'advertising', night: 'delay', not_after })
    const made = await call('POST', `/v1/campaigns/${id}/resend`, { only: 'failed' })
    expect(made.json.notAfter).toBe(not_after.toISOString())
    const { id: other } = await closedCampaign(pool)
    const refused = await call('POST', `/v1/campaigns/${other}/resend`, {
      only: 'failed',
      notAfter: not_after.toISOString(),
    })
    expect([refused.status, refused.json.code]).toEqual([422, 'invalid_not_after'])
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
    expect(dead.json.detail).toContain('1 failed device with the code unavailable')
    const named = await call('POST', `/v1/campaigns/${id}/resend`, {
      only: 'failed',
      codes: ['unavailable', 'unregistered'],
    })
    expect(named.json.detail).toContain('2 failed devices with the code unregistered or unavailable')

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

describe('POST /v1/campaigns/{id}/resend by reason', () => {
  test('takes the reasons that are named, and without any all that are left but dead addresses', async () => {
    const { call, pool } = await startApp()
    const { id, deviceIds } = await closedCampaign(pool)
    const url = `/v1/campaigns/${id}/resend`
    await pool.query('UPDATE deliveries SET code = 9 WHERE device_id = $1', [deviceIds[0]])
    await pool.query('UPDATE deliveries SET state = 2 WHERE device_id = $1', [deviceIds[0]])
    const named = await call('POST', url, { only: 'failed', codes: ['internal', 'quota_exceeded'] })
    // What nobody has is not in the list, so that it says who is sent to.
    expect([named.status, named.json.resendCodes]).toEqual([201, ['internal']])
    const rest = await call('POST', url, { only: 'failed' })
    expect([rest.status, rest.json.resendCodes]).toEqual([201, ['unavailable']])
    const dead = await call('POST', url, { only: 'failed' })
    expect([dead.status, dead.json.code]).toEqual([409, 'nothing_to_resend'])
    expect(dead.json.detail).toContain('(unregistered)')
    const back = await call('POST', url, { only: 'failed', codes: ['unregistered'] })
    expect([back.status, back.json.resendCodes]).toEqual([201, ['unregistered']])
    const all = await call('POST', url, { only: 'failed' })
    expect([all.status, all.json.code]).toEqual([409, 'campaign_already_resent'])
    const { rows } = await pool.query('SELECT resend_codes FROM campaigns WHERE resend_of = $1 ORDER BY id', [
      id,
    ])
    expect(rows.map((row) => row.resend_codes)).toEqual([[9], [8], [1]])
  })

  test('refuses reasons that another resend has, and says which and where', async () => {
    const { call, pool } = await startApp()
    const { id } = await closedCampaign(pool)
    const url = `/v1/campaigns/${id}/resend`
    const first = await call('POST', url, { only: 'failed', codes: ['unavailable'] })
    const before = await allRows(pool)
    const second = await call('POST', url, { only: 'failed', codes: ['unregistered', 'unavailable'] })
    expect([second.status, second.json.code]).toEqual([409, 'campaign_already_resent'])
    expect(second.json.detail).toContain('with the code unavailable.')
    expect(second.json.detail).toContain(first.json.id)
    expect(await allRows(pool)).toEqual(before)
  })

  test('refuses reasons that no device has, or can have', async () => {
    const { call, pool } = await startApp()
    const { id } = await closedCampaign(pool)
    const url = `/v1/campaigns/${id}/resend`
    const resend = async (body: object) => (await call('POST', url, body)).json
    expect(await resend({ only: 'failed', codes: ['internal'] })).toMatchObject({
      code: 'nothing_to_resend',
      detail: expect.stringContaining('resend-options'),
    })
    for (const body of [
      { only: 'failed', codes: ['unavailable', 'answer_lost'] },
      { only: 'failed', codes: [] },
      { only: 'failed', codes: ['opted_out'] },
      { only: 'failed', codes: ['nonsense'] },
      { only: 'failed', codes: ['unavailable', 'unavailable'] },
      { only: 'canceled', codes: ['unavailable'] },
    ]) {
      expect(await resend(body)).toMatchObject({ code: 'invalid_request' })
    }
  })

  test('of two with a reason in common that come at the same moment, one is made', async () => {
    const { pool, call } = await startApp()
    const { id } = await closedCampaign(pool)
    // Both wait for the row of the original, so neither can have seen the other.
    const holder = await pool.connect()
    await holder.query('BEGIN')
    await holder.query('SELECT FROM campaigns WHERE id = $1 FOR UPDATE', [id])
    const both = [['unavailable'], ['unavailable', 'unregistered']].map((codes) =>
      call('POST', `/v1/campaigns/${id}/resend`, { only: 'failed', codes }),
    )
    const waiting = async () =>
      (
        await pool.query(
          `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        )
      ).rowCount === 2
    await until(waiting, { what: 'both wait' })
    await holder.query('COMMIT')
    holder.release()
    const answers = await Promise.all(both)
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409])
    const { rows } = await pool.query('SELECT FROM campaigns WHERE resend_of = $1', [id])
    expect(rows).toHaveLength(1)
  })
})

describe('GET /v1/campaigns/{id}/resend-options', () => {
  test('lists what can be sent to again, by reason: how many, how many active, and who has them', async () => {
    const { call, pool } = await startApp()
    const { id, deviceIds } = await closedCampaign(pool)
    const url = `/v1/campaigns/${id}/resend-options`
    await pool.query(`UPDATE devices SET state = 'gone' WHERE id = ANY ($1)`, [[deviceIds[3], deviceIds[9]]])
    const resend = (await call('POST', `/v1/campaigns/${id}/resend`, { only: 'failed' })).json
    const { status, json } = await call('GET', url, undefined, { as: 'viewer' })
    expect(status).toBe(200)
    const reason = { devices: 1, active: 1, isAddressDead: false, resentBy: null }
    expect(json).toEqual({
      asOf: expect.any(String),
      version: 1,
      choices: [
        {
          only: 'failed',
          devices: 2,
          active: 1,
          resentBy: null,
          codes: [
            { ...reason, code: 'unregistered', active: 0, isAddressDead: true },
            { ...reason, code: 'unavailable', resentBy: resend.id },
          ],
        },
        {
          only: 'in_doubt',
          devices: 1,
          active: 1,
          resentBy: null,
          codes: [{ ...reason, code: 'answer_lost' }],
        },
        { only: 'canceled', devices: 3, active: 2, resentBy: null, codes: [] },
      ],
    })
    const rest = (await call('POST', `/v1/campaigns/${id}/resend`, { only: 'canceled' })).json
    expect((await call('GET', url)).json.choices[2]).toMatchObject({ only: 'canceled', resentBy: rest.id })
  })

  test('says null where active devices are too many to be counted, or counting takes too long', async () => {
    const { pool } = await startApp()
    const { id } = await closedCampaign(pool)
    const activeOf = async (limits: { lookedUp: number; timeoutMs: number }) => {
      const { choices } = await readResendOptions(pool, id, limits)
      return choices.map(({ active, codes }) => [active, ...codes.map((reason) => reason.active)])
    }
    // The smallest first, and three of one device each.
    expect(await activeOf({ lookedUp: 3, timeoutMs: 2_000 })).toEqual([[2, 1, 1], [1, 1], [null]])
    expect(await activeOf({ lookedUp: 2, timeoutMs: 2_000 })).toEqual([[2, 1, 1], [null, null], [null]])
    const holder = await pool.connect()
    await holder.query('BEGIN')
    await holder.query('LOCK TABLE devices')
    expect(await activeOf({ lookedUp: 100, timeoutMs: 50 })).toEqual([
      [null, null, null],
      [null, null],
      [null],
    ])
    await holder.query('COMMIT')
    holder.release()
  })

  test('has nothing to choose when nobody lacks the message or the results are gone; not before the end', async () => {
    const { call, pool } = await startApp()
    const clean = await createCampaign(pool, { state: 'finished', closed_at: new Date() })
    expect((await call('GET', `/v1/campaigns/${clean}/resend-options`)).json.choices).toEqual([])
    const sending = await createCampaign(pool, { state: 'sending' })
    const early = await call('GET', `/v1/campaigns/${sending}/resend-options`)
    expect([early.status, early.json.code]).toEqual([409, 'campaign_not_resendable'])
    const { id } = await closedCampaign(pool)
    await pool.query('DELETE FROM deliveries')
    expect((await call('GET', `/v1/campaigns/${id}/resend-options`)).json.choices).toEqual([])
  })
})

describe('GET /v1/campaigns/{id}/devices/{deviceId}/attempts', () => {
  test('goes through the resend that has the device, where there are several', async () => {
    const { call, pool } = await startApp()
    const { id, deviceIds } = await closedCampaign(pool)
    const codes = [[8], [1]]
    const resends: string[] = []
    for (const [index, resend_codes] of codes.entries()) {
      const chain = { resend_of: id, resend_only: 'failed' as const, chain_id: id, resend_codes }
      const resend = await createCampaign(pool, { state: 'sending', ...chain })
      await createBatches(pool, resend, [deviceIds[2 + index] as number])
      resends.push(resend)
    }
    for (const index of [0, 1]) {
      const device = deviceIds[2 + index]
      const { json } = await call('GET', `/v1/campaigns/${resends[index]}/devices/${device}/attempts`)
      expect(json.data.map((attempt: { campaignId: string }) => attempt.campaignId)).toEqual([
        id,
        resends[index],
      ])
      expect((await call('GET', `/v1/campaigns/${id}/devices/${device}/attempts`)).json).toEqual(json)
    }
  })

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
