import { randomUUIDv7 } from 'node:crypto'
import { type EventEmitter, once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { Prisma } from '../../src/generated/prisma/client.ts'
import { inTransaction, openPool } from '../../src/postgres/pool.ts'
import { openPrisma } from '../../src/postgres/prisma.ts'
import { createLogger } from '../../src/process/logger.ts'
import { testConfig } from '../support/config.ts'
import { createTestDatabase } from '../support/database.ts'
import { createCampaign } from '../support/factories.ts'
import { until } from '../support/until.ts'

const silent = createLogger('test', 'silent')

/** A pool with settings of its own, which has one connection only if not told otherwise. */
async function setup(overrides: Record<string, string | number> = {}) {
  const database = await createTestDatabase()
  const { database: config } = testConfig({ DATABASE_URL: database.url, DATABASE_POOL_SIZE: 2, ...overrides })
  const pool = openPool(config, 'under-test', silent)
  onTestFinished(() => pool.end())
  return { admin: database.pool, pool }
}

test('int8 arrives as a number, alone and in arrays', async () => {
  const { pool } = await setup()
  const { rows } = await pool.query(
    `SELECT 9007199254740991::int8 AS id, '{1,-2,9007199254740991}'::int8[] AS ids, '{}'::int8[] AS none,
            NULL::int8 AS absent, count(*) AS n, sum(1::int8) AS sum FROM (VALUES (1), (2)) v`,
  )
  expect(rows).toEqual([
    { id: 9007199254740991, ids: [1, -2, 9007199254740991], none: [], absent: null, n: 2, sum: '2' },
  ])
})

test('int8 also arrives as a number from a named statement', async () => {
  const { pool } = await setup()
  for (const id of [1, 2]) {
    const { rows } = await pool.query({
      name: 'echo',
      text: 'SELECT $1::int8 AS id, $2::int8[] AS ids',
      values: [id, [id]],
    })
    expect(rows).toEqual([{ id, ids: [id] }])
  }
})

test('other arrays, dates, json and bytes arrive as pg gives them', async () => {
  const { pool } = await setup()
  const { rows } = await pool.query(
    `SELECT '{a,NULL,"b,c"}'::text[] AS texts, '{1,2}'::int4[] AS ints, '2026-01-02T03:04:05.678Z'::timestamptz AS at,
            '{"a": [1]}'::jsonb AS json, '\\x0102'::bytea AS bytes, true AS flag`,
  )
  expect(rows).toEqual([
    {
      texts: ['a', null, 'b,c'],
      ints: [1, 2],
      at: new Date('2026-01-02T03:04:05.678Z'),
      json: { a: [1] },
      bytes: Buffer.from([1, 2]),
      flag: true,
    },
  ])
})

test('Prisma over the same pool keeps its own types, and does not end the pool', async () => {
  const { pool } = await setup()
  const prisma = openPrisma(pool)
  expect(await prisma.$queryRaw`SELECT 1::int8 AS id`).toEqual([{ id: 1n }])
  await prisma.$disconnect()
  expect((await pool.query('SELECT 1::int8 AS id')).rows).toEqual([{ id: 1 }])
})

test('Prisma knows the tables of access and settings, and no table of a campaign’s run', async () => {
  const { pool } = await setup()
  const prisma = openPrisma(pool)
  onTestFinished(() => prisma.$disconnect())
  expect(Object.values(Prisma.ModelName).sort()).toEqual([
    'ApiKey',
    'ApiKeyOldSecret',
    'IdempotencyKey',
    'Project',
    'RecoveryCode',
    'Session',
    'User',
  ])
  expect(prisma).not.toHaveProperty('campaign')
})

test('times are the same through Prisma and through SQL on a server with another time zone', async () => {
  const { name, pool: admin, url } = await createTestDatabase()
  await admin.query(`ALTER DATABASE ${name} SET timezone TO 'Asia/Seoul'`)
  const { database: config } = testConfig({ DATABASE_URL: url })
  const pool = openPool(config, 'test', createLogger('test', 'silent'))
  const prisma = openPrisma(pool)
  onTestFinished(async () => {
    await prisma.$disconnect()
    await pool.end()
  })
  const at = new Date('2026-11-29T06:07:08.901Z')
  await prisma.apiKey.create({
    data: {
      id: randomUUIDv7(),
      name: 'x',
      prefix: 'x',
      hash: new Uint8Array(),
      role: 'viewer',
      expiresAt: at,
    },
  })
  const { rows } = await pool.query('SELECT extract(epoch FROM expires_at)::float8 AS seconds FROM api_keys')
  expect(rows[0].seconds * 1000).toBe(at.getTime())
  await pool.query(`UPDATE api_keys SET expires_at = '2026-11-29T15:07:08.901+09'`)
  expect((await prisma.apiKey.findFirstOrThrow()).expiresAt).toEqual(at)
})

test('no statement waits for a compiler', async () => {
  const { pool } = await createTestDatabase()
  const { rows } = await pool.query('SHOW jit')
  expect(rows).toEqual([{ jit: 'off' }])
})

test('connections say who they are and bound their statements', async () => {
  const { pool } = await setup({ DATABASE_STATEMENT_TIMEOUT_MS: 1_000 })
  const { rows } = await pool.query(`SELECT current_setting('application_name') AS name`)
  expect(rows).toEqual([{ name: 'carillon-under-test' }])
  await expect(pool.query('SELECT pg_sleep(60)')).rejects.toMatchObject({ code: '57014' })
})

test('a transaction is committed when its work ends', async () => {
  const { pool, admin } = await setup()
  const id = await inTransaction(pool, (tx) => createCampaign(tx))
  expect((await admin.query('SELECT id FROM campaigns')).rows).toEqual([{ id }])
})

test('a transaction is rolled back when its work throws, and its connection goes on being used', async () => {
  const { pool, admin } = await setup()
  const problem = new Error('no')
  await expect(
    inTransaction(pool, async (tx) => {
      await createCampaign(tx)
      throw problem
    }),
  ).rejects.toBe(problem)
  expect((await admin.query('SELECT FROM campaigns')).rowCount).toBe(0)
  expect([pool.totalCount, pool.idleCount]).toEqual([1, 1])
  expect((await pool.query('SELECT now() = statement_timestamp() AS fresh')).rows).toEqual([{ fresh: true }])
})

test('a transaction that PostgreSQL has aborted is rolled back with its first error', async () => {
  const { pool, admin } = await setup()
  await expect(
    inTransaction(pool, async (tx) => {
      await createCampaign(tx)
      await tx.query('SELECT 1 / 0')
    }),
  ).rejects.toMatchObject({ code: '22012' })
  expect((await admin.query('SELECT FROM campaigns')).rowCount).toBe(0)
})

test('a connection that dies in the middle of a transaction does not poison the pool', async () => {
  const { pool, admin } = await setup()
  const before = await pool.connect()
  before.release()
  await expect(
    inTransaction(pool, async (tx) => {
      await createCampaign(tx)
      const { rows } = await tx.query('SELECT pg_backend_pid() AS pid')
      await admin.query('SELECT pg_terminate_backend($1)', [rows[0].pid])
      await until(
        async () =>
          (await admin.query('SELECT FROM pg_stat_activity WHERE pid = $1', [rows[0].pid])).rowCount === 0,
        { what: 'the backend has ended' },
      )
      await tx.query('SELECT 1')
    }),
  ).rejects.toThrow()
  expect(pool.totalCount).toBe(0)
  expect(await inTransaction(pool, (tx) => createCampaign(tx))).toBeTypeOf('string')
  expect((await admin.query('SELECT FROM campaigns')).rowCount).toBe(1)
})

test('a connection that dies between two statements of a transaction does not end the process', async () => {
  const { pool, admin } = await setup()
  await expect(
    inTransaction(pool, async (tx) => {
      const lost = new Promise((resolve) => (tx as unknown as EventEmitter).once('end', resolve))
      const { rows } = await tx.query('SELECT pg_backend_pid() AS pid')
      await admin.query('SELECT pg_terminate_backend($1)', [rows[0].pid])
      // The loss is noticed while nothing is being asked: an error event of the client, not of the pool.
      await lost
    }),
  ).rejects.toThrow()
  expect(pool.totalCount).toBe(0)
})

test('a connection that dies while idle is replaced', async () => {
  const { pool, admin } = await setup()
  const { rows } = await pool.query('SELECT pg_backend_pid() AS pid')
  await admin.query('SELECT pg_terminate_backend($1)', [rows[0].pid])
  await until(() => pool.totalCount === 0, { what: 'the pool has dropped the connection' })
  expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
})

test('waiting for a connection is an error after five seconds and not a standstill', async () => {
  const { pool } = await setup({ DATABASE_POOL_WAIT_MS: 5_000 })
  const held = [await pool.connect(), await pool.connect()]
  await expect(pool.query('SELECT 1')).rejects.toThrow(/timeout exceeded when trying to connect/)
  for (const client of held) client.release()
})

test('a server that has gone without a word is an error and not a standstill', async () => {
  const { url } = await createTestDatabase()
  const network = await startNetwork(new URL(url))
  const { database: config } = testConfig({ DATABASE_URL: network.url, DATABASE_STATEMENT_TIMEOUT_MS: 1_000 })
  const pool = openPool(config, 'under-test', silent)
  onTestFinished(() => pool.end())
  await expect(
    inTransaction(pool, async (tx) => {
      network.swallow()
      await tx.query('SELECT 1')
    }),
  ).rejects.toThrow(/timeout/)
  expect(pool.totalCount).toBe(0)
})

/** Passes bytes on to a server, until told to swallow them. */
async function startNetwork(target: URL) {
  const sockets: Socket[] = []
  const server = createServer((near) => {
    const far = connect(Number(target.port || 5432), target.hostname)
    near.pipe(far).pipe(near)
    sockets.push(near, far)
    for (const socket of [near, far]) socket.on('error', () => {})
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const url = new URL(target)
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url: url.href,
    swallow: () => {
      for (const socket of sockets) socket.unpipe().resume()
    },
  }
}
