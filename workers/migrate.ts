/** `npm run migrate`: brings the database at DATABASE_URL up to this code, then exits. Run it before each upgrade's start. */
import { conveyorSchema } from '../src/conveyor/backend.ts'
import { ConfigError, loadConfig } from '../src/runtime/config.ts'
import { migrate } from '../src/runtime/migrate.ts'

try {
  const { database, conveyor } = loadConfig()
  const applied = await migrate(
    database.url,
    { conveyorSchema: conveyorSchema(conveyor.prefix) },
    console.log,
  )
  if (applied.length === 0) console.log('nothing to do: the database is up to date')
} catch (error) {
  console.error(error instanceof ConfigError ? error.message : `Cannot migrate: ${(error as Error).message}`)
  process.exitCode = 1
}
