import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, statfs, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { expect, onTestFinished, test, vi } from 'vitest'
import { startEmbeddedPostgres } from '../../testing/servers/embedded-postgres.ts'
import { findFreePort } from '../../testing/servers/free-port.ts'
import { chooseUser, findBinaries } from '../../testing/servers/postgres-binaries.ts'
import { startOf } from '../../testing/servers/process-identity.ts'
import { until } from '../support/until.ts'

// A cluster is made for each test, and machines are busy.
vi.setConfig({ testTimeout: 120_000 })

async function setup() {
  const home = await mkdtemp(join(tmpdir(), 'carillon-embedded-'))
  await chmod(home, 0o755)
  // The server of a process that a test has killed stops a moment later, and writes until then.
  onTestFinished(() => rm(home, { recursive: true, force: true, maxRetries: 100, retryDelay: 50 }))
  const lines: string[] = []
  const start = async () => {
    const server = await startEmbeddedPostgres({ dataDir: home, log: (line) => lines.push(line) })
    onTestFinished(() => server.stop())
    return server
  }
  /** Another process with the server of this folder. */
  const startElsewhere = async () => {
    const child = fork(join(import.meta.dirname, 'fixtures/with-postgres.ts'), [home], {
      detached: true,
      execArgv: [],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    const [url] = (await once(child, 'message')) as [string]
    return { child, url }
  }
  const postmaster = async () => {
    const text = await readFile(join(home, 'data/postmaster.pid'), 'utf8').catch(() => '')
    return Number(text.split('\n')[0])
  }
  return { home, lines, start, startElsewhere, postmaster }
}

async function query(url: string, text: string) {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

async function hasEnded(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

test.each(['orderly', 'crash'] as const)(
  'halted (%s), it comes back where it was, with its data',
  async (how) => {
    const { start, postmaster } = await setup()
    const server = await start()
    await query(server.url, 'CREATE TABLE kept AS SELECT 1 AS n')
    const pid = await postmaster()
    await server.halt(how)
    expect(startOf(pid)).toBeNull()
    await expect(query(server.url, 'SELECT 1')).rejects.toThrow()
    await server.resume()
    expect(await query(server.url, 'SELECT n FROM kept')).toEqual([{ n: 1 }])
    await server.stop()
    expect(startOf(await postmaster())).toBeNull()
  },
)

test('data survives a stop, and stopping twice is one stop', async () => {
  const { start, postmaster } = await setup()
  const first = await start()
  await query(first.url, 'CREATE TABLE kept AS SELECT 1 AS n')
  const pid = await postmaster()
  await Promise.all([first.stop(), first.stop()])
  expect(startOf(pid)).toBeNull()
  const second = await start()
  expect(await query(second.url, 'SELECT n FROM kept')).toEqual([{ n: 1 }])
})

test('the server is UTF-8, durable, closed to other machines and to those without the password', async () => {
  const { start } = await setup()
  const { url } = await start()
  const settings = await query(
    url,
    `SELECT current_setting('server_encoding') AS encoding, current_setting('fsync') AS fsync,
            current_setting('listen_addresses') AS listens, lower('ÄÖ') AS lower`,
  )
  expect(settings).toEqual([{ encoding: 'UTF8', fsync: 'on', listens: '127.0.0.1', lower: 'äö' }])
  const stranger = new URL(url)
  stranger.password = 'guess'
  await expect(query(stranger.href, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' })
})

test.each([{}, { inMemory: true }])('an ephemeral server leaves nothing behind: %o', async (where) => {
  const { url, stop } = await startEmbeddedPostgres({ ephemeral: true, ...where })
  const [row] = await query(
    url,
    `SELECT current_setting('data_directory') AS data, current_setting('fsync') AS fsync`,
  )
  expect(row.fsync).toBe('off')
  const room = await statfs('/dev/shm').catch(() => null)
  const hasRoom = room !== null && room.type === 0x01021994 && room.bavail * room.bsize >= 4 * 1024 ** 3
  expect(row.data.startsWith('/dev/shm/')).toBe('inMemory' in where && hasRoom)
  await stop()
  await expect(stat(join(row.data, '..'))).rejects.toMatchObject({ code: 'ENOENT' })
})

test('what a killed run left of an ephemeral server goes with the next start, in memory too', async () => {
  const { home: tmp } = await setup()
  // Another run on this machine would do the same to the common one.
  vi.stubEnv('TMPDIR', tmp)
  onTestFinished(() => void vi.unstubAllEnvs())
  const folders = [tmp, '/dev/shm'].filter(existsSync)
  const abandoned = await Promise.all(folders.map((folder) => mkdtemp(join(folder, 'carillon-postgres-'))))
  for (const home of abandoned)
    await writeFile(join(home, 'owner.json'), JSON.stringify({ pid: process.pid, start: 'another time' }))
  const { stop } = await startEmbeddedPostgres({ ephemeral: true })
  await stop()
  expect(abandoned.filter(existsSync)).toEqual([])
})

test('the server ends by itself when its process is killed, and starts again', async () => {
  const { start, startElsewhere, postmaster } = await setup()
  const { child, url } = await startElsewhere()
  await query(url, 'CREATE TABLE kept AS SELECT 1 AS n')
  const pid = await postmaster()
  child.kill('SIGKILL')
  await until(() => startOf(pid) === null, { what: 'PostgreSQL has ended' })
  const { url: next } = await start()
  expect(await query(next, 'SELECT n FROM kept')).toEqual([{ n: 1 }])
})

test('a start right after the kill waits for the old server to end', async () => {
  const { start, startElsewhere } = await setup()
  const { child, url } = await startElsewhere()
  await query(url, 'CREATE TABLE kept AS SELECT 1 AS n')
  child.kill('SIGKILL')
  await hasEnded(child)
  const { url: next } = await start()
  expect(await query(next, 'SELECT n FROM kept')).toEqual([{ n: 1 }])
})

test('a server that outlived everything around it is stopped, if it is of this folder', async () => {
  const { home, lines, start, postmaster } = await setup()
  await (await start()).stop()
  const user = chooseUser()
  const { postgres } = await findBinaries(user, home)
  const flags = ['-c', `port=${await findFreePort()}`, '-c', 'unix_socket_directories=']
  const orphan = spawn(postgres, ['-D', join(home, 'data'), ...flags], { ...user, cwd: '/', stdio: 'ignore' })
  onTestFinished(() => void orphan.kill('SIGKILL'))
  await until(async () => (await postmaster()) === orphan.pid, { what: 'the orphan runs' })
  const { url } = await start()
  expect(orphan.exitCode ?? orphan.signalCode).not.toBeNull()
  expect(lines).toContain(
    `stopping PostgreSQL ${orphan.pid}, which an earlier run left behind in ${home}/data`,
  )
  expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
})

test('a killed server starts again, with what was committed', async () => {
  const { start, postmaster } = await setup()
  const first = await start()
  await query(first.url, 'CREATE TABLE kept AS SELECT 1 AS n')
  process.kill(await postmaster(), 'SIGKILL')
  await first.stop()
  const second = await start()
  expect(await query(second.url, 'SELECT n FROM kept')).toEqual([{ n: 1 }])
})

test('a lock file whose pid belongs to another process by now does not keep the server from starting', async () => {
  const { home, start, postmaster } = await setup()
  const first = await start()
  const file = join(home, 'data/postmaster.pid')
  const text = await readFile(file, 'utf8')
  process.kill(await postmaster(), 'SIGKILL')
  await first.stop()
  const bystander = spawn('sleep', ['600'], { ...chooseUser(), stdio: 'ignore' })
  onTestFinished(() => void bystander.kill())
  await writeFile(file, text.replace(/^\d+/, String(bystander.pid)))
  const { url } = await start()
  expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  expect(bystander.exitCode ?? bystander.signalCode).toBeNull()
})

test('a second run in the same folder is told who has it', async () => {
  const { home, start, startElsewhere } = await setup()
  const { child, url } = await startElsewhere()
  await expect(start()).rejects.toThrow(
    `The embedded PostgreSQL in ${home} is in use by process ${child.pid}. Stop that one first, or set DATABASE_URL.`,
  )
  expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
})

test('a second start in the same process is told so too', async () => {
  const { start } = await setup()
  const { url } = await start()
  await expect(start()).rejects.toThrow(`is in use by process ${process.pid}.`)
  expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
})

test('Ctrl-C in the terminal reaches the process, which still has its database while it stops', async () => {
  const { start, startElsewhere } = await setup()
  const { child } = await startElsewhere()
  const said = once(child, 'message')
  // To the whole group, as a terminal does.
  process.kill(-(child.pid ?? 0), 'SIGINT')
  expect(await said).toEqual(['stopping', undefined])
  child.send('go on')
  await hasEnded(child)
  expect(child.exitCode).toBe(0)
  const { url } = await start()
  expect(await query(url, 'SELECT n FROM last_words')).toEqual([{ n: 1 }])
})

test('an interrupted first start does not leave half a cluster', async () => {
  const { home, start } = await setup()
  await start().then((server) => server.stop())
  await rm(join(home, 'data'), { recursive: true })
  await writeFile(join(home, 'password'), 'of the interrupted start')
  await mkdir(join(home, 'data.unfinished'))
  await writeFile(join(home, 'data.unfinished/PG_VERSION'), '18\n')
  const { url } = await start()
  expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
})

test('data of another major version is refused, and the message says what to do', async () => {
  const { home, start } = await setup()
  await start().then((server) => server.stop())
  await writeFile(join(home, 'data/PG_VERSION'), '17\n')
  await expect(start()).rejects.toThrow(/is of PostgreSQL 17, the embedded server is 18.*remove/)
  expect(await readdir(home)).not.toContain('owner.json')
})
