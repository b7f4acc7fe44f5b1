import { randomUUIDv7 } from 'node:crypto'
import { type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parse } from 'csv-parse/sync'
import { describe, expect, test } from 'vitest'
import { deliveriesCsv } from '../../../src/api/deliveries/deliveries-csv.ts'
import { CANCELED_MEANING, DELIVERY_CODES, type DeliveryCode } from '../../../src/domain/delivery-result.ts'
import { DELIVERY_CODES_KO } from '../../../src/domain/delivery-result-ko.ts'
import type { Pool } from '../../../src/postgres/pool.ts'
import { createBatches, createCampaign, createDevices } from '../../support/factories.ts'
import { until } from '../../support/until.ts'
import { startApp, type TestApp } from '../start-app.ts'

async function deliver(
  pool: Pool,
  campaignId: string,
  deviceIds: readonly number[],
  state: number,
  code: DeliveryCode,
) {
  await pool.query(
    `INSERT INTO deliveries (campaign_id, device_id, state, code, attempt, message_id)
     SELECT $1, id, $3::smallint, $4, 1, CASE WHEN $3::smallint = 1 THEN convert_to('m' || id, 'UTF8') END FROM unnest($2::bigint[]) AS t (id)`,
    [campaignId, deviceIds, state, DELIVERY_CODES[code].number],
  )
}

/** 40 devices: 12 sent, 9 failed for two reasons, 4 skipped, 3 in doubt, 12 canceled (2 + 10, two batches). */
async function mixedCampaign(api: TestApp) {
  const { deviceIds: ids } = await createDevices(api.pool, 40)
  const id = await createCampaign(api.pool, { state: 'canceled', closed_at: new Date() })
  const done = { sent: 12, failed: 9, skipped: 4, in_doubt: 3, attempt: 1 }
  await createBatches(api.pool, id, ids.slice(0, 30), { ...done, state: 'canceled', canceled: 2 })
  await createBatches(api.pool, id, ids.slice(30), { state: 'canceled', canceled: 10 })
  // Not in order of the ids, so that an order by something else would show.
  const mixed = ids.slice(0, 28).map((_, n) => ids[(n * 11) % 28] as number)
  await deliver(api.pool, id, mixed.slice(0, 12), 1, 'ok')
  await deliver(api.pool, id, mixed.slice(12, 17), 2, 'unregistered')
  await deliver(api.pool, id, mixed.slice(17, 21), 2, 'unavailable')
  await deliver(api.pool, id, mixed.slice(21, 25), 3, 'opted_out')
  await deliver(api.pool, id, mixed.slice(25), 4, 'answer_lost')
  return { id, ids, mixed }
}

// biome-ignore lint/suspicious/noExplicitAny: rows as the API gives them
async function walk(api: TestApp, url: string): Promise<any[]> {
  const rows: unknown[] = []
  let cursor: string | null = null
  for (let page = 0; page < 100; page += 1) {
    const { status, json } = await api.call(
      'GET',
      `${url}${cursor === null ? '' : `&cursor=${cursor}`}`,
      undefined,
      { as: 'viewer' },
    )
    expect(status).toBe(200)
    rows.push(...json.data)
    cursor = json.nextCursor
    if (cursor === null) return rows
  }
  throw new Error('the list does not come to an end')
}

const sorted = (ids: readonly number[]) => ids.toSorted((a, b) => a - b).map(String)

describe('deliveries', () => {
  test.each([1, 2, 5, 500])(
    'in pages of %i, every device of the audience comes once, canceled ones last',
    async (limit) => {
      const api = await startApp()
      const { id, ids, mixed } = await mixedCampaign(api)
      const rows = await walk(api, `/v1/campaigns/${id}/deliveries?limit=${limit}`)
      expect(rows.map(({ deviceId }) => deviceId)).toEqual([...sorted(mixed), ...sorted(ids.slice(28))])
      expect(rows.slice(-12).every(({ state }) => state === 'canceled')).toBe(true)
    },
  )

  test.each([1, 3, 500])('in pages of %i, each state lists its own', async (limit) => {
    const api = await startApp()
    const { id, ids, mixed } = await mixedCampaign(api)
    const list = (query: string) => walk(api, `/v1/campaigns/${id}/deliveries?limit=${limit}&${query}`)
    const expectIds = async (query: string, expected: string[]) =>
      expect((await list(query)).map(({ deviceId }) => deviceId)).toEqual(expected)
    await expectIds('state=sent', sorted(mixed.slice(0, 12)))
    await expectIds('state=failed', [...sorted(mixed.slice(12, 17)), ...sorted(mixed.slice(17, 21))])
    await expectIds('state=failed&code=unavailable', sorted(mixed.slice(17, 21)))
    await expectIds('state=skipped', sorted(mixed.slice(21, 25)))
    await expectIds('state=in_doubt', sorted(mixed.slice(25)))
    await expectIds('state=canceled', sorted(ids.slice(28)))
  })

  test('a row says who, what and why, and never the whole token', async () => {
    const api = await startApp()
    const { deviceIds } = await createDevices(api.pool, 3)
    const id = await createCampaign(api.pool, { state: 'sending' })
    await createBatches(api.pool, id, deviceIds, { state: 'sending', attempt: 1 })
    await deliver(api.pool, id, deviceIds.slice(0, 1), 1, 'ok')
    await deliver(api.pool, id, deviceIds.slice(1), 2, 'unregistered')
    await api.pool.query('DELETE FROM devices WHERE id = $1', [deviceIds[2]])
    const answer = await api.call('GET', `/v1/campaigns/${id}/deliveries`)
    expect(answer.json.data).toMatchObject(
      [
        {
          externalId: 'm1',
          platform: 'android',
          address: 'en-m1-1',
          state: 'sent',
          code: 'ok',
          messageId: `m${deviceIds[0]}`,
          attempt: 1,
        },
        {
          externalId: 'm2',
          state: 'failed',
          code: 'unregistered',
          meaning: DELIVERY_CODES.unregistered.meaning,
          messageId: null,
        },
        { externalId: null, platform: null, address: null, state: 'failed' },
      ].map((row) => (row.address === 'en-m1-1' ? { ...row, address: 'ken-m1-1' } : row)),
    )
    expect(answer.text).not.toContain('token-m1-1')
  })

  test('a cursor of another filter or campaign is refused', async () => {
    const api = await startApp()
    const { id } = await mixedCampaign(api)
    const other = await createCampaign(api.pool)
    const { json } = await api.call('GET', `/v1/campaigns/${id}/deliveries?limit=1`)
    for (const url of [`${id}/deliveries?state=failed&`, `${other}/deliveries?`]) {
      const answer = await api.call('GET', `/v1/campaigns/${url}cursor=${json.nextCursor}`)
      expect(answer.json).toMatchObject({ status: 400, code: 'invalid_cursor' })
    }
  })

  test('every page is read from an index, the last as the first', async () => {
    const api = await startApp()
    const { id } = await mixedCampaign(api)
    const plans: string[] = []
    await api.pool.query('SET enable_seqscan = off')
    for (const where of [
      'campaign_id = $1 AND device_id > 5 ORDER BY device_id',
      'campaign_id = $1 AND state = 2 AND (code, device_id) > (1, 5) ORDER BY code, device_id',
    ]) {
      const { rows } = await api.pool.query(
        `EXPLAIN SELECT device_id FROM deliveries WHERE ${where} LIMIT 10`.replace('$1', `'${id}'`),
      )
      plans.push(rows.map((row) => row['QUERY PLAN']).join('\n'))
    }
    for (const plan of plans) expect(plan).not.toMatch(/Sort|Seq Scan/)
  })
})

describe('failures', () => {
  test('are counted by reason, most frequent first, each with what to do', async () => {
    const api = await startApp()
    const { id } = await mixedCampaign(api)
    const { json } = await api.call('GET', `/v1/campaigns/${id}/failures`)
    expect(json.data).toEqual(
      [
        { state: 'failed', code: 'unregistered', count: 5 },
        { state: 'failed', code: 'unavailable', count: 4 },
        { state: 'skipped', code: 'opted_out', count: 4 },
        { state: 'in_doubt', code: 'answer_lost', count: 3 },
      ].map((row) => {
        const { meaning, advice } = DELIVERY_CODES[row.code as DeliveryCode]
        return { ...row, meaning, advice, fcmSaid: null }
      }),
    )
  })
})

describe('deliveries.csv', () => {
  test('holds the same rows, over many pages, with a name for the file', async () => {
    const api = await startApp()
    const { id } = await mixedCampaign(api)
    const answer = await api.call('GET', `/v1/campaigns/${id}/deliveries.csv`)
    expect(answer.headers['content-type']).toBe('text/csv; charset=utf-8')
    expect(answer.headers['content-disposition']).toMatch(
      new RegExp(`^attachment; filename="deliveries-${id}\\.csv"; filename\\*=UTF-8''`),
    )
    const lines = answer.text.trimEnd().split('\r\n')
    expect(lines).toHaveLength(41)
    expect(lines[0]).toBe(
      'deviceId,externalId,platform,address,kind,state,code,meaning,messageId,attempt,sentAt,messageVersion,cappedBy',
    )
    let paged = ''
    for await (const text of deliveriesCsv(
      api.pool,
      id,
      {},
      { escape: 'none', bom: false, isFull: false, language: 'en', pageRows: 3 },
    ))
      paged += text
    expect(paged).toBe(answer.text)
    const failed = await api.call('GET', `/v1/campaigns/${id}/deliveries.csv?state=failed&code=unavailable`)
    expect(failed.text.trimEnd().split('\r\n')).toHaveLength(5)
  })

  test('has its sentences in the language that is asked for; columns, states and codes are the same in each', async () => {
    const api = await startApp()
    const { id } = await mixedCampaign(api)
    const rows = async (query: string): Promise<Record<string, string>[]> => {
      const { status, text } = await api.call('GET', `/v1/campaigns/${id}/deliveries.csv${query}`)
      expect(status).toBe(200)
      return parse(text, { columns: true })
    }
    const english = await rows('?language=en')
    expect(await rows('')).toEqual(english)
    expect(new Set(english.map(({ meaning }) => meaning))).toContain(CANCELED_MEANING)
    expect(await rows('?language=ko')).toEqual(
      english.map((row) => ({
        ...row,
        meaning: row.code
          ? DELIVERY_CODES_KO[row.code as DeliveryCode].meaning
          : '이 기기에 발송하기 전에 캠페인이 취소되었습니다.',
      })),
    )
    const { status } = await api.call('GET', `/v1/campaigns/${id}/deliveries.csv?language=de`)
    expect(status).toBe(400)
  })

  test('has complete addresses if they are asked for, otherwise what no import takes', async () => {
    const api = await startApp()
    const { deviceIds } = await createDevices(api.pool, 2)
    const id = await createCampaign(api.pool, { state: 'sending' })
    await deliver(api.pool, id, deviceIds, 2, 'unregistered')
    await api.pool.query('DELETE FROM devices WHERE id = $1', [deviceIds[1]])
    const addresses = async (query: string) =>
      (await api.call('GET', `/v1/campaigns/${id}/deliveries.csv${query}`)).text
        .trimEnd()
        .split('\r\n')
        .slice(1)
        .map((line) => line.split(',').slice(1, 5).join(','))
    expect(await addresses('')).toEqual(['m1,android,…ken-m1-1,token', ',,,'])
    expect(await addresses('?addresses=full&state=failed')).toEqual(['m1,android,token-m1-1,token', ',,,'])
  })

  test('makes text of what a spreadsheet would run or change', async () => {
    const api = await startApp()
    const ids = ['=1+1', '+1', '-1', '@x', 'a,"b"', '\tx', 'plain', '00123', '123456789012', 'MAR1']
    const { deviceIds } = await createDevices(api.pool, ids.length)
    const id = await createCampaign(api.pool, { state: 'sending' })
    for (const [index, externalId] of ids.entries()) {
      await api.pool.query('UPDATE members SET external_id = $1 WHERE external_id = $2', [
        externalId,
        `m${index + 1}`,
      ])
    }
    await deliver(api.pool, id, deviceIds, 1, 'ok')
    const fields = async (query: string) =>
      (await api.call('GET', `/v1/campaigns/${id}/deliveries.csv${query}`)).text
        .trimEnd()
        .split('\r\n')
        .slice(1)
        .map((line) => line.slice(line.indexOf(',') + 1, line.indexOf(',android')))
    const quoted = '"a,""b"""'
    expect(await fields('?escape=spreadsheet')).toEqual([
      ...["'=1+1", "'+1", "'-1", "'@x", quoted, "'\tx", 'plain'],
      ...["'00123", "'123456789012", "'MAR1"],
    ])
    expect(await fields('')).toEqual(ids.map((each) => (each.includes('"') ? quoted : each)))
  })

  test('is read no faster than its reader takes it', async () => {
    const api = await startApp()
    const { deviceIds } = await createDevices(api.pool, 60_000)
    const id = await createCampaign(api.pool, { state: 'sending' })
    await deliver(api.pool, id, deviceIds, 1, 'ok')
    let pages = 0
    const query = api.pool.query.bind(api.pool)
    api.pool.query = ((...args: Parameters<typeof query>) => {
      if (String(args[0]).includes('deliveries')) pages += 1
      return query(...args)
    }) as typeof api.pool.query
    await api.app.listen({ host: '127.0.0.1', port: 0 })
    const { port } = api.app.server.address() as AddressInfo
    const headers = { authorization: `Bearer ${api.keys.viewer}` }
    const path = `/v1/campaigns/${id}/deliveries.csv`
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      request({ host: '127.0.0.1', port, path, headers, agent: false }, resolve).on('error', reject).end()
    })
    // Nothing is read until the server has stopped running ahead: two looks, a while apart, see the same.
    let before = -1
    const pagesWhileStopped = await until(
      () => {
        const isStill = pages > 0 && pages === before
        before = pages
        return isStill ? pages : false
      },
      { what: 'the export waits for its reader', intervalMs: 300 },
    )
    let text = ''
    for await (const piece of response) text += piece
    const seen = { pagesWhileStopped, lines: text.split('\r\n').length - 2 }
    expect(seen.lines).toBe(60_000)
    expect(seen.pagesWhileStopped).toBeLessThan(60)
    // 60,000 devices and results have to be written first.
  }, 60_000)
})

describe('what one member was sent', () => {
  test.each([1, 2, 500])('in pages of %i, newest campaign first, over all devices', async (limit) => {
    const api = await startApp()
    const { deviceIds } = await createDevices(api.pool, 2, { perMember: 2 })
    const mine = deviceIds.slice(0, 2)
    // Ids of the same millisecond have no order in time.
    const campaigns = [randomUUIDv7(), randomUUIDv7(), randomUUIDv7()].sort()
    for (const [n, id] of campaigns.entries()) {
      await createCampaign(api.pool, { id, state: 'finished', name: `c${n}` })
      await deliver(api.pool, id, n === 1 ? mine.slice(1) : deviceIds, 1, 'ok')
    }
    const rows = await walk(api, `/v1/members/m1/deliveries?limit=${limit}`)
    expect(rows.map(({ campaignName, deviceId }) => [campaignName, deviceId])).toEqual([
      ['c2', String(mine[0])],
      ['c2', String(mine[1])],
      ['c1', String(mine[1])],
      ['c0', String(mine[0])],
      ['c0', String(mine[1])],
    ])
    expect(rows[0]).toMatchObject({
      campaignId: campaigns[2],
      state: 'sent',
      code: 'ok',
      platform: 'android',
    })
  })

  test('a member nobody knows is a 404', async () => {
    const api = await startApp()
    const answer = await api.call('GET', '/v1/members/nobody/deliveries')
    expect(answer.json).toMatchObject({ status: 404, code: 'member_not_found' })
    expect(answer.json.detail).toContain('"nobody"')
  })
})
