/**
 * A private primary with a streaming standby, in the temporary folder. The standby begins as a copy of the primary's data, made
 * while that was stopped, so that nothing but the server itself is needed.
 */
import { type ChildProcess, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chown, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { findFreePort } from './free-port.ts'
import { type Binaries, chooseUser, findBinaries, type RunAs } from './postgres-binaries.ts'
import { claimHome, findSharedTmp, makeEphemeralHome, removeAbandoned } from './postgres-home.ts'
import { endPostgres, initDatabase, spawnPostgres } from './spawn-postgres.ts'

const START_TIMEOUT_MS = 60_000

export interface PostgresPair {
  /** As DATABASE_URL: both hosts, the primary wanted. The database is `postgres`. */
  url: string
  /** Of one server, whatever it is. */
  urlOf(server: 'first' | 'second'): string
  /** As a crash would: sessions get no answer, and nothing more reaches the standby. Resolves when the server has ended. */
  killFirst(): Promise<void>
  killSecond(): Promise<void>
  /** Starts the first server again, as the primary that it was. */
  resumeFirst(): Promise<void>
  /** From now on the standby receives nothing. Resolves when the connection between both is gone. */
  detach(): Promise<void>
  /** Makes the second server the primary. Resolves when it accepts writes. */
  promote(): Promise<void>
  stop(): Promise<void>
}

/** `isSynchronous`: a commit is answered when the standby has it. */
export async function startPostgresPair({ isSynchronous = false } = {}): Promise<PostgresPair> {
  const user = chooseUser()
  const binaries = await findBinaries(user, join(findSharedTmp(user), `carillon-${process.getuid?.() ?? 0}`))
  await removeAbandoned(user, () => {})
  const password = randomBytes(18).toString('base64url')
  const first = await Member.make(binaries, user, password)
  const second = await Member.make(binaries, user, password)
  const stop = async () => {
    await Promise.all([first.stop(), second.stop()])
  }
  try {
    await first.init()
    await first.start()
    await first.halt('SIGINT')
    await first.copyTo(second)
    if (isSynchronous) first.settings = { synchronous_standby_names: '*' }
    await first.start()
    second.settings = {
      primary_conninfo: `host=127.0.0.1 port=${first.port} user=postgres password=${password} application_name=standby`,
    }
    await writeFile(join(second.home, 'data/standby.signal'), '')
    await second.start()
    await first.until(`SELECT FROM pg_stat_replication WHERE state = 'streaming'`, 1)
  } catch (error) {
    await stop()
    throw error
  }
  const login = `postgres://postgres:${password}@`
  return {
    url: `${login}127.0.0.1:${first.port},127.0.0.1:${second.port}/postgres?target_session_attrs=read-write`,
    urlOf: (which) => `${login}127.0.0.1:${(which === 'first' ? first : second).port}/postgres`,
    killFirst: () => first.halt('SIGQUIT'),
    killSecond: () => second.halt('SIGQUIT'),
    resumeFirst: () => first.start(),
    detach: async () => {
      // A setting on the command line is stronger than the file's.
      await second.halt('SIGINT')
      second.settings = {}
      await second.start()
      await first.until('SELECT FROM pg_stat_replication', 0)
    },
    promote: async () => {
      await second.query('SELECT pg_promote(wait => true)')
      await second.until('SELECT WHERE NOT pg_is_in_recovery()', 1)
    },
    stop,
  }
}

class Member {
  readonly home: string
  readonly port: number
  settings: Readonly<Record<string, string | number>> = {}
  readonly #binaries: Binaries
  readonly #user: RunAs
  readonly #password: string
  #server: ChildProcess | undefined

  private constructor(home: string, port: number, binaries: Binaries, user: RunAs, password: string) {
    this.home = home
    this.port = port
    this.#binaries = binaries
    this.#user = user
    this.#password = password
  }

  static async make(binaries: Binaries, user: RunAs, password: string): Promise<Member> {
    const home = await makeEphemeralHome(user)
    await claimHome(home)
    return new Member(home, await findFreePort(), binaries, user, password)
  }

  async init(): Promise<void> {
    const passwordFile = join(this.home, 'password')
    const data = join(this.home, 'data')
    await mkdir(data, { mode: 0o700 })
    await writeFile(passwordFile, this.#password, { mode: 0o600 })
    const { uid, gid } = this.#user
    if (uid !== undefined && gid !== undefined) {
      for (const path of [data, passwordFile]) await chown(path, uid, gid)
    }
    initDatabase(data, passwordFile, this.#binaries, this.#user)
  }

  async copyTo(other: Member): Promise<void> {
    const data = join(other.home, 'data')
    await cp(join(this.home, 'data'), data, { recursive: true, preserveTimestamps: true })
    const { uid, gid } = this.#user
    if (uid !== undefined) spawnSync('chown', ['-R', `${uid}:${gid}`, data])
    spawnSync('chmod', ['-R', 'u=rwX,go=', data])
  }

  async start(): Promise<void> {
    this.#server = await spawnPostgres({
      home: this.home,
      binaries: this.#binaries,
      user: this.#user,
      port: this.port,
      settings: { max_connections: 200, fsync: 'off', full_page_writes: 'off', ...this.settings },
    })
    await this.until('SELECT', 1)
  }

  /** SIGINT: in order. SIGQUIT: as in a crash. */
  async halt(signal: 'SIGINT' | 'SIGQUIT'): Promise<void> {
    const server = this.#server as ChildProcess
    server.ref()
    const ended = once(server, 'exit')
    const [pid] = (await readFile(join(this.home, 'data/postmaster.pid'), 'utf8')).split('\n')
    process.kill(Number(pid), signal)
    await ended
  }

  async query(text: string): Promise<number> {
    const { port } = this
    const login = {
      host: '127.0.0.1',
      port,
      user: 'postgres',
      password: this.#password,
      database: 'postgres',
    }
    const client = new pg.Client(login)
    client.on('error', () => {})
    try {
      await client.connect()
      return (await client.query(text)).rowCount ?? 0
    } finally {
      await client.end().catch(() => {})
    }
  }

  /** Until the query returns so many rows. */
  async until(text: string, rows: number): Promise<void> {
    for (let waitedMs = 0; ; waitedMs += 50) {
      const found = await this.query(text).catch((error: Error) => error)
      if (found === rows) return
      if (waitedMs > START_TIMEOUT_MS || (this.#server?.exitCode ?? null) !== null) {
        const log = await readFile(join(this.home, 'postgres.log'), 'utf8').catch(() => '')
        throw new Error(
          `The private PostgreSQL on port ${this.port}: ${found}. It said:\n${log.slice(-1_000)}`,
        )
      }
      await delay(50)
    }
  }

  async stop(): Promise<void> {
    if (this.#server !== undefined) await endPostgres(this.#server)
    await rm(this.home, { recursive: true, force: true })
  }
}
