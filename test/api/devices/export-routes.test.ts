/** All devices as a file: for people with a spreadsheet, for programs, and what of the addresses each may have. */
import { describe, expect, test } from 'vitest'
import { exportDevices } from '../../../src/audience/export-devices.ts'
import { createCampaign, createDevices, createShop } from '../../support/factories.ts'
import { signIn } from '../browser.ts'
import { startApp, type TestApp } from '../start-app.ts'

const HEADER =
  'address,kind,externalId,platform,locale,timezone,attributes,optedOut,consentAt,marketingConsent,marketingConsentAt,nightConsent,nightConsentAt,installationId,lastSeenAt,state,goneAt,goneCode'
const get = (api: TestApp, query = '', more: Parameters<TestApp['call']>[3] = {}) =>
  api.call('GET', `/v1/devices/export${query}`, undefined, more)
const linesOf = (text: string) => text.trimEnd().split('\r\n')
const SEEN = new Date('2026-03-01T08:00:00.000Z')

/** Two active devices of m1, and two that are gone for different reasons. */
async function someDevices(api: TestApp) {
  const member = { locale: 'ko-KR', timezone: 'Asia/Seoul', attributes: { plan: 'gold', city: '서울' } }
  await createDevices(api.pool, 1, { perMember: 2, member, lastSeenAt: SEEN })
  const { deviceIds } = await createDevices(api.pool, 2, {
    state: 'gone',
    platform: 'ios',
    lastSeenAt: SEEN,
    member: { opted_out_at: new Date() },
  })
  for (const [index, code] of [1, 2].entries()) {
    await api.pool.query('UPDATE devices SET gone_at = $2, gone_code = $3 WHERE id = $1', [
      deviceIds[index],
      new Date('2026-04-01T08:00:00Z'),
      code,
    ])
  }
  await api.pool.query(
    `UPDATE members SET consent_at = '2026-02-03T04:05:06.789Z', consent_source = 'person' WHERE external_id = 'm2'`,
  )
  await api.pool.query(`UPDATE devices SET installation_id = 'phone-1' WHERE address = 'token-m1-1'`)
}

describe('the device export', () => {
  test('is CSV in the columns of the import, with a name for the file', async () => {
    const api = await startApp()
    await someDevices(api)
    const answer = await get(api, '?addresses=full')
    expect(answer.headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': 'attachment; filename="devices-addresses.csv"',
    })
    const seen = SEEN.toISOString()
    expect(linesOf(answer.text)).toEqual([
      HEADER,
      `token-m1-1,token,m1,android,ko-KR,Asia/Seoul,"{""city"":""서울"",""plan"":""gold""}",,,,,,,phone-1,${seen},active,,`,
      `token-m1-2,token,m1,android,ko-KR,Asia/Seoul,"{""city"":""서울"",""plan"":""gold""}",,,,,,,,${seen},active,,`,
      `token-m2-1,token,m2,ios,,,,true,2026-02-03T04:05:06.789Z,,,,,,${seen},gone,2026-04-01T08:00:00.000Z,unregistered`,
      `token-m3-1,token,m3,ios,,,,true,,,,,,,${seen},gone,2026-04-01T08:00:00.000Z,invalid_address`,
    ])
  })

  test('lists those that are gone, and of them those with one reason', async () => {
    const api = await startApp()
    await someDevices(api)
    const addressesOf = async (query: string) =>
      linesOf((await get(api, `?addresses=full&${query}`)).text)
        .slice(1)
        .map((line) => line.split(',')[0])
    expect(await addressesOf('state=active')).toEqual(['token-m1-1', 'token-m1-2'])
    expect(await addressesOf('state=gone')).toEqual(['token-m2-1', 'token-m3-1'])
    expect(await addressesOf('state=gone&code=unregistered')).toEqual(['token-m2-1'])
    expect(await addressesOf('code=invalid_address')).toEqual(['token-m3-1'])
    expect(await addressesOf('code=device_gone')).toEqual([])
    const refused = await get(api, '?state=active&code=unregistered')
    expect(refused.json).toMatchObject({ status: 400, errors: [{ field: '/code' }] })
    expect((await get(api, '?state=gone&code=unregistered')).headers['content-disposition']).toContain(
      '"devices-gone-unregistered.csv"',
    )
  })

  test.each([
    ['?format=ndjson', {}, 'application/x-ndjson'],
    ['', { accept: 'application/x-ndjson' }, 'application/x-ndjson'],
    ['', { accept: 'application/x-ndjson, text/csv;q=0.5' }, 'application/x-ndjson'],
    ['', { accept: 'text/csv, application/x-ndjson' }, 'text/csv; charset=utf-8'],
    ['', { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }, 'text/csv; charset=utf-8'],
    ['?format=csv', { accept: 'application/x-ndjson' }, 'text/csv; charset=utf-8'],
  ])('the format of %j with %o is %s', async (query, headers, type) => {
    const api = await startApp()
    expect((await get(api, query, { headers })).headers['content-type']).toBe(type)
  })

  test('as NDJSON has one object per line, without what is not known', async () => {
    const api = await startApp()
    await someDevices(api)
    const { text } = await get(api, '?format=ndjson&addresses=full&state=active')
    const [first] = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(first).toEqual({
      address: 'token-m1-1',
      kind: 'token',
      externalId: 'm1',
      platform: 'android',
      locale: 'ko-KR',
      timezone: 'Asia/Seoul',
      attributes: { plan: 'gold', city: '서울' },
      installationId: 'phone-1',
      lastSeenAt: SEEN.toISOString(),
      state: 'active',
    })
  })

  test.each([1, 2, 3, 1_000])(
    'in pages of %i holds every device once, also if few match',
    async (pageRows) => {
      const api = await startApp()
      await createDevices(api.pool, 30)
      await api.pool.query(`UPDATE devices SET state = 'gone', gone_code = 1 WHERE id IN (7, 8, 29)`)
      await createShop(api.pool)
      for (const lookedAt of [1, 4, 1_000]) {
        const read = async (state: 'active' | 'gone' | undefined) => {
          const found: string[] = []
          for await (const page of exportDevices(api.pool, 1, { state }, { pageRows, lookedAt })) {
            expect(page.length).toBeLessThanOrEqual(pageRows)
            found.push(...page.map(({ externalId }) => externalId))
          }
          return found
        }
        expect((await read(undefined)).length, `all, ${lookedAt}`).toBe(30)
        expect(await read('gone'), `gone, ${lookedAt}`).toEqual(['m7', 'm8', 'm29'])
        expect((await read('active')).length).toBe(27)
      }
    },
  )

  test('does not include what registers while it is written', async () => {
    const { pool } = await startApp()
    await createDevices(pool, 3)
    const found: string[] = []
    for await (const page of exportDevices(pool, 1, {}, { pageRows: 1, lookedAt: 10 })) {
      found.push(...page.map(({ externalId }) => externalId))
      if (found.length < 10) await createDevices(pool, 1)
    }
    expect(found).toEqual(['m1', 'm2', 'm3'])
  })
})

describe('addresses', () => {
  test.each(['viewer', 'operator', 'admin'] as const)(
    '%s gets them masked, as nothing that could be imported',
    async (as) => {
      const api = await startApp()
      await someDevices(api)
      for (const format of ['csv', 'ndjson']) {
        const { status, text } = await get(api, `?format=${format}`, { as })
        expect(status).toBe(200)
        expect(text).toContain('…ken-m1-1')
        expect(text).not.toContain('token-m1-1')
      }
      const masked = await get(api, '', { as })
      const csv = masked.text
        .replace('address', 'token')
        .split('\r\n')
        .map((line) =>
          line
            .split(',')
            .slice(0, 4)
            .filter((_, index) => index !== 1)
            .join(','),
        )
        .join('\n')
      const { json } = await api.call('POST', '/v1/devices/import', csv, {
        headers: { 'content-type': 'text/csv' },
      })
      expect(json).toMatchObject({ accepted: 0, rejected: 4 })
    },
  )

  test('in full are for admins, in both exports, and it is logged who took them', async () => {
    const api = await startApp()
    await someDevices(api)
    const id = await createCampaign(api.pool, { state: 'sending' })
    const urls = ['/v1/devices/export?addresses=full', `/v1/campaigns/${id}/deliveries.csv?addresses=full`]
    for (const url of urls) {
      for (const as of ['viewer', 'operator'] as const) {
        const { json } = await api.call('GET', url, undefined, { as })
        expect(json).toMatchObject({ status: 403, code: 'missing_permission' })
        expect(json.detail).toContain('"addresses:read"')
      }
      expect((await api.call('GET', url)).status).toBe(200)
      expect((await api.call('GET', url.replace('full', 'masked'), undefined, { as: 'viewer' })).status).toBe(
        200,
      )
    }
  })
})

describe('who asks decides how CSV is written', () => {
  test('a program gets what is stored, a browser what a spreadsheet leaves alone, and each can have the other', async () => {
    const api = await startApp()
    await createDevices(api.pool, 1)
    await api.pool.query(`UPDATE members SET external_id = '00123'`)
    const asProgram = async (query: string) => (await get(api, query)).text
    const browser = await signIn(api.app, { apiKey: api.keys.viewer })
    const asBrowser = async (query: string) =>
      (await browser.call('GET', `/v1/devices/export${query}`)).rawPayload.toString('utf8')
    const plain = /^address,.*\r\n…[^,]*,token,00123,/
    const forSpreadsheet = /^\ufeffaddress,.*\r\n…[^,]*,token,'00123,/
    expect(await asProgram('')).toMatch(plain)
    expect(await asProgram('?escape=spreadsheet&bom=true')).toMatch(forSpreadsheet)
    expect(await asBrowser('')).toMatch(forSpreadsheet)
    expect(await asBrowser('?escape=none&bom=false')).toMatch(plain)
  })
})
