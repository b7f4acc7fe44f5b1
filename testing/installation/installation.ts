/**
 * A complete installation for one run: a new database, a fake FCM, all processes, an admin key. The demo, development
 * and benchmarks share it, so that the benchmarks measure what runs.
 */
import { randomBytes, randomUUIDv7 } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createApiKey } from '../../src/access/api-key-store.ts'
import { changeUser, createUser, findUserByName } from '../../src/access/user-store.ts'
import { type Config, loadConfig } from '../../src/config/config.ts'
import { openPool, type Pool } from '../../src/postgres/pool.ts'
import { openPrisma } from '../../src/postgres/prisma.ts'
import { createLogger } from '../../src/process/logger.ts'
import { ProcessGroup, type ProcessGroupOptions, type ProcessSpec } from '../../src/process/process-group.ts'
import { queueSchema } from '../../src/queue/bullmq-backend.ts'
import { processesOf } from '../../workers/processes.ts'
import type { FakeFcmOptions } from '../fake-fcm/options.ts'
import { type RemoteFakeFcm, spawnFakeFcm } from '../fake-fcm/spawn-fake-fcm.ts'
import { deleteQueueKeys } from '../servers/queue-keys.ts'
import { createScratchDatabase } from '../servers/scratch-database.ts'
import { makeQueuePrefix } from '../servers/services.ts'
import { SetupError } from '../terminal/command.ts'

export interface InstallationOptions {
  postgresUrl: string
  redisUrl: string | null
  dispatchers: number
  /** Starts only these processes, instead of all with `dispatchers` dispatchers. */
  processes?: readonly ProcessSpec[] | ((made: { databaseUrl: string }) => readonly ProcessSpec[])
  /** Of a fake FCM of its own, or one that is already running. */
  fcm: FakeFcmOptions | RemoteFakeFcm
  /** FCM_MESSAGES_PER_MINUTE. */
  messagesPerMinute: number | 'unlimited'
  logFile: string
  /** Port of the API. Default: a free one. */
  port?: number
  /** Variables that the environment may override, and variables that it may not. */
  defaults?: Readonly<Record<string, string>>
  env?: Readonly<Record<string, string>>
  /** Variables of one process alone, made of those of all: a dispatcher may reach its servers another way. */
  variablesOf?: (
    name: string,
    env: Readonly<Record<string, string | undefined>>,
  ) => Promise<Record<string, string>>
  /** Called when a process ends unexpectedly. Default: `loss` rejects. */
  onLoss?: ProcessGroupOptions['onLoss']
}

export interface Installation {
  /** With what its processes were started. */
  specs: readonly ProcessSpec[]
  config: Config
  pool: Pool
  fcm: RemoteFakeFcm
  processes: ProcessGroup
  /** Address of the API, and an admin key for it. */
  address: string
  key: string
  /** Rejects when a process ends unexpectedly. */
  loss: Promise<never>
}

/** Everything opened is put on the stack at once, so that an interruption closes all of it. */
export async function openInstallation(
  stack: AsyncDisposableStack,
  options: InstallationOptions,
  signal: AbortSignal,
): Promise<Installation> {
  const { postgresUrl, redisUrl, logFile } = options
  const prefix = makeQueuePrefix()
  const database = await createScratchDatabase(postgresUrl, queueSchema(prefix))
  stack.defer(() => database.drop())
  if (redisUrl !== null) stack.defer(() => deleteQueueKeys(redisUrl, prefix))
  signal.throwIfAborted()

  const fcm = 'origin' in options.fcm ? options.fcm : stack.use(await spawnFakeFcm(options.fcm))
  const env = {
    // Nothing is lost here: a process that hangs is killed sooner than in production.
    STOP_TIMEOUT_MS: '12000',
    // A run sends to all that it has made, and measures from then on: nothing is counted before.
    CONFIRM_AUDIENCE_ABOVE: 'unlimited',
    ...options.defaults,
    ...tuning(),
    ...options.env,
    DATABASE_URL: database.url,
    REDIS_URL: redisUrl ?? '',
    QUEUE_PREFIX: prefix,
    FCM_ENDPOINT: fcm.origin,
    FCM_CA_FILE: fcm.caFile,
    FCM_PROJECT_ID: 'carillon-demo',
    FCM_MESSAGES_PER_MINUTE: String(options.messagesPerMinute),
    HOST: '127.0.0.1',
    PORT: String(options.port ?? 0),
  }
  const config = loadConfig(env)
  const pool = openPool(config.database, 'run', createLogger('run', 'silent'))
  stack.defer(() => pool.end())
  const key = await makeKey(pool, randomUUIDv7(), 'load run')
  signal.throwIfAborted()

  const lost = Promise.withResolvers<never>()
  lost.promise.catch(() => {})
  const log = openSync(logFile, 'a')
  stack.defer(() => closeSync(log))
  const processes = openProcesses(stack, {
    env,
    output: log,
    onLoss:
      options.onLoss ??
      ((name, how) => {
        lost.reject(new SetupError(`The ${name} process died in the middle of the run: ${how}.`))
        return false
      }),
  })
  const { processes: wanted = processesOf(options.dispatchers), variablesOf } = options
  const chosen = typeof wanted === 'function' ? wanted({ databaseUrl: database.url }) : wanted
  const specs = await Promise.all(
    chosen.map(async (spec) =>
      variablesOf === undefined
        ? spec
        : { ...spec, env: { ...spec.env, ...(await variablesOf(spec.name, env)) } },
    ),
  )
  const address = await startAll(processes, specs, logFile, signal)
  return { specs, config, pool, fcm, processes, address, key, loss: lost.promise }
}

export function openProcesses(stack: AsyncDisposableStack, options: ProcessGroupOptions): ProcessGroup {
  const processes = new ProcessGroup(options)
  stack.defer(async () => {
    const { killed } = await processes.stop()
    if (killed.length > 0) throw new SetupError(`Did not stop and had to be killed: ${killed.join(', ')}.`)
  })
  return processes
}

/** Returns the address of the API. */
export async function startAll(
  processes: ProcessGroup,
  specs: readonly ProcessSpec[],
  logFile: string | null,
  signal: AbortSignal,
): Promise<string> {
  const interrupted = once(signal, 'abort').then(() => signal.throwIfAborted())
  const starting = Promise.all(
    specs.map(async (spec) => ({ name: spec.name, facts: await processes.start(spec) })),
  )
  starting.catch(() => {})
  const started = await Promise.race([starting, interrupted]).catch(async (error: Error) => {
    if (signal.aborted || logFile === null) throw error
    throw new SetupError(`${error.message} The last it said:\n${await tailOf(logFile)}`)
  })
  const api = (started ?? []).find(({ name }) => name === 'api')
  return String(api?.facts.url)
}

/** Creates an admin key. A repeat with the same id replaces the secret of the same row. */
export async function makeKey(pool: Pool, id: string, name: string): Promise<string> {
  const prisma = openPrisma(pool)
  try {
    const { key } = await createApiKey(prisma, { id, name, role: 'admin', expiresAt: null })
    return key
  } finally {
    await prisma.$disconnect()
  }
}

/** Creates an admin for the console with a random password; an existing user of that name gets the new password. */
export async function makeUser(pool: Pool): Promise<{ name: string; password: string }> {
  const name = 'dev'
  const password = randomBytes(12).toString('base64url')
  const prisma = openPrisma(pool)
  try {
    const known = await findUserByName(prisma, name)
    if (known) await changeUser(prisma, known.id, { role: 'admin', password, isDisabled: false })
    else await createUser(prisma, { id: randomUUIDv7(), name, role: 'admin', password })
  } finally {
    await prisma.$disconnect()
  }
  return { name, password }
}

/** How to reach the console and the API. */
export function accessTo(address: string, user: { name: string; password: string }, key: string): string {
  return `
  console  ${address}
  user     ${user.name}
  password ${user.password}

  API   ${address}
  docs  ${address}/docs
  key   ${key}

  KEY=${key}
  curl -H "Authorization: Bearer $KEY" ${address}/v1/campaigns
`
}

async function tailOf(logFile: string, lines = 5): Promise<string> {
  const text = await readFile(logFile, 'utf8').catch(() => '')
  return text.trimEnd().split('\n').slice(-lines).join('\n')
}

/**
 * The environment without the variables that name a server: a run must reach only its own services, and never Google.
 * Concurrency, chunk sizes and the like are passed on.
 */
function tuning(): Record<string, string | undefined> {
  const WHERE_TO = /^(DATABASE_URL|REDIS_URL|QUEUE_PREFIX|HOST|PORT|GOOGLE_.*|FCM_(?!REQUEST_|RAMP_).*)$/
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !WHERE_TO.test(name)))
}
