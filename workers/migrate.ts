/** `npm run migrate`: brings the database at DATABASE_URL up to this code, then exits. Before each start of a new release. */

import { ConfigError, loadConfig } from '../src/config/config.ts'
import { migrate } from '../src/postgres/migrate.ts'
import { queueSchema } from '../src/queue/bullmq-backend.ts'

try {
  const { database, queue } = loadConfig(process.env, { needsFcm: false })
  const options = { queueSchema: queueSchema(queue.prefix) }
  const applied = await migrate(database.url, options, console.log)
  if (applied.length === 0) console.log('nothing to do: the database is up to date')
} catch (error) {
  // Where a name has several addresses, the error of a failed connection has a code and no message of its own.
  const { message, code } = error as Error & { code?: string }
  console.error(error instanceof ConfigError ? message : `Cannot migrate: ${message || code}`)
  process.exitCode = 1
}
