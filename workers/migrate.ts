/** `npm run migrate`: migrates the database at DATABASE_URL and exits. Run it before you start a new release. */
import { setTimeout as wait } from 'node:timers/promises'
import { ConfigError, loadConfig } from '../src/config/config.ts'
import { migrate } from '../src/postgres/migrate.ts'
import { BATCHES, PLANS, queueSchema, RATED_BATCHES } from '../src/queue/bullmq-backend.ts'

/** A database that is only being started: it refuses connections, its name is not known yet, or it says that it starts. */
const NOT_THERE_YET = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ECONNRESET', '57P03', '57P01'])

try {
  const { database, migration, queue } = loadConfig(process.env, { needsFcm: false })
  const schema = queueSchema(queue.prefix)
  const queues = queue.redisUrl === null ? { schema, names: [PLANS, BATCHES, RATED_BATCHES] } : null
  const appRole = migration.appRole === null ? null : { role: migration.appRole, queues }
  const until = performance.now() + migration.startWaitMs
  let applied: string[] | undefined
  for (let hasSaidSo = false; applied === undefined; ) {
    try {
      applied = await migrate(database.url, { queueSchema: schema, appRole }, console.log)
    } catch (error) {
      if (!NOT_THERE_YET.has(String((error as { code?: unknown }).code)) || performance.now() >= until)
        throw error
      if (!hasSaidSo) console.log(`waiting for the database: ${reasonOf(error)}`)
      hasSaidSo = true
      await wait(500)
    }
  }
  if (applied.length === 0) console.log('nothing to do: the database is up to date')
} catch (error) {
  console.error(error instanceof ConfigError ? error.message : `Cannot migrate: ${reasonOf(error)}`)
  process.exitCode = 1
}

/** If a host name has several addresses, the error of a failed connection has a code but no message. */
function reasonOf(error: unknown): string {
  const { message, code } = error as Error & { code?: string }
  return message || String(code)
}
