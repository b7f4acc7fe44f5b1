/**
 * `npm run dev`: a whole Carillon to work with. PostgreSQL from DATABASE_URL or embedded (kept in `.carillon/`), the
 * fake FCM unless FCM_ENDPOINT names another, every process, readable logs. What dies is started again.
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
import { makeKey, makeUser, openProcesses, startAll } from '../testing/installation/installation.ts'
import { startEmbeddedPostgres } from '../testing/servers/embedded-postgres.ts'
import {
  type Command,
  parseOptions,
  runCommand,
  SetupError,
  say,
  wholeNumber,
} from '../testing/terminal/command.ts'
import { processesOf } from '../workers/processes.ts'

const HELP = `Usage: npm run dev -- [options]

Starts a whole Carillon against a fake FCM, with readable logs, until Ctrl-C.

  --dispatchers N   dispatcher processes (default 1)
  --help            this text

DATABASE_URL, REDIS_URL, PORT and the other variables of .env.example are obeyed. Without
DATABASE_URL an embedded PostgreSQL keeps its data in .carillon/postgres. Nothing reaches
Google unless FCM_ENDPOINT says so.
`

/** The same key's row on every start, with a new secret in it: starting a hundred times makes one key. */
const KEY_ID = '01900000-0000-7000-8000-00000000de70'

await runCommand(async (command) => {
  const options = parseOptions(process.argv.slice(2), {
    dispatchers: { type: 'string', default: '1' },
    help: { type: 'boolean', short: 'h', default: false },
  })
  if (options.help) {
    process.stdout.write(HELP)
    return 0
  }
  const dispatchers = wholeNumber('dispatchers', options.dispatchers, 1, 16)
  const { stack, signal } = command
  const env = await environment(command)
  const config = loadConfig(env)
  await migrateOrSay(config)
  signal.throwIfAborted()
  const { key, user } = await withPool(config, async (pool) => ({
    key: await makeKey(pool, KEY_ID, 'npm run dev'),
    user: await makeUser(pool),
  }))

  const processes = openProcesses(stack, {
    env,
    output: 'pipe',
    onStart: prettify(config.logLevel),
    onLoss: (name, how) => {
      say(`The ${name} process died (${how}); it is started again.`)
      return true
    },
  })
  const address = await startAll(processes, processesOf(dispatchers), null, signal)
  say(`
  console  ${address}
  user     ${user.name}
  password ${user.password}

  API   ${address}
  docs  ${address}/docs
  key   ${key}
  FCM   ${env.FCM_ENDPOINT}

  KEY=${key}
  curl -H "Authorization: Bearer $KEY" ${address}/v1/campaigns

  Ctrl-C stops all of it.
`)
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
  return 0
})

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
    // A key for Google has no business with a fake.
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

async function withPool<T>(
  config: Config,
  deed: (pool: ReturnType<typeof openPool>) => Promise<T>,
): Promise<T> {
  const pool = openPool(config.database, 'dev', createLogger('dev', 'silent'))
  try {
    return await deed(pool)
  } finally {
    await pool.end()
  }
}

/** One prettifier for all processes, enqueued whole lines, so that two processes never share a line. */
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
