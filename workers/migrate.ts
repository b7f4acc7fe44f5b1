/** `npm run migrate`: migrates the database at DATABASE_URL and exits. Run it before you start a new release. */

import { ConfigError, loadConfig } from '../src/config/config.ts'
import { migrate } from '../src/postgres/migrate.ts'
import { queueSchema } from '../src/queue/bullmq-backend.ts'

try {
  const { database, queue } = loadConfig(process.env, { needsFcm: false })
  const options = { queueSchema: queueSchema(queue.prefix) }
  const applied = await migrate(database.url, options, console.log)
  if (applied.length === 0) console.log('nothing to do: the database is up to date')
} catch (error) {
  // If a host name has several addresses, the error of a failed connection has a code but no message.
  const { message, code } = error as Error & { code?: string }
  console.error(error instanceof ConfigError ? message : `Cannot migrate: ${message || code}`)
  process.exitCode = 1
}
