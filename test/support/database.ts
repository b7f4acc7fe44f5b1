/**
 * A database of one's own, cloned from the migrated template in about 20 ms. It is dropped when its test file has
 * passed (each-file.ts sees to that), kept and named when it has failed.
 */
import pg from 'pg'
import { inject, TestRunner } from 'vitest'
import { openPool, type Pool } from '../../src/postgres/pool.ts'
import { createLogger } from '../../src/process/logger.ts'
import { testConfig } from './config.ts'
import { until } from './until.ts'

export interface TestDatabase {
  name: string
  url: string
  pool: Pool
  /** Ends the pool and drops the database. Fails if somebody is still connected: a pool was not closed. */
  drop(): Promise<void>
}

/** Those of this test file that still exist, with the test that made each; null if it was none in particular. */
const open = new Map<TestDatabase, ReturnType<typeof TestRunner.getCurrentTest> | null>()
let count = 0

/** `empty`: not even migrated, for the tests of that. */
export async function createTestDatabase({ empty = false } = {}): Promise<TestDatabase> {
  const given: { adminUrl: string; template: string } | undefined = inject('postgres')
  if (!given) throw new Error('This file is listed as `unit` in vitest.config.ts, but needs PostgreSQL.')
  const { adminUrl, template } = given
  const name = `${template}_${process.pid}_${++count}`
  // Copied as files: half the time of copying through the log, which would survive a crash. These need not.
  await asAdmin((admin) =>
    admin.query(`CREATE DATABASE ${name} TEMPLATE ${empty ? 'template0' : template} STRATEGY FILE_COPY`),
  )
  const url = new URL(adminUrl)
  url.pathname = `/${name}`
  const { database: config } = testConfig({ DATABASE_URL: url.href })
  const pool = openPool(config, 'test', createLogger('test', 'silent'))
  const database: TestDatabase = {
    name,
    url: url.href,
    pool,
    drop: async () => {
      if (!open.delete(database)) return
      await endPool(pool)
      const connected = await stillConnected(name)
      await asAdmin((admin) => admin.query(`DROP DATABASE ${name} WITH (FORCE)`))
      if (connected.length > 0) {
        throw new Error(
          `Connections to ${name} were not closed: ${connected.join(', ')}. Close every pool, queue and Prisma client a test opens.`,
        )
      }
    },
  }
  open.set(database, TestRunner.getCurrentTest() ?? null)
  return database
}

/**
 * For each-file.ts: nothing of this file stays behind, unless it is wanted for a look: the databases of tests that
 * have failed, and those for the whole file if anything in it has.
 */
export async function settleDatabases(hasFileFailed: boolean): Promise<void> {
  // Side by side: a file has dozens, and on a busy disk dropping one takes a second.
  const settled = await Promise.allSettled(
    [...open].map(async ([database, test]) => {
      if (!(test ? test.result?.state === 'fail' : hasFileFailed)) return await database.drop()
      open.delete(database)
      await endPool(database.pool)
      console.warn(`kept for a look: database ${database.name}${test ? ` of "${test.name}"` : ''}`)
    }),
  )
  const problems = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
  if (problems.length === 1) throw problems[0]
  if (problems.length > 1) throw new AggregateError(problems, problems.map(String).join('\n'))
}

async function endPool(pool: Pool): Promise<void> {
  if (!pool.ended) await pool.end()
}

/** Who is connected after everybody had a moment to leave: the server notices a closed socket a little later. */
async function stillConnected(name: string): Promise<string[]> {
  let names: string[] = []
  const isAlone = async () => {
    const { rows } = await asAdmin((admin) =>
      admin.query<{ name: string }>(
        `SELECT coalesce(nullif(application_name, ''), backend_type) AS name FROM pg_stat_activity WHERE datname = $1`,
        [name],
      ),
    )
    names = rows.map((row) => row.name)
    return names.length === 0
  }
  await until(isAlone, { what: `nobody is connected to ${name}`, timeoutMs: 10_000, intervalMs: 20 }).catch(
    () => {},
  )
  return names
}

async function asAdmin<T>(work: (admin: pg.Client) => Promise<T>): Promise<T> {
  const admin = new pg.Client({ connectionString: inject('postgres').adminUrl })
  await admin.connect()
  try {
    return await work(admin)
  } finally {
    await admin.end()
  }
}
