/**
 * `npm run dev`: a whole Carillon for development. PostgreSQL from DATABASE_URL or embedded (kept in `.carillon/`), the
 * fake FCM unless FCM_ENDPOINT names another, all processes, readable logs. A process that dies is restarted.
 */
import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import pretty from 'pino-pretty'
import { type Config, loadConfig } from '../src/config/config.ts'
import { MigrationError, migrate } from '../src/postgres/migrate.ts'
import { openPool } from '../src/postgres/pool.ts'
import { createLogger } from '../src/process/logger.ts'
import { queueSchema } from '../src/queue/bullmq-backend.ts'
import { spawnFakeFcm } from '../testing/fake-fcm/spawn-fake-fcm.ts'
import { accessTo, makeKey, makeUser, openProcesses, startAll } from '../testing/installation/installation.ts'
import { startEmbeddedPostgres } from '../testing/servers/embedded-postgres.ts'
import { type Command, runCommand, SetupError, say } from '../testing/terminal/command.ts'
import { parseOptions } from '../testing/terminal/options.ts'
import { processesOf } from '../workers/processes.ts'
import * as shared from './options.ts'

const USAGE = {
  command: 'npm run dev --',
  about: 'Starts a whole Carillon against a fake FCM, with readable logs, until Ctrl-C.',
  options: { dispatchers: shared.dispatchers(1) },
  notes: `DATABASE_URL, REDIS_URL, PORT and the other variables of .env.example apply. Without DATABASE_URL
an embedded PostgreSQL keeps its data in .carillon/postgres. Nothing is sent to Google unless
FCM_ENDPOINT names it.`,
}

/** The same row on every start, with a new secret: a hundred starts make one key. */
const KEY_ID = '01900000-0000-7000-8000-00000000de70'

await runCommand(
  USAGE,
  (args) => parseOptions(USAGE.options, args),
  async ({ dispatchers }, command) => {
    const { stack, signal } = command
    const env = await environment(command)
    const config = loadConfig(env)
    await migrateOrSay(config)
    signal.throwIfAborted()
    const pool = openPool(config.database, 'dev', createLogger('dev', 'silent'))
    stack.defer(() => pool.end())
    const key = await makeKey(pool, KEY_ID, 'npm run dev')
    const user = await makeUser(pool)

    const processes = openProcesses(stack, {
      env,
      output: 'pipe',
      onStart: prettify(config.logLevel),
      onLoss: (name, how) => {
        say(`The ${name} process died (${how}) and is restarted.`)
        return true
      },
    })
    const address = await startAll(processes, processesOf(dispatchers), null, signal)
    say(`${accessTo(address, user, key)}
  FCM   ${env.FCM_ENDPOINT}

  Ctrl-C stops all of it.
`)
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
    return 0
  },
)

async function environment({ stack, signal }: Command): Promise<Record<string, string | undefined>> {
  const env: Record<string, string | undefined> = { ...process.env }
  if (!env.DATABASE_URL) {
    const postgres = await startEmbeddedPostgres({ log: say }).catch((error: Error) => {
      throw new SetupError(error.message)
    })
    stack.defer(() => postgres.stop())
    env.DATABASE_URL = postgres.url
    say(`PostgreSQL: ${postgres.url}`)
  }
  signal.throwIfAborted()
  if (!env.FCM_ENDPOINT) {
    const fcm = stack.use(await spawnFakeFcm({ deadShare: 0.02, latencyMs: [20, 60] }))
    // The fake must not get Google's credentials.
    delete env.GOOGLE_APPLICATION_CREDENTIALS
    Object.assign(env, { FCM_ENDPOINT: fcm.origin, FCM_CA_FILE: fcm.caFile, FCM_SENDER: 'fcm-http2' })
    env.FCM_PROJECT_ID ||= 'carillon-dev'
  }
  return env
}

async function migrateOrSay(config: Config): Promise<void> {
  const schema = queueSchema(config.queue.prefix)
  await migrate(config.database.url, { queueSchema: schema }, say).catch((error: Error) => {
    throw error instanceof MigrationError ? new SetupError(error.message) : error
  })
}

/** One prettifier gets whole lines from all processes, so that their output never mixes within a line. */
function prettify(minimumLevel: string) {
  const lines = pretty({
    colorize: process.stdout.isTTY ?? false,
    minimumLevel: minimumLevel as never,
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'pid,process',
    messageFormat: '{process}: {msg}',
    destination: process.stdout,
  })
  return (_name: string, child: ChildProcess) => {
    if (child.stdout) createInterface({ input: child.stdout }).on('line', (line) => lines.write(`${line}\n`))
    child.stderr?.pipe(process.stderr, { end: false })
  }
}
