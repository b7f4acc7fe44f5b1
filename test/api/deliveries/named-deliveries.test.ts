/** Results of one member, or of one token, in a campaign. */
import { describe, expect, test } from 'vitest'
import { createBatches, createCampaign, createDevices, createShop } from '../../support/factories.ts'
import { startApp } from '../start-app.ts'

/**
 * Members m1–m6 with three devices each (d1–d18). The campaign went to all but m6; it was canceled when m1 and m2 had
 * results (m2's last device none), in batches of four, so that members lie across their edges.
 */
async function setup() {
  const api = await startApp()
  const { deviceIds: d } = await createDevices(api.pool, 6, { perMember: 3 })
  const id = await createCampaign(api.pool, { state: 'canceled', closed_at: new Date() })
  await createBatches(api.pool, id, d.slice(0, 4), { size: 4, state: 'done', attempt: 1, sent: 2, failed: 2 })
  await createBatches(api.pool, id, d.slice(4, 8), {
    size: 4,
    state: 'canceled',
    attempt: 1,
    sent: 1,
    canceled: 3,
  })
  await createBatches(api.pool, id, d.slice(8, 15), { size: 4, state: 'canceled', canceled: 4 })
  await api.pool.query(
    `INSERT INTO deliveries (campaign_id, device_id, state, code, attempt)
     SELECT $1, device_id, state, code, 1 FROM unnest($2::bigint[], $3::int[], $4::int[]) AS t (device_id, state, code)`,
    [id, d.slice(0, 5), [1, 2, 1, 2, 1], [0, 1, 0, 8, 0]],
  )
  const list = async (query: string) => {
    const { status, json } = await api.call('GET', `/v1/campaigns/${id}/deliveries?${query}`, undefined, {
      as: 'viewer',
    })
    expect(status).toBe(200)
    return json
  }
  /** As device number and state. */
  const found = async (query: string): Promise<string[]> => {
    const { data } = await list(query)
    return data.map(
      (row: { deviceId: string; state: string }) => `${d.indexOf(Number(row.deviceId)) + 1} ${row.state}`,
    )
  }
  return { api, id, d, list, found }
}

test('devices of other projects take no places of a page', async () => {
  const { api, d, list } = await setup()
  await createShop(api.pool)
  const token = 'token-m3-1'
  // The device of the other project would come first, and has a result.
  await api.pool.query('DELETE FROM devices WHERE id = $1', [d[0]])
  await api.pool.query('UPDATE devices SET id = $1 WHERE project_id = 2 AND address = $2', [d[0], token])
  for (const query of [`address=${token}`, 'member=m3']) {
    const { data } = await list(`${query}&limit=1`)
    expect(data).toMatchObject([{ deviceId: String(d[6]) }])
  }
})

describe('deliveries of one member', () => {
  test('are those of each of their devices, canceled ones too', async () => {
    const { found } = await setup()
    expect(await found('member=m1')).toEqual(['1 sent', '2 failed', '3 sent'])
    expect(await found('member=m2')).toEqual(['4 failed', '5 sent', '6 canceled'])
    expect(await found('member=m3')).toEqual(['7 canceled', '8 canceled', '9 canceled'])
  })

  test('can be asked for by state and code', async () => {
    const { found } = await setup()
    expect(await found('member=m1&state=sent')).toEqual(['1 sent', '3 sent'])
    expect(await found('member=m1&state=canceled')).toEqual([])
    expect(await found('member=m2&state=canceled')).toEqual(['6 canceled'])
    expect(await found('member=m2&state=failed&code=unavailable')).toEqual(['4 failed'])
    expect(await found('member=m2&state=failed&code=unregistered')).toEqual([])
  })

  test('are none for who was not in the audience, or is not known', async () => {
    const { found } = await setup()
    expect(await found('member=m6')).toEqual([])
    expect(await found('member=nobody')).toEqual([])
  })

  test('come page by page', async () => {
    const { list, d } = await setup()
    const seen: number[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const page = await list(`member=m2&limit=1${cursor && `&cursor=${cursor}`}`)
      seen.push(...page.data.map(({ deviceId }: { deviceId: string }) => Number(deviceId)))
      cursor = page.nextCursor
    }
    expect(seen).toEqual(d.slice(3, 6))
  })

  test('hold what every row holds, and are in the export', async () => {
    const { api, id, list } = await setup()
    expect((await list('member=m1&state=failed')).data).toMatchObject([
      { externalId: 'm1', platform: 'android', address: 'ken-m1-2', code: 'unregistered', attempt: 1 },
    ])
    const { text } = await api.call('GET', `/v1/campaigns/${id}/deliveries.csv?member=m2`)
    expect(text.trimEnd().split('\r\n')).toHaveLength(4)
    expect(text).toContain(',canceled,')
  })

  test('a cursor of one member is no cursor of another', async () => {
    const { api, id, list } = await setup()
    const { nextCursor } = await list('member=m1&limit=1')
    const { json } = await api.call('GET', `/v1/campaigns/${id}/deliveries?member=m2&cursor=${nextCursor}`)
    expect(json).toMatchObject({ status: 400, code: 'invalid_cursor' })
  })
})

describe('deliveries of one token', () => {
  test('are the one of its device, and none of a part of it', async () => {
    const { found } = await setup()
    expect(await found('address=token-m1-2')).toEqual(['2 failed'])
    expect(await found('address=token-m5-3')).toEqual(['15 canceled'])
    expect(await found('address=token-m1-2&member=m1')).toEqual(['2 failed'])
    expect(await found('address=token-m1-2&member=m2')).toEqual([])
    expect(await found('address=oken-m1-2')).toEqual([])
  })
})

test('a campaign on its way shows what is recorded and nothing else', async () => {
  const { api, id, found } = await setup()
  await api.pool.query(`UPDATE campaigns SET state = 'sending', closed_at = NULL WHERE id = $1`, [id])
  await api.pool.query(`UPDATE batches SET state = 'planned', canceled = 0 WHERE campaign_id = $1`, [id])
  expect(await found('member=m2')).toEqual(['4 failed', '5 sent'])
  expect(await found('member=m3')).toEqual([])
})

test('what is no member or token is refused', async () => {
  const { api, id } = await setup()
  for (const query of [
    'member=',
    'address=',
    `member=${'x'.repeat(256)}`,
    'members=m1',
    'member=m1&code=unavailable',
  ]) {
    const { json } = await api.call('GET', `/v1/campaigns/${id}/deliveries?${query}`)
    expect(json, query).toMatchObject({ status: 400, code: 'invalid_request' })
  }
})
