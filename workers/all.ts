/**
 * `npm start`: a whole installation on one machine. Starts an API, a planner, a maintenance process and `--dispatchers N`
 * dispatchers (default 2), restarts processes that exit, and stops all of them when it is stopped.
 */
import { parseArgs } from 'node:util'
import type { Config } from '../src/config/config.ts'
import { pendingMigrations } from '../src/postgres/migrate.ts'
import { openPool } from '../src/postgres/pool.ts'
import { runProcess } from '../src/process/lifecycle.ts'
import type { Logger } from '../src/process/logger.ts'
import { ProcessGroup } from '../src/process/process-group.ts'
import { processesOf } from './processes.ts'

const MAX_DISPATCHERS = 64

const dispatchers = readDispatchers()

await runProcess('start', async ({ config, log, onStop, ready }) => {
  await refuseUnmigrated(config.database, log)
  const group = new ProcessGroup({
    env: process.env,
    onLoss: (name, how) => {
      // A process that is short of memory or makes no progress exits with status 0; its row in `processes` says why.
      if (how === 'exit status 0') log.warn({ name, how }, 'a process ended by itself; it is started again')
      else log.error({ name, how }, 'a process died; it is started again')
      return true
    },
  })
  onStop('processes', async (hurry) => {
    hurry.addEventListener('abort', () => group.hurry())
    const { killed } = await group.stop()
    if (killed.length > 0) throw new Error(`did not stop and had to be killed: ${killed.join(', ')}`)
  })
  await Promise.all(processesOf(dispatchers, config.health.metricsPort).map((spec) => group.start(spec)))
  ready({ dispatchers })
})

function readDispatchers(): number {
  try {
    const { values } = parseArgs({ options: { dispatchers: { type: 'string', default: '2' } } })
    const count = Number(values.dispatchers)
    if (/^\d+$/.test(values.dispatchers) && count >= 1 && count <= MAX_DISPATCHERS) return count
    throw new Error(
      `--dispatchers is "${values.dispatchers}"; expected a whole number from 1 to ${MAX_DISPATCHERS}.`,
    )
  } catch (error) {
    process.stderr.write(`Cannot start: ${(error as Error).message}\n`)
    process.exit(2)
  }
}

/** Prints one sentence instead of the same errors from every process. */
async function refuseUnmigrated(database: Config['database'], log: Logger): Promise<void> {
  const pool = openPool(database, 'start', log)
  try {
    const pending = await pendingMigrations(pool)
    if (pending.length === 0) return
    process.stderr.write(
      `Cannot start: the database lacks ${pending.join(', ')}; run npm run migrate, then start again.\n`,
    )
  } catch (error) {
    const address = database.url.replace(/\/\/[^@/]*@/, '//***@')
    process.stderr.write(
      `Cannot start: the database at ${address} cannot be used: ${(error as Error).message || (error as Error & { code?: string }).code}\n`,
    )
  } finally {
    await pool.end()
  }
  process.exit(1)
}
