/** A dry run says what the import then does: of each list that was reported, and of lists that cannot be used. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { allRows, startApp, type TestApp } from '../start-app.ts'

const REPORTED = join(import.meta.dirname, '../../audience/import/fixtures/reported')
const HEAD = 'token,externalId,platform'
const ROW = `t1,m1,ios\n`

/** What storing alone can tell. */
const BY_STORING = ['dryRun', 'created', 'updated', 'moved', 'replaced', 'retired', 'optOutsKept', 'problems']

let api: TestApp
const closing: (() => Promise<void>)[] = []
beforeAll(async () => {
  api = await startApp({}, {}, (close) => closing.push(close))
})
afterAll(async () => {
  for (const close of closing) await close()
})

const send = (body: string | Buffer, query: string, type = 'text/csv') =>
  api.call('POST', `/v1/devices/import${query}`, body, { headers: { 'content-type': type } })

function verdict(report: object): object {
  return Object.fromEntries(Object.entries(report).filter(([name]) => !BY_STORING.includes(name)))
}

describe.each(readdirSync(REPORTED))('%s', (name) => {
  test.each([
    ['as it is', (file: Buffer) => file],
    ['compressed', (file: Buffer) => gzipSync(file)],
  ])('%s', async (_, packed) => {
    const file = packed(readFileSync(join(REPORTED, name)))
    const before = await allRows(api.pool)
    const dry = await send(file, '?dryRun=true')
    expect(await allRows(api.pool)).toEqual(before)
    const real = await send(file, '')
    expect([dry.status, real.status]).toEqual([200, 200])
    expect(verdict(real.json)).toEqual(verdict(dry.json))
    const { accepted, created, updated, moved, replaced, retired, repeated } = real.json
    expect(created + updated + moved + replaced + retired + repeated).toBe(accepted)
  })
})

test.each([
  ['no columns that are needed', `kunde,handy\nm1,t1\n`, 'text/csv'],
  ['a column twice', `${HEAD},fcm_token\n${ROW}`, 'text/csv'],
  ['JSON of something else', '{"data":[]}\n', 'application/json'],
  ['an export without its people', 'identifier,device_type\nt1,1\n', 'text/csv'],
])('with %s, the dry run names the problem that the import is refused for', async (_, file, type) => {
  const before = await allRows(api.pool)
  const dry = await send(file, '?dryRun=true', type)
  const real = await send(file, '', type)
  expect(dry.json.problems).toHaveLength(1)
  expect(real.json).toMatchObject({ status: 400, code: 'invalid_csv_header' })
  for (const name of dry.json.problems[0].names) expect(real.json.detail).toContain(name)
  expect(await allRows(api.pool)).toEqual(before)
})

test.each([
  ['nothing', '', 'text/csv'],
  ['a charset that lies', Buffer.from(`${HEAD}\nt1,김철수,ios\n`), 'text/csv; charset=shift_jis'],
  ['the half of a compressed file', gzipSync(`${HEAD}\n${ROW}`).subarray(0, 30), 'application/gzip'],
  ['a workbook', Buffer.from('PK\x03\x04\0\0'), 'application/vnd.ms-excel'],
])('%s is refused by both with the same words', async (_, file, type) => {
  const before = await allRows(api.pool)
  const dry = await send(file, '?dryRun=true', type)
  const real = await send(file, '', type)
  expect(dry.status).toBeGreaterThanOrEqual(400)
  expect([real.json.code, real.json.detail]).toEqual([dry.json.code, dry.json.detail])
  expect(await allRows(api.pool)).toEqual(before)
})
