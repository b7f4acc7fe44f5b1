/**
 * Once before all integration tests: a PostgreSQL with a migrated template database, and a Redis. Servers named by
 * DATABASE_URL and REDIS_URL are used; otherwise private ones are started, and stopped at the end.
 */
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { migrate } from '../../src/postgres/migrate.ts'
import { queueSchema } from '../../src/queue/bullmq-backend.ts'
import { startEmbeddedPostgres } from '../../testing/servers/embedded-postgres.ts'
import { startPrivateRedis } from '../../testing/servers/private-redis.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A database to create and drop others from, and the name of the one to clone. */
    postgres: { adminUrl: string; template: string }
    /** Null: there is none on this machine, and the Redis half of the tests is skipped. */
    redisUrl: string | null
  }
}

const PREFIX = 'carillon_test_'
/** Databases of killed runs, and those kept because their file failed, go after half a day. */
const KEEP_MS = 12 * 3_600_000

export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const stops: (() => Promise<unknown>)[] = []
  const stopAll = async () => {
    const problems: unknown[] = []
    for (const stop of stops.reverse()) await stop().catch((error) => problems.push(error))
    if (problems.length > 0) throw new AggregateError(problems, problems.map(String).join('\n'))
  }
  try {
    const redis = process.env.REDIS_URL ? { url: process.env.REDIS_URL } : await startPrivateRedis()
    if (redis && 'stop' in redis) stops.push(redis.stop)
    if (!redis) {
      const why = 'REDIS_URL is not set and there is no redis-server on the PATH: nothing is tested on Redis.'
      if (process.env.CI) throw new Error(`${why} With CI set, that is an error.`)
      console.warn(`\n  SKIPPED HALF: ${why}\n`)
    }
    let adminUrl = process.env.DATABASE_URL
    if (!adminUrl) {
      const server = await startEmbeddedPostgres({ ephemeral: true, inMemory: true })
      stops.push(server.stop)
      adminUrl = server.url
    }
    const template = `${PREFIX}${Date.now().toString(36)}_${process.pid}`
    const admin = new pg.Client({ connectionString: adminUrl })
    await admin.connect()
    try {
      await dropStale(admin)
      await admin.query(`CREATE DATABASE ${template}`)
    } finally {
      await admin.end()
    }
    stops.push(() => dropDatabase(adminUrl, template))
    await migrate(urlOf(adminUrl, template), { queueSchema: queueSchema('carillon') })
    provide('postgres', { adminUrl, template })
    provide('redisUrl', redis?.url ?? null)
  } catch (error) {
    await stopAll()
    throw error
  }
  return stopAll
}

/** Only names of ours, only old ones, only those nobody is connected to. The creation time is in the name. */
export async function dropStale(admin: pg.Client): Promise<void> {
  const { rows } = await admin.query<{ name: string }>(
    `SELECT datname AS name FROM pg_database d WHERE datname LIKE $1
        AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datname = d.datname)`,
    [`${PREFIX.replaceAll('_', '\\_')}%`],
  )
  for (const { name } of rows) {
    const time = Number.parseInt(name.slice(PREFIX.length).split('_')[0] ?? '', 36)
    if (Date.now() - time < KEEP_MS) continue
    // Another run may be at the same.
    await admin.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)}`).catch(() => {})
  }
}

async function dropDatabase(adminUrl: string, name: string): Promise<void> {
  const admin = new pg.Client({ connectionString: adminUrl })
  await admin.connect()
  try {
    await admin.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`)
  } finally {
    await admin.end()
  }
}

function urlOf(adminUrl: string, name: string): string {
  const url = new URL(adminUrl)
  url.pathname = `/${name}`
  return url.href
}
