import { describe, expect, test } from 'vitest'
import { createBatches, createCampaign, createDevices } from '../../support/factories.ts'
import { withoutTime } from '../../support/seen.ts'
import { until } from '../../support/until.ts'
import { allRows, CAMPAIGN, startApp } from '../start-app.ts'

const IN_AN_HOUR = new Date(Date.now() + 3_600_000)

async function setup(columns: Parameters<typeof createCampaign>[1] = {}) {
  const api = await startApp()
  const { deviceIds } = await createDevices(api.pool, 4)
  const id = await createCampaign(api.pool, columns)
  return { ...api, deviceIds, id, url: `/v1/campaigns/${id}` }
}

describe('POST /v1/campaigns/{id}/cancel with undoSeconds', () => {
  test('pauses a campaign that is sending; keep sends on, with its batches on the queue again', async () => {
    const { call, pool, queue, deviceIds, id, url } = await setup({ state: 'sending' })
    await createBatches(pool, id, deviceIds, { state: 'queued', turn: 1, queued_at: new Date() })
    const canceled = await call('POST', `${url}/cancel`, { undoSeconds: 10 }, { as: 'operator' })
    expect(canceled.status).toBe(200)
    expect(canceled.json).toMatchObject({
      state: 'paused',
      pauseReason: 'canceling',
      inFlight: 0,
      version: 2,
    })
    const left = Date.parse(canceled.json.cancelAt) - Date.parse(canceled.json.pausedAt)
    expect(left).toBe(10_000)
    expect((await pool.query('SELECT state FROM batches')).rows).toEqual([{ state: 'planned' }])

    const kept = await call('POST', `${url}/keep`, undefined, { as: 'operator' })
    expect(kept.status).toBe(200)
    expect(kept.json).toMatchObject({
      state: 'sending',
      pauseReason: null,
      pauseDetail: null,
      pausedAt: null,
      cancelAt: null,
      version: 3,
    })
    expect((await pool.query('SELECT state FROM batches')).rows).toEqual([{ state: 'queued' }])
    expect(await queue.size()).toBe(1)
  })

  test.each([
    ['scheduled', { scheduled_at: IN_AN_HOUR }],
    ['paused', { pause_reason: 'too_many_errors', pause_detail: 'Why.', paused_at: new Date(0) }],
  ] as const)('leaves one that is %s in its state; keep leaves it there', async (state, columns) => {
    const { call, url } = await setup({ state, ...columns })
    const before = (await call('GET', `${url}?whole=false`)).json
    const { json } = await call('POST', `${url}/cancel`, { undoSeconds: 60 })
    const { cancelAt, inFlight, progress: _, ...rest } = json
    expect(cancelAt).not.toBeNull()
    expect({ ...rest, inFlight }).toMatchObject({ state, pauseReason: before.pauseReason, inFlight: 0 })
    const { version, updatedAt, ...kept } = withoutTime((await call('POST', `${url}/keep`)).json)
    expect(kept).toEqual({ ...withoutTime(before), version: undefined, updatedAt: undefined })
    expect([version, typeof updatedAt]).toEqual([3, 'string'])
  })

  test('again changes nothing; without undoSeconds it is final at once', async () => {
    const { call, url } = await setup({ state: 'sending' })
    const first = await call('POST', `${url}/cancel`, { undoSeconds: 30 })
    const again = await call('POST', `${url}/cancel`, { undoSeconds: 60 })
    expect([again.status, withoutTime(again.json)]).toEqual([200, withoutTime(first.json)])
    const final = await call('POST', `${url}/cancel`, {})
    expect(final.json).toMatchObject({ state: 'canceled', cancelAt: null, pauseReason: null, pausedAt: null })
    const late = await call('POST', `${url}/keep`)
    expect([late.status, late.json.code]).toEqual([409, 'cancel_not_undoable'])
    expect(late.json.detail).toContain('is "canceled"')
  })

  test('is canceled by the API itself when the time is over', async () => {
    const { call, pool, url, id, deviceIds } = await setup({ state: 'sending' })
    await createBatches(pool, id, deviceIds)
    await call('POST', `${url}/cancel`, { undoSeconds: 1 })
    const { json } = await until(
      async () => {
        const seen = await call('GET', url)
        return seen.json.state === 'canceled' && seen
      },
      { what: 'it is canceled' },
    )
    expect(json).toMatchObject({ cancelAt: null, progress: { audience: 4, canceled: 4, remaining: 0 } })
  })

  test('meanwhile nothing else can be done with it, and each refusal says how to take it back', async () => {
    const { call, pool, url } = await setup({ state: 'scheduled', scheduled_at: IN_AN_HOUR })
    await call('POST', `${url}/cancel`, { undoSeconds: 60 })
    const paused = await createCampaign(pool, {
      state: 'paused',
      pause_reason: 'by_operator',
      cancel_at: IN_AN_HOUR,
    })
    const before = await allRows(pool)
    const refusals = [
      [await call('POST', `${url}/send`), 'campaign_not_sendable'],
      [await call('PATCH', url, { scheduledAt: null }), 'campaign_not_editable'],
      [await call('PATCH', url, { name: 'other' }), 'campaign_not_editable'],
      [await call('DELETE', url), 'campaign_not_editable'],
      [await call('POST', `/v1/campaigns/${paused}/resume`), 'campaign_not_resumable'],
      [
        await call('PATCH', `/v1/campaigns/${paused}`, { message: { title: 'New' } }),
        'campaign_not_editable',
      ],
    ] as const
    for (const [{ status, json }, code] of refusals) {
      expect([status, json.code]).toEqual([409, code])
      expect(json.detail).toMatch(/POST \/v1\/campaigns\/[\w-]+\/keep/)
    }
    expect(await allRows(pool)).toEqual(before)
  })

  test('is refused where there is nothing to cancel, and to a viewer; keep and restore too', async () => {
    const { call, url } = await setup()
    expect((await call('POST', `${url}/cancel`, { undoSeconds: 10 })).json).toMatchObject({
      code: 'campaign_not_cancelable',
    })
    expect((await call('POST', `${url}/keep`)).json).toMatchObject({ code: 'cancel_not_undoable' })
    for (const undoSeconds of [0, 61, 1.5, '10']) {
      expect((await call('POST', `${url}/cancel`, { undoSeconds })).json).toMatchObject({
        code: 'invalid_request',
      })
    }
    for (const action of ['cancel', 'keep', 'restore']) {
      expect((await call('POST', `${url}/${action}`, undefined, { as: 'viewer' })).status).toBe(403)
      const unknown = await call('POST', `/v1/campaigns/01900000-0000-7000-8000-000000000000/${action}`)
      expect(unknown.json).toMatchObject({ status: 404, code: 'campaign_not_found' })
    }
  })
})

describe('DELETE /v1/campaigns/{id} and POST …/restore', () => {
  test('a deleted campaign is found nowhere, and comes back as it was', async () => {
    const { call, url, id } = await setup({ state: 'scheduled', scheduled_at: IN_AN_HOUR, name: 'Findable' })
    const before = (await call('GET', `${url}?whole=false`)).json
    expect((await call('DELETE', url, undefined, { as: 'operator' })).status).toBe(204)
    const gone = [
      await call('GET', url),
      await call('GET', `${url}/messages`),
      await call('GET', `${url}/deliveries`),
      await call('GET', `${url}/deliveries.csv`),
      await call('GET', `${url}/failures`),
      await call('GET', `${url}/timeline`),
      await call('GET', `${url}/devices/1/attempts`),
      await call('GET', `${url}/resend-options`),
      await call('PATCH', url, { name: 'other' }),
      await call('PATCH', url, { message: { title: 'New' } }),
      await call('DELETE', url),
      await call('POST', `${url}/test`, { externalIds: ['m1'] }),
      ...(await Promise.all(
        ['send', 'pause', 'resume', 'cancel', 'keep'].map((action) => call('POST', `${url}/${action}`)),
      )),
      await call('POST', `${url}/cancel`, { undoSeconds: 10 }),
      await call('POST', `${url}/resend`, { only: 'failed' }),
    ]
    expect(gone.map(({ status, json }) => [status, json.code])).toEqual(
      gone.map(() => [404, 'campaign_not_found']),
    )
    for (const query of ['', '?search=findable', '?state=scheduled']) {
      expect((await call('GET', `/v1/campaigns${query}`)).json.data).toEqual([])
    }
    const restored = await call('POST', `${url}/restore`, undefined, { as: 'operator' })
    expect(restored.status).toBe(200)
    expect(withoutTime(restored.json)).toEqual({
      ...withoutTime(before),
      version: before.version + 2,
      updatedAt: restored.json.updatedAt,
    })
    expect((await call('GET', '/v1/campaigns')).json.data).toMatchObject([{ id }])
    // Its answer was lost: the repeat finds what is there.
    expect(withoutTime((await call('POST', `${url}/restore`)).json)).toEqual(withoutTime(restored.json))
  })

  test('cannot be restored after five minutes', async () => {
    const { call, pool } = await startApp()
    const made = await call('POST', '/v1/campaigns', CAMPAIGN)
    await call('DELETE', `/v1/campaigns/${made.json.id}`)
    await pool.query(`UPDATE campaigns SET deleted_at = deleted_at - interval '300 s'`)
    const { status, json } = await call('POST', `/v1/campaigns/${made.json.id}/restore`)
    expect([status, json.code]).toEqual([404, 'campaign_not_found'])
  })

  test('a member who is erased meanwhile is not in what comes back, and an editor of before is told', async () => {
    const { call, url } = await setup({ audience: { externalIds: ['m1', 'm2'] } })
    await call('DELETE', url)
    expect((await call('DELETE', '/v1/members/m1')).status).toBeLessThan(300)
    const { json } = await call('POST', `${url}/restore`)
    expect(json).toMatchObject({ audienceSummary: { kind: 'members', members: 1 }, version: 4 })
    expect((await call('GET', url)).json.audience).toEqual({ externalIds: ['m2'] })
  })
})
