/** Which calls an overloaded process accepts, and how it refuses the others. */
import { once } from 'node:events'
import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Admission, type Load } from '../../../src/api/http/admission.ts'
import { testConfig } from '../../support/config.ts'
import { createCampaign, createDevices } from '../../support/factories.ts'
import { until } from '../../support/until.ts'
import { allRows, CAMPAIGN, startApp, type TestApp } from '../start-app.ts'

/** With a clock of its own: `pass` ends the time during which an overloaded process uses fewer slots. */
function setupAdmission(env: Record<string, number>) {
  let now = 0
  const admission = new Admission(testConfig(env), () => now)
  const pass = (ms: number) => {
    now += ms
  }
  return { admission, pass }
}
const admissionOf = (env: Record<string, number>) => setupAdmission(env).admission
const DEVICE = { externalId: 'm1', platform: 'ios' }

function takes(admission: Admission, load: Load): boolean {
  try {
    admission.check(load)
    return true
  } catch (error) {
    expect(error).toMatchObject({ code: 'overloaded', status: 429 })
    expect((error as { retryAfterSeconds: number }).retryAfterSeconds).toBeOneOf([1, 2, 3, 4, 5])
    return false
  }
}

describe('admission', () => {
  test('leaves the last 15 % of the slots to people, and never refuses a pause', () => {
    const { admission, pass } = setupAdmission({ HTTP_SLOTS: 20 })
    const everything = ['vital', 'normal', 'watch', 'export', 'repeated', 'import'] as const
    const seen = []
    for (let inHand = 0; inHand <= 20; inHand += 1) {
      seen.push(everything.filter((load) => takes(admission, load)))
      pass(5_000)
      if (inHand < 20) admission.enter('normal')
    }
    const fromPeople = ['vital', 'normal', 'watch', 'export']
    expect(seen.slice(0, 17)).toEqual(Array(17).fill(everything))

    expect(seen.slice(17, 20)).toEqual(Array(3).fill(fromPeople))
    expect(seen[20]).toEqual(['vital'])
    admission.enter('vital')
    expect(admission.figures().inHand).toBe(21)
  })

  test('uses 30 % of its slots for five seconds once they were full, and all of them afterwards', () => {
    const { admission, pass } = setupAdmission({ HTTP_SLOTS: 20 })
    const leaves = Array.from({ length: 20 }, () => admission.enter('normal'))
    expect(admission.figures().slots).toBe(20)
    expect(takes(admission, 'normal')).toBe(false)
    expect(admission.figures().slots).toBe(6)

    for (const leave of leaves.slice(0, 14)) leave()
    expect(takes(admission, 'normal')).toBe(false)
    expect(takes(admission, 'vital')).toBe(true)
    leaves[14]?.()
    expect(takes(admission, 'normal')).toBe(true)
    expect(takes(admission, 'repeated')).toBe(false)
    leaves[15]?.()
    expect(takes(admission, 'repeated')).toBe(true)

    pass(4_999)
    expect(admission.figures().slots).toBe(6)
    pass(1)
    expect(admission.figures().slots).toBe(20)
  })

  test('refusals do not prolong the time with fewer slots', () => {
    const { admission, pass } = setupAdmission({ HTTP_SLOTS: 20 })
    for (let count = 0; count < 20; count += 1) admission.enter('normal')
    for (let second = 0; second < 5; second += 1) {
      expect(takes(admission, 'normal')).toBe(false)
      pass(1_000)
    }
    expect(admission.figures().slots).toBe(20)
  })

  test('a limit of imports or exports that is reached is no overload', () => {
    const admission = admissionOf({ HTTP_SLOTS: 20, HTTP_EXPORTS: 1 })
    admission.enter('export')
    expect(takes(admission, 'export')).toBe(false)
    expect(admission.figures().slots).toBe(20)
  })

  test('frees a slot once, however often it is left', () => {
    const admission = admissionOf({ HTTP_SLOTS: 10 })
    const leave = admission.enter('normal')
    admission.enter('repeated')
    leave()
    leave()
    expect(admission.figures()).toMatchObject({ slots: 10, inHand: 1 })
  })

  test('has two slots for each connection unless told otherwise', () => {
    expect(admissionOf({ DATABASE_POOL_SIZE: 7 }).figures().slots).toBe(14)
  })

  test.each(['import', 'export'] as const)('bounds each %s by itself, beside the slots', (load) => {
    const admission = admissionOf({
      DATABASE_POOL_SIZE: 10,
      HTTP_SLOTS: 10,
      HTTP_IMPORTS: 2,
      HTTP_EXPORTS: 2,
    })
    const leave = admission.enter(load)
    admission.enter(load)
    expect(takes(admission, load)).toBe(false)
    expect(takes(admission, load === 'import' ? 'export' : 'import')).toBe(true)
    expect(admission.figures()).toMatchObject({ inHand: 0, [`${load}s`]: 2, refused: 1 })
    leave()
    expect(takes(admission, load)).toBe(true)
  })

  test('leaves a connection to everybody else however many streams are allowed', () => {
    const admission = admissionOf({ DATABASE_POOL_SIZE: 5, HTTP_IMPORTS: 50, HTTP_EXPORTS: 50 })
    const count = (load: Load) => {
      let taken = 0
      for (; takes(admission, load); taken += 1) admission.enter(load)
      return taken
    }
    expect([count('import'), count('export')]).toEqual([1, 2])
  })

  test('refuses what is heavy for a reason of its owner, and takes it again', () => {
    const admission = admissionOf({})
    admission.refuseHeavy('this process is short of memory')
    expect(() => admission.enter('import')).toThrow(/was refused: this process is short of memory\. Nothing/)
    const loads = ['vital', 'normal', 'watch', 'repeated', 'import', 'export'] as const
    expect(loads.filter((load) => takes(admission, load))).toEqual(['vital', 'normal', 'watch'])
    admission.refuseHeavy(null)
    expect(takes(admission, 'import')).toBe(true)
  })
})

/** Everything that reads or changes the table waits until `release`. */
async function hold(table: 'campaigns' | 'deliveries', { pool }: TestApp): Promise<() => Promise<void>> {
  const client = await pool.connect()
  await client.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`)
  let isHeld = true
  const release = async () => {
    if (!isHeld) return
    isHeld = false
    await client.query('ROLLBACK')
    client.release()
  }
  onTestFinished(release)
  return release
}

describe('an API with all slots taken', () => {
  const setup = async (env: Record<string, number> = {}) => {
    const { admission, pass } = setupAdmission({ DATABASE_POOL_SIZE: 12, HTTP_SLOTS: 4, ...env })
    const api = await startApp({}, { admission })
    // Of the test's own pool; all slots and the lock must fit into it.
    api.pool.options.max = 12
    const id = await createCampaign(api.pool, { state: 'sending' })
    // Keys are remembered: who is calling must not need the database below.
    for (const as of ['admin', 'operator'] as const) await api.call('GET', '/v1/campaigns', undefined, { as })
    const inHand = (count: number) =>
      until(() => admission.figures().inHand === count, { what: `${count} calls are in hand` })
    return { admission, api, id, inHand, pass }
  }

  test('refuses registrations, then reads, and always pauses', async () => {
    const { api, id, inHand, pass } = await setup()
    await createDevices(api.pool, 1)
    const before = await allRows(api.pool)
    const release = await hold('campaigns', api)
    const reads = [1, 2, 3].map(() => api.call('GET', '/v1/campaigns'))
    await inHand(3)

    for (const [method, body] of [
      ['PUT', DEVICE],
      ['DELETE', undefined],
    ] as const) {
      const refused = await api.call(method, '/v1/devices/token-m1-1', body)
      expect(refused.json).toMatchObject({ status: 429, code: 'overloaded' })
      expect(refused.json.detail).toMatch(/overloaded; it is working on 3 calls and accepts 3 of this kind\./)
      pass(5_000)
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
    }
    // Before anything is known about the caller: what is refused must not cost a look-up.
    const stranger = { headers: { authorization: '' } }
    expect((await api.call('PUT', '/v1/devices/token-m1-1', DEVICE, stranger)).json.code).toBe('overloaded')
    const csv = { headers: { 'content-type': 'text/csv' } }
    const imported = await api.call(
      'POST',
      '/v1/devices/import',
      'address,externalId,platform\na,b,ios\n',
      csv,
    )
    expect(imported.json.code).toBe('overloaded')
    pass(5_000)

    reads.push(api.call('GET', `/v1/campaigns/${id}`))
    await inHand(4)
    expect((await api.call('GET', '/v1/campaigns')).json.code).toBe('overloaded')
    // Not looked up: that would wait for the table.
    const seen = { version: 1 }
    expect((await api.call('POST', `/v1/campaigns/${id}/send`, undefined, seen)).json.code).toBe('overloaded')
    expect((await api.call('GET', '/health/ready')).status).toBe(200)
    const paused = api.call('POST', `/v1/campaigns/${id}/pause`)
    await inHand(5)

    await release()
    expect((await Promise.all(reads)).map(({ status }) => status)).toEqual([200, 200, 200, 200])
    expect((await paused).json.state).toBe('paused')
    await inHand(0)
    expect({ ...((await allRows(api.pool)) as object), campaigns: 0 }).toEqual({
      ...(before as object),
      campaigns: 0,
    })
    pass(5_000)
    expect((await api.call('PUT', '/v1/devices/token-m1-1', DEVICE)).status).toBe(200)
  })

  test('counts the work of a client that has gone until it is done', async () => {
    const { api, inHand } = await setup()
    const port = await listen(api)
    const release = await hold('campaigns', api)
    const gone = request({ port, path: '/v1/campaigns', headers: bearer(api) }).on('error', () => {})
    gone.end()
    await inHand(1)
    gone.destroy()
    await until(async () => (await connections(api)) === 0, { what: 'the connection is closed' })
    await inHand(1)
    await release()
    await inHand(0)
  })

  test('holds nothing for a body that drips in', async () => {
    const { api, admission, inHand } = await setup()
    const port = await listen(api)
    const slow = request({
      port,
      method: 'POST',
      path: '/v1/campaigns',
      headers: { ...bearer(api), 'content-type': 'application/json', 'content-length': 5000 },
    }).on('error', () => {})
    slow.write('{"name":')
    await until(async () => (await connections(api)) === 1, { what: 'the connection is open' })
    expect((await api.call('GET', '/v1/campaigns')).status).toBe(200)
    await inHand(0)
    slow.destroy()
    expect(admission.figures().refused).toBe(0)
  })

  test.each([
    [
      'a refusal',
      'POST',
      '/v1/campaigns',
      { ...CAMPAIGN, message: { title: 'a', body: 'b', link: 'http://' } },
    ],
    ['a missing campaign', 'GET', '/v1/campaigns/01990000-0000-7000-8000-000000000000', undefined],
    ['an answer without a body', 'DELETE', '/v1/devices/nobody', undefined],
  ] as const)('gives the slot back after %s', async (_what, method, url, body) => {
    const { api, admission } = await setup()
    expect((await api.call(method, url, body)).status).toBeGreaterThanOrEqual(400)
    expect(admission.figures().inHand).toBe(0)
  })

  test('runs so many imports at a time and no more', async () => {
    const { api, admission } = await setup({ HTTP_IMPORTS: 1 })
    const port = await listen(api)
    const headers = { ...bearer(api), 'content-type': 'text/csv' }
    const open = request({ port, method: 'POST', path: '/v1/devices/import', headers })
    const answered = once(open, 'response')
    open.write('address,externalId,platform\n')
    await until(() => admission.figures().imports === 1, { what: 'the import has begun' })
    const csv = { headers: { 'content-type': 'text/csv' } }
    const second = await api.call('POST', '/v1/devices/import', 'address,externalId,platform\na,b,ios\n', csv)
    expect(second.json).toMatchObject({ status: 429, code: 'overloaded' })
    expect(second.json.detail).toContain('1 import is running')
    expect((await api.call('PUT', '/v1/devices/token-m1-1', DEVICE)).status).toBe(201)
    open.end('c,d,ios\n')
    const [answer] = await answered
    answer.resume()
    expect(answer.statusCode).toBe(200)
    await until(() => admission.figures().imports === 0, { what: 'the import is over' })
  })

  test('runs so many exports at a time, and gives up one whose reader has gone', async () => {
    const { api, admission, id } = await setup({ HTTP_EXPORTS: 1 })
    const port = await listen(api)
    const path = `/v1/campaigns/${id}/deliveries.csv`
    // Its first line leaves before the first row is read.
    const release = await hold('deliveries', api)
    const reader = request({ port, path, headers: bearer(api) }).on('error', () => {})
    reader.end()
    const [answer] = await once(reader, 'response')
    answer.on('error', () => {})
    expect(answer.statusCode).toBe(200)
    expect(admission.figures().exports).toBe(1)
    expect((await api.call('GET', path)).json.code).toBe('overloaded')
    reader.destroy()
    await until(async () => (await connections(api)) === 0, { what: 'the reader has gone' })
    // Its statement has not.
    expect(admission.figures().exports).toBe(1)
    await release()
    await until(() => admission.figures().exports === 0, { what: 'the export is over' })
    expect((await api.call('GET', path)).status).toBe(200)
    await until(() => admission.figures().exports === 0, { what: 'the second export is over' })
  })
})

function bearer(api: TestApp) {
  return { authorization: `Bearer ${api.keys.admin}` }
}

async function listen({ app }: TestApp): Promise<number> {
  await app.listen({ port: 0, host: '127.0.0.1' })
  return (app.server.address() as AddressInfo).port
}

function connections({ app }: TestApp): Promise<number> {
  return new Promise((resolve) => app.server.getConnections((_error, count) => resolve(count)))
}
