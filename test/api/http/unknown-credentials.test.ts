/**
 * Keys and cookies that are not known: anybody can send them, and no slot is taken before the caller is known. 1,200
 * connections with random cookies kept everybody else waiting for six seconds.
 */
import { randomUUIDv7 } from 'node:crypto'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createApiKey } from '../../../src/access/api-key-store.ts'
import { openKeyRing } from '../../../src/access/key-ring.ts'
import { Lookups } from '../../../src/access/lookups.ts'
import { openSessions } from '../../../src/access/sessions.ts'
import { createLogger } from '../../../src/process/logger.ts'
import { until } from '../../support/until.ts'
import { startApp } from '../start-app.ts'

/** Looked up, and waiting for it; and of these, those from one address: access/lookups.ts. */
const TAKEN = 2 + 20
const TAKEN_BY_ONE = 2 + 15

async function setup() {
  // What is known is known for five seconds, however slow the machine is.
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
  onTestFinished(() => void vi.useRealTimers())
  const api = await startApp()
  await api.app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = api.app.server.address() as AddressInfo
  const agent = new Agent({ keepAlive: true })
  onTestFinished(() => agent.destroy())
  const statuses: number[] = []
  const ask = async (headers: Record<string, string>): Promise<number> => {
    const call = request({ agent, port, path: '/v1/campaigns/counts', headers })
    call.end()
    const [answer] = await once(call, 'response')
    answer.resume()
    await once(answer, 'end')
    statuses.push(answer.statusCode)
    return answer.statusCode
  }
  /** Nothing can be looked up until it is called. */
  const hold = async () => {
    const client = await api.pool.connect()
    await client.query('BEGIN; LOCK TABLE sessions, api_keys IN ACCESS EXCLUSIVE MODE')
    return async () => {
      await client.query('ROLLBACK')
      client.release()
    }
  }
  return { api, ask, statuses, hold, known: { authorization: `Bearer ${api.keys.viewer}` } }
}

const randomKey = (i: number) => ({
  authorization: `Bearer cari_${String(i).padStart(8, '0')}_${'x'.repeat(43)}`,
})
const randomCookie = (i: number) => ({ cookie: `a=b; __Host-carillon=${String(i).padStart(43, 'a')}` })

test.each([
  ['keys', randomKey],
  ['cookies', randomCookie],
])(
  '300 unknown %s take two connections of the database, and whoever is known is answered',
  async (_, random) => {
    const { ask, statuses, hold, known } = await setup()
    expect(await ask(known)).toBe(200)
    expect(await ask(random(999))).toBe(401)
    statuses.length = 0

    const release = await hold()
    const asking = Array.from({ length: 300 }, (_, i) => ask(random(i)))
    await until(() => statuses.length === 300 - TAKEN_BY_ONE, { what: 'all that do not fit are refused' })
    expect(new Set(statuses)).toEqual(new Set([429]))
    expect(await ask(known)).toBe(200)
    await release()
    await Promise.all(asking)
    expect(statuses.filter((status) => status === 401)).toHaveLength(TAKEN_BY_ONE)
  },
)

test('a flood from one address leaves places for the first calls of all others', async () => {
  const { ask, statuses, hold, api } = await setup()
  const release = await hold()
  const asking = Array.from({ length: 100 }, (_, i) => ask(randomKey(i)))
  await until(() => statuses.length === 100 - TAKEN_BY_ONE, { what: 'all that do not fit are refused' })
  // Not called before here, and from elsewhere.
  const other = api.app.inject({
    url: '/v1/campaigns/counts',
    headers: { authorization: `Bearer ${api.keys.admin}` },
    remoteAddress: '192.0.2.7',
  })
  // Nothing more of the flood is looked up meanwhile.
  expect(await ask(randomKey(1_000))).toBe(429)
  await release()
  expect((await other).statusCode).toBe(200)
  await Promise.all(asking)
})

test.each([
  ['key', randomKey],
  ['cookie', randomCookie],
])('an unknown %s is looked up once in five seconds', async (_, random) => {
  const { ask, hold } = await setup()
  expect(await ask(random(1))).toBe(401)
  const release = await hold()
  expect(await ask(random(1))).toBe(401)
  await release()
})

test('whoever was right before is looked up beside the unknown ones', async () => {
  const { pool, prisma } = await startApp()
  let now = Date.now()
  const lookups = new Lookups(() => now)
  const log = createLogger('test', 'silent')
  const keyRing = openKeyRing(prisma, log, () => now, lookups)
  const sessions = openSessions(prisma, log, () => now, lookups)
  const id = randomUUIDv7()
  const { key } = await createApiKey(prisma, { id, name: 'a', role: 'viewer', expiresAt: null })
  const { token } = await sessions.open(await keyRing.authenticateKey(key, '127.0.0.1'))
  await sessions.authenticate(token, '127.0.0.1')
  now += 5_000
  const gate = Promise.withResolvers<null>()
  const asking = Array.from({ length: TAKEN }, (_, i) => lookups.find(`${i}`, () => gate.promise))
  expect((await keyRing.authenticateKey(key, '127.0.0.1')).id).toBe(id)
  expect((await sessions.authenticate(token, '127.0.0.1')).caller.id).toBe(id)
  expect([keyRing.knows(`Bearer ${key}`), sessions.knows(token)]).toEqual([true, true])
  await expect(sessions.authenticate('another', '127.0.0.1')).rejects.toMatchObject({ code: 'overloaded' })
  gate.resolve(null)
  await Promise.all(asking)
  await keyRing.close()
  await sessions.close()
  expect(pool.totalCount).toBeGreaterThan(0)
})
