import { describe, expect, test } from 'vitest'
import { archiveCampaign } from '../../../src/campaigns/archive-campaign.ts'
import { tagCampaign } from '../../../src/campaigns/tag-campaign.ts'
import { CAMPAIGN_STATES } from '../../../src/domain/campaign.ts'
import { closeCampaign } from '../../../src/maintenance/close-campaigns.ts'
import { createLogger } from '../../../src/process/logger.ts'
import { createBatches, createCampaign, createDevices } from '../../support/factories.ts'
import { withoutTime } from '../../support/seen.ts'
import { CAMPAIGN, startApp, type TestApp } from '../start-app.ts'

const log = createLogger('test', 'silent')

async function etagOf(api: TestApp, id: string): Promise<string> {
  return (await api.call('GET', `/v1/campaigns/${id}`)).headers.etag ?? ''
}

async function tag(api: TestApp, id: string, tags: string[], etag?: string) {
  const headers = { 'if-match': etag ?? (await etagOf(api, id)) }
  return await api.call('PATCH', `/v1/campaigns/${id}`, { tags }, { headers })
}

describe('tags', () => {
  test('are cleaned, kept in order and each once, from the creation on', async () => {
    const api = await startApp()
    const tags = [' 봄 세일 '.normalize('NFD'), 'Sale', 'Sale ', 'sale']
    const { json } = await api.call('POST', '/v1/campaigns', { ...CAMPAIGN, tags })
    expect(json.tags).toEqual(['봄 세일', 'Sale', 'sale'])
    expect((await tag(api, json.id, [])).json.tags).toEqual([])
    const { headers, json: both } = await api.call(
      'PATCH',
      `/v1/campaigns/${json.id}`,
      { name: 'renamed', tags: ['x'] },
      { headers: { 'if-match': await etagOf(api, json.id) } },
    )
    expect(both).toMatchObject({ name: 'renamed', tags: ['x'], version: 3 })
    expect(headers.etag).toMatch(/^"3-/)
  })

  test.each(CAMPAIGN_STATES)('change while it is %s: the version grows, the plan stays', async (state) => {
    const api = await startApp()
    const { deviceIds } = await createDevices(api.pool, 2)
    const id = await createCampaign(api.pool, { state, message_version: 2 })
    await createBatches(api.pool, id, deviceIds, { state: 'queued' })
    const before = (await api.pool.query('SELECT * FROM campaigns')).rows[0]
    const { status, json } = await tag(api, id, ['x'])
    expect([status, json.tags, json.version]).toEqual([200, ['x'], before.version + 1])
    const after = (await api.pool.query('SELECT * FROM campaigns')).rows[0]
    expect(after).toEqual({ ...before, tags: ['x'], version: after.version, updated_at: after.updated_at })
    expect((await api.pool.query('SELECT state FROM batches')).rows).toEqual([{ state: 'queued' }])
  })

  test('of somebody who was slower are refused', async () => {
    const api = await startApp()
    const id = await createCampaign(api.pool, { state: 'sending' })
    const etag = await etagOf(api, id)
    expect((await tag(api, id, ['first'], etag)).status).toBe(200)
    const refused = await tag(api, id, ['second'], etag)
    expect(refused.json).toMatchObject({ status: 412, code: 'version_conflict' })
    const deleted = await createCampaign(api.pool, { deleted_at: new Date() })
    await expect(tagCampaign(api.pool, deleted, ['x'], 1)).rejects.toMatchObject({
      code: 'campaign_not_found',
    })
  })

  test.each([
    ['an empty one', ['ok', ' \u200b'], 'tags/1 is empty. Leave it out.'],
    ['a long one', ['가'.repeat(31)], 'tags/0 has 31 characters; at most 30 are allowed. Shorten it.'],
    [
      'too many',
      Array.from({ length: 21 }, (_, n) => `t${n}`),
      'tags has 21 tags; at most 20 are allowed. Leave some out.',
    ],
  ])('%s is refused', async (_what, tags, detail) => {
    const api = await startApp()
    const id = await createCampaign(api.pool)
    expect((await tag(api, id, tags)).json).toMatchObject({ status: 400, code: 'invalid_request', detail })
    const created = await api.call('POST', '/v1/campaigns', { ...CAMPAIGN, tags })
    expect(created.json).toMatchObject({ status: 400, detail })
  })

  test('thirty characters are thirty, whatever they are', async () => {
    const api = await startApp()
    const id = await createCampaign(api.pool)
    expect((await tag(api, id, ['🎉'.repeat(30)])).json.tags).toEqual(['🎉'.repeat(30)])
  })

  test('do not make results be counted again', async () => {
    const { pool } = await startApp()
    const { deviceIds } = await createDevices(pool, 3)
    const id = await createCampaign(pool, { state: 'sending' })
    await createBatches(pool, id, deviceIds, { state: 'done', sent: 3 })
    await pool.query(
      'INSERT INTO deliveries (campaign_id, device_id, state, code, attempt) SELECT $1, unnest($2::bigint[]), 1, 0, 1',
      [id, deviceIds],
    )
    // Two of three are counted.
    await pool.query(
      `UPDATE campaigns SET closing = jsonb_build_object('version', version, 'throughId', $1::bigint, 'rows', 2,
         'states', '{"sent": 2, "failed": 0, "skipped": 0, "in_doubt": 0}'::jsonb, 'isComplete', false)`,
      [deviceIds[1]],
    )
    await tagCampaign(pool, id, ['x'], 1)
    expect(await closeCampaign(pool, id, log, 2)).toBe(true)
    const { rows } = await pool.query('SELECT closing, tags FROM campaigns')
    expect(rows).toEqual([{ closing: null, tags: ['x'] }])
  })
})

describe('the archive', () => {
  test('takes a draft and a closed campaign, and gives them back; repeating it changes nothing', async () => {
    const api = await startApp()
    const draft = await createCampaign(api.pool)
    const closed = await createCampaign(api.pool, { state: 'finished', closed_at: new Date() })
    for (const id of [draft, closed]) {
      const url = `/v1/campaigns/${id}`
      const first = await api.call('POST', `${url}/archive`)
      expect(first.json).toMatchObject({ archivedAt: expect.any(String), version: 2 })
      expect(withoutTime((await api.call('POST', `${url}/archive`)).json)).toEqual(withoutTime(first.json))
      expect(
        (await api.call('GET', '/v1/campaigns')).json.data.map((c: { id: string }) => c.id),
      ).not.toContain(id)
      expect((await api.call('POST', `${url}/unarchive`)).json).toMatchObject({
        archivedAt: null,
        version: 3,
      })
      expect((await api.call('POST', `${url}/unarchive`)).json.version).toBe(3)
    }
    expect((await api.call('GET', '/v1/campaigns')).json.data).toHaveLength(2)
  })

  test.each(['scheduled', 'sending', 'paused', 'canceled', 'finished'] as const)(
    'does not take one that is %s and not closed',
    async (state) => {
      const api = await startApp()
      const id = await createCampaign(api.pool, { state })
      const { json } = await api.call('POST', `/v1/campaigns/${id}/archive`)
      expect(json).toMatchObject({ status: 409, code: 'campaign_not_archivable' })
      expect(json.detail).toContain(`is "${state}" and cannot be archived.`)
    },
  )

  test('does not take what is not there', async () => {
    const api = await startApp()
    const id = await createCampaign(api.pool, { deleted_at: new Date() })
    for (const action of ['archive', 'unarchive']) {
      const { json } = await api.call('POST', `/v1/campaigns/${id}/${action}`)
      expect(json).toMatchObject({ status: 404, code: 'campaign_not_found' })
    }
    await expect(archiveCampaign(api.pool, id)).rejects.toMatchObject({ code: 'campaign_not_found' })
  })

  test('does not hide a draft that is sent or scheduled after all', async () => {
    const api = await startApp()
    await createDevices(api.pool, 1)
    const sent = await createCampaign(api.pool, { name: 'sent', archived_at: new Date() })
    const scheduled = await createCampaign(api.pool, { name: 'scheduled', archived_at: new Date() })
    await api.call('POST', `/v1/campaigns/${sent}/send`, undefined, {
      headers: { 'if-match': await etagOf(api, sent) },
    })
    await api.call(
      'PATCH',
      `/v1/campaigns/${scheduled}`,
      { scheduledAt: '2099-01-01T00:00:00Z' },
      { headers: { 'if-match': await etagOf(api, scheduled) } },
    )
    const { json } = await api.call('GET', '/v1/campaigns')
    expect(json.data).toMatchObject([
      { state: 'scheduled', archivedAt: null },
      { state: 'sending', archivedAt: null },
    ])
  })
})
