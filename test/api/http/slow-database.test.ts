/** A database that is slow, busy or away is a 503 that says when to come back, whichever way it is asked. */
import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { buildApp } from '../../../src/api/app.ts'
import { openPool } from '../../../src/postgres/pool.ts'
import { openPrisma } from '../../../src/postgres/prisma.ts'
import { createLogger } from '../../../src/process/logger.ts'
import { testConfig } from '../../support/config.ts'
import { createCampaign } from '../../support/factories.ts'
import { until } from '../../support/until.ts'
import { CAMPAIGN, startApp } from '../start-app.ts'

const silent = createLogger('test', 'silent')

/** The same API over a pool that gives up early, and a connection of the test's own that can hold a table. */
async function setup(env: Record<string, number>) {
  const api = await startApp()
  const { url } = api
  const config = testConfig({ DATABASE_URL: url, DATABASE_POOL_SIZE: 2, ...env })
  const pool = openPool(config.database, 'under-test', silent)
  const prisma = openPrisma(pool)
  const app = await buildApp({
    config,
    pool,
    prisma,
    queue: api.queue,
    log: silent,
    openSender: () => {
      throw new Error('nothing is sent here')
    },
  })
  const holder = new pg.Client({ connectionString: url })
  await holder.connect()
  onTestFinished(async () => {
    await holder.end()
    await app.close()
    await prisma.$disconnect()
    await pool.end()
  })
  const id = await createCampaign(api.pool)
  const person = { cookie: await api.cookie() }
  const call = async (method: 'GET' | 'POST' | 'PUT', url: string, payload?: object, more = {}) => {
    const who = url === '/v1/api-keys' ? person : { authorization: `Bearer ${api.keys.admin}` }
    const headers = { ...who, ...more }
    const answer = await app.inject({ method, url, headers, ...(payload && { payload }) })
    return { status: answer.statusCode, headers: answer.headers, json: answer.json() }
  }
  // The key and the session are remembered from here on.
  expect((await call('GET', '/v1/api-keys')).status).toBe(200)
  expect((await call('GET', '/v1/campaigns')).status).toBe(200)
  return { admin: api.pool, call, holder, id, pool }
}

/** Through pg, through Prisma (the API keys), in a transaction, and while a POST is claimed. */
const CALLS = (id: string) =>
  [
    ['GET', `/v1/campaigns/${id}`],
    ['GET', `/v1/campaigns/${id}/failures`],
    ['GET', '/v1/api-keys'],
    ['POST', '/v1/campaigns', CAMPAIGN],
    ['POST', `/v1/campaigns/${id}/cancel`],
    ['PUT', '/v1/devices/tok:1', { externalId: 'a', platform: 'ios' }],
    ['GET', '/v1/members/a/deliveries'],
  ] as const

test('a statement that takes too long is a 503 with Retry-After, and changes nothing', async () => {
  const { call, holder, id, pool } = await setup({
    DATABASE_POOL_SIZE: 10,
    DATABASE_STATEMENT_TIMEOUT_MS: 1_000,
    DATABASE_POOL_WAIT_MS: 30_000,
  })
  await holder.query('BEGIN; LOCK TABLE campaigns, members, deliveries, api_keys IN ACCESS EXCLUSIVE MODE')
  // At once, so that all of them wait as long as one does.
  const answers = await Promise.all(CALLS(id).map(([method, url, body]) => call(method, url, body)))
  for (const [index, answer] of answers.entries()) {
    const [method, url] = CALLS(id)[index] ?? []
    expect(answer.json, `${method} ${url}`).toMatchObject({ status: 503, code: 'database_slow' })
    expect(answer.headers['retry-after']).toBe('5')
    expect(answer.json.detail).not.toMatch(/statement|canceling|prisma/i)
  }
  await holder.query('ROLLBACK')
  const { rows } = await pool.query(
    'SELECT (SELECT count(*) FROM campaigns) AS campaigns, (SELECT count(*) FROM members) AS members',
  )
  expect(rows).toEqual([{ campaigns: 1, members: 0 }])
  expect((await call('GET', `/v1/campaigns/${id}`)).status).toBe(200)
})

test('an Idempotency-Key that cannot be claimed in time is a 503 with Retry-After, and nothing is created', async () => {
  const { admin, call, holder } = await setup({
    DATABASE_STATEMENT_TIMEOUT_MS: 1_000,
    DATABASE_POOL_WAIT_MS: 30_000,
  })
  await holder.query('BEGIN; LOCK TABLE idempotency_keys IN ACCESS EXCLUSIVE MODE')
  const refused = await call('POST', '/v1/campaigns', CAMPAIGN, { 'idempotency-key': 'k1' })
  expect(refused.json).toMatchObject({ status: 503, code: 'database_slow' })
  expect(refused.headers['retry-after']).toBe('5')
  await holder.query('ROLLBACK')
  expect((await admin.query('SELECT 1 FROM campaigns')).rowCount).toBe(1)
})

test('a connection that does not come free in time is a 503 with Retry-After', async () => {
  const { call, id, pool } = await setup({})
  const held = [await pool.connect(), await pool.connect()]
  // From here on: a busy server may need longer for the two.
  pool.options.connectionTimeoutMillis = 100
  for (const [method, url, body] of CALLS(id)) {
    const answer = await call(method, url, body)
    expect(answer.json, `${method} ${url}`).toMatchObject({ status: 503, code: 'database_slow' })
    expect(answer.headers['retry-after']).toBe('5')
  }
  for (const client of held) client.release()
  expect((await call('GET', `/v1/campaigns/${id}`)).status).toBe(200)
})

test('a database whose connections end is a 503 until it is back', async () => {
  const { admin, call, holder, id, pool } = await setup({})
  await holder.query('BEGIN; LOCK TABLE campaigns, members, api_keys IN ACCESS EXCLUSIVE MODE')
  for (const [method, url, body] of CALLS(id).filter(([, url]) => !url.endsWith('deliveries'))) {
    let isAnswered = false
    const answered = call(method, url, body).finally(() => {
      isAnswered = true
    })
    // Again and again: what stores devices tries once more by itself.
    const end = async () => {
      await admin.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE application_name = 'carillon-under-test' AND wait_event_type = 'Lock' AND datname = current_database()`,
      )
      return isAnswered
    }
    await until(end, { what: `${method} ${url} is answered` })
    const { json, headers } = await answered
    expect(json, `${method} ${url}`).toMatchObject({ status: 503, code: 'not_ready' })
    expect(headers['retry-after']).toBe('5')
  }
  await holder.query('ROLLBACK')
  await until(() => pool.totalCount < 2, { what: 'the dead connections are gone' })
  expect((await call('GET', `/v1/campaigns/${id}`)).status).toBe(200)
})
