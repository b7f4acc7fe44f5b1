/** A list with columns for single attributes of its members, through the API: what is stored, and whom a campaign then finds. */
import { expect, test } from 'vitest'
import { startApp, type TestApp } from '../start-app.ts'

const HEAD = 'token,externalId,platform,등급,지역'
const MAP = encodeURIComponent('등급:attributes.grade,지역:attributes.지역')

const send = (api: TestApp, body: string, query: string, type = 'text/csv; charset=utf-8') =>
  api.call('POST', `/v1/devices/import?${query}`, body, { headers: { 'content-type': type } })

async function stored(api: TestApp): Promise<Record<string, unknown>> {
  const { rows } = await api.pool.query<{ externalId: string; attributes: unknown }>(
    'SELECT external_id AS "externalId", attributes FROM members ORDER BY external_id',
  )
  return Object.fromEntries(rows.map(({ externalId, attributes }) => [externalId, attributes]))
}

test('an attribute replaces those that are stored, as an import does; a row without any leaves them', async () => {
  const api = await startApp()
  const first = await send(api, `${HEAD}\nt1,m1,ios,VIP,서울\nt2,m2,ios,VIP,서울\n`, `map=${MAP}`)
  expect(first.json).toMatchObject({ accepted: 2, created: 2, found: { ignored: [] } })
  expect(await stored(api)).toEqual({
    m1: { grade: 'VIP', 지역: '서울' },
    m2: { grade: 'VIP', 지역: '서울' },
  })
  const count = await api.call('POST', '/v1/audiences/count', {
    audience: { filter: { attributes: { grade: 'VIP', 지역: '서울' } } },
  })
  expect(count.json).toMatchObject({ devices: 2 })

  await send(api, `${HEAD}\nt1,m1,ios,Gold,\nt2,m2,ios,,\n`, `map=${MAP}`)
  expect(await stored(api)).toEqual({ m1: { grade: 'Gold' }, m2: { grade: 'VIP', 지역: '서울' } })
})

test('a dry run says what each column is; a wrong map and two columns for one attribute are refused', async () => {
  const api = await startApp()
  const file = `${HEAD}\nt1,m1,ios,VIP,서울\n`
  const dry = await send(api, file, `dryRun=true&map=${encodeURIComponent('등급:attributes.grade')}`)
  expect(dry.json.found).toMatchObject({ ignored: ['지역'] })
  expect(dry.json.found.columns.slice(2)).toEqual([
    { name: 'platform', field: 'platform', attribute: null },
    { name: '등급', field: 'attributes', attribute: 'grade' },
    { name: '지역', field: null, attribute: null },
  ])
  const wrong = await send(api, file, `map=${encodeURIComponent('등급:attributes.')}`)
  expect(wrong.json).toMatchObject({ status: 400, code: 'invalid_request' })
  expect(wrong.json.detail).toContain('attributes.NAME')
  const twice = await send(api, file, `map=${encodeURIComponent('등급:attributes.a,지역:attributes.a')}`)
  expect(twice.json).toMatchObject({ status: 400, code: 'invalid_csv_header' })
  expect(twice.json.detail).toContain('"등급", "지역"')
  expect(await stored(api)).toEqual({})
})

test('any name, and any value of JSON, comes back as it was sent', async () => {
  const api = await startApp()
  const file = `${JSON.stringify({ token: 't1', externalId: 'm1', platform: 'ios', a: 1250, b: { c: [true] } })}\n`
  const map = encodeURIComponent('a:attributes.__proto__,b:attributes.x\\,\\:\\\\')
  const answer = await send(api, file, `map=${map}`, 'application/x-ndjson')
  expect(answer.json).toMatchObject({ accepted: 1, created: 1 })
  const { rows } = await api.pool.query<{ text: string }>('SELECT attributes::text AS text FROM members')
  expect(JSON.parse(rows[0]?.text ?? '')).toEqual(JSON.parse('{"__proto__":1250,"x,:\\\\":{"c":[true]}}'))
})
