import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { connectionTo } from '../../src/postgres/host-client.ts'
import { migrate, pendingMigrations } from '../../src/postgres/migrate.ts'
import { inTransaction, isTransient, openPool } from '../../src/postgres/pool.ts'
import { createLogger } from '../../src/process/logger.ts'
import { queueSchema } from '../../src/queue/bullmq-backend.ts'
import { openJobQueue } from '../../src/queue/bullmq-job-queue.ts'
import { type PostgresPair, startPostgresPair } from '../../testing/servers/postgres-pair.ts'
import { testConfig } from '../support/config.ts'
import { until } from '../support/until.ts'

const silent = createLogger('test', 'silent')
const PORT = `SELECT current_setting('port')::int AS port, pg_is_in_recovery() AS "isStandby"`

function poolTo(url: string) {
  const pool = openPool(
    testConfig({ DATABASE_URL: url, DATABASE_POOL_SIZE: 4 }).database,
    'under-test',
    silent,
  )
  onTestFinished(() => pool.end())
  return pool
}

const portOf = (url: string) => Number(new URL(url).port)

describe('a primary and its standby', () => {
  let pair: PostgresPair
  let reversed: string
  beforeAll(async () => {
    pair = await startPostgresPair()
    const [, login = '', one = '', two = '', rest = ''] = /^(.*@)([^,]*),([^/]*)(.*)$/.exec(pair.url) ?? []
    reversed = `${login}${two},${one}${rest}`
    return () => pair.stop()
  })

  test('the primary is found wherever it is in the list', async () => {
    for (const url of [pair.url, reversed]) {
      const { rows } = await poolTo(url).query(PORT)
      expect(rows).toEqual([{ port: portOf(pair.urlOf('first')), isStandby: false }])
    }
  })

  test('a list without a primary is an error that says what each server is, and worth another try', async () => {
    const closed = '127.0.0.1:1'
    const standby = new URL(pair.urlOf('second'))
    const url = `postgres://postgres:${standby.password}@${standby.host},${closed}/postgres`
    const error = await poolTo(url)
      .query('SELECT 1')
      .catch((reason: Error) => reason)
    expect(error).toMatchObject({
      message: expect.stringMatching(
        new RegExp(`^No server of DATABASE_URL .*${standby.host} is a standby, or read-only`),
      ),
    })
    expect(String(error)).toContain(`${closed}: connect ECONNREFUSED`)
    expect(isTransient(error)).toBe(true)
  })

  test('one host with target_session_attrs is refused while it is a standby', async () => {
    const url = `${pair.urlOf('second')}?target_session_attrs=primary`
    await expect(poolTo(url).query('SELECT 1')).rejects.toThrow(/is a standby, or read-only/)
    expect((await poolTo(pair.urlOf('second')).query(PORT)).rows[0].isStandby).toBe(true)
  })

  test('migrations and the queue of BullMQ use the primary too', async () => {
    await migrate(reversed, { queueSchema: queueSchema('carillon') })
    expect(await pendingMigrations(poolTo(reversed))).toEqual([])
    const queue = openJobQueue(testConfig({ DATABASE_URL: reversed }), 'test', silent)
    await queue.addBatchJobs([{ campaignId: crypto.randomUUID(), seq: 0, turn: 1 }], 5)
    expect(await queue.size()).toBe(1)
    await queue.close()
  })

  test('a connection whose server refuses to write is discarded', async () => {
    const pool = poolTo(pair.urlOf('first'))
    await pool.query('CREATE TABLE written (id int)')
    const pid = async () => (await pool.query('SELECT pg_backend_pid() AS pid')).rows[0].pid
    const before = await pid()
    const error = await inTransaction(
      pool,
      (tx) => tx.query('INSERT INTO written VALUES (1)'),
      'SET TRANSACTION READ ONLY',
    ).catch((reason: Error) => reason)
    expect(error).toMatchObject({ code: '25006' })
    expect(isTransient(error)).toBe(true)
    expect(await pid()).not.toBe(before)
  })
})

test('after a promotion connections go to the new primary, and never back to the old one', async () => {
  const pair = await startPostgresPair()
  onTestFinished(() => pair.stop())
  const pool = poolTo(pair.url)
  const port = async () => (await pool.query(PORT)).rows[0].port
  expect(await port()).toBe(portOf(pair.urlOf('first')))
  await pair.killFirst()
  await expect(port()).rejects.toThrow()
  await pair.promote()
  const soon = () => port().catch(() => null)
  await until(async () => (await soon()) === portOf(pair.urlOf('second')), {
    what: 'the new primary is used',
  })
  // It comes back as the primary that it was, and does not know that another server has taken over.
  await pair.resumeFirst()
  const { Client, connectionString } = connectionTo(pair.url)
  for (let count = 0; count < 3; count++) {
    const client = new Client({ connectionString })
    await client.connect()
    expect((await client.query(PORT)).rows[0].port).toBe(portOf(pair.urlOf('second')))
    await client.end()
  }
  // Not even when it is the only one.
  await pair.killSecond()
  await expect(new Client({ connectionString }).connect()).rejects.toThrow()
  await expect(new Client({ connectionString }).connect()).rejects.toThrow(/is on timeline 1, and 2 was seen/)
})
