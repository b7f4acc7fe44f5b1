import { randomUUIDv7 } from 'node:crypto'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { forgetProcesses, startHeartbeat } from '../../src/health/heartbeat.ts'
import { openPool } from '../../src/postgres/pool.ts'
import { createLogger } from '../../src/process/logger.ts'
import { testConfig } from '../support/config.ts'
import { createTestDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'
import { someHealth } from './some-health.ts'

const silent = createLogger('test', 'silent')

test('a process is seen again and again while it lives, and says why it has ended', async () => {
  const { pool } = await createTestDatabase()
  const id = randomUUIDv7()
  let rssBytes = 1
  const heartbeat = startHeartbeat({
    pool,
    id,
    role: 'planner',
    health: () => someHealth({ rssBytes: rssBytes++ }),
    log: silent,
    intervalMs: 5,
  })
  const row = async () => (await pool.query('SELECT * FROM processes')).rows[0]
  await until(async () => (await row())?.figures.rssBytes > 2, { what: 'it has been seen three times' })
  expect(await row()).toMatchObject({ id, role: 'planner', pid: process.pid, stopped_at: null })
  expect((await row()).seen_at.getTime()).toBeGreaterThan((await row()).started_at.getTime())
  await heartbeat.end('SIGTERM')
  const { exit_reason, stopped_at, figures } = await row()
  expect(exit_reason).toBe('SIGTERM')
  expect(stopped_at).toBeInstanceOf(Date)
  expect(figures.rssBytes).toBe(rssBytes - 1)
})

test('a beat that arrives after the last one changes nothing', async () => {
  const { pool } = await createTestDatabase()
  const options = { pool, id: randomUUIDv7(), role: 'api', log: silent, intervalMs: 1 }
  await startHeartbeat({ ...options, health: () => someHealth({ rssBytes: 1 }) }).end('SIGTERM')
  let beats = 0
  const health = () => {
    beats += 1
    return someHealth({ rssBytes: 2 })
  }
  const late = startHeartbeat({ ...options, health })
  await until(() => beats > 2, { what: 'two late beats were answered' })
  await late.end('something else')
  const { rows } = await pool.query('SELECT exit_reason, figures FROM processes')
  expect(rows).toMatchObject([{ exit_reason: 'SIGTERM', figures: { rssBytes: 1 } }])
})

test('a database that is away is one line in the log, and ends nobody', async () => {
  const lines: string[] = []
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(JSON.parse(String(chunk)).msg)
      done()
    },
  })
  const log = pino({}, sink)
  const pool = openPool(testConfig().database, 'test', silent)
  onTestFinished(() => pool.end())
  let beats = 0
  const health = () => {
    beats += 1
    return someHealth()
  }
  const heartbeat = startHeartbeat({ pool, id: randomUUIDv7(), role: 'api', health, log, intervalMs: 1 })
  await until(() => beats > 5, { what: 'it has tried a few times' })
  await heartbeat.end('SIGTERM')
  expect(lines).toEqual(['failed; retrying until it succeeds', 'the last heartbeat could not be written'])
})

test('a beat that the database keeps waiting gives its connection back', async () => {
  const { pool, url } = await createTestDatabase()
  const other = openPool(testConfig({ DATABASE_URL: url }).database, 'test', silent)
  const client = await other.connect()
  onTestFinished(async () => {
    client.release()
    await other.end()
  })
  await client.query('BEGIN; LOCK TABLE processes')
  let beats = 0
  const health = () => {
    beats += 1
    return someHealth()
  }
  const heartbeat = startHeartbeat({
    pool,
    id: randomUUIDv7(),
    role: 'api',
    health,
    log: silent,
    intervalMs: 1,
  })
  await until(() => beats > 2, { what: 'two beats were given up' })
  // The one that waits now, and none of those that were given up.
  await until(() => pool.totalCount - pool.idleCount <= 1, { what: 'one is in use' })
  await client.query('ROLLBACK')
  await heartbeat.end('SIGTERM')
  expect((await pool.query('SELECT exit_reason FROM processes')).rows).toEqual([{ exit_reason: 'SIGTERM' }])
})

test('rows are kept for a day after their last beat', async () => {
  const { pool } = await createTestDatabase()
  await pool.query(
    `INSERT INTO processes (id, role, host, pid, version, seen_at) SELECT gen_random_uuid(), 'api', 'h', 1, '1',
       now() - make_interval(hours => h) FROM unnest('{1,23,25}'::int[]) h`,
  )
  expect(await forgetProcesses(pool)).toBe(1)
  expect((await pool.query('SELECT 1 FROM processes')).rowCount).toBe(2)
})
