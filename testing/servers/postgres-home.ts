/**
 * The folder of one embedded PostgreSQL: who uses it, and what an earlier run left in it.
 *
 *   owner.json     the process that started the server: pid and start time
 *   password       of the user postgres
 *   data/          PostgreSQL's own; belongs to the user it runs as
 *   postgres.log   what it had to say
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, readdir, readFile, rm, stat, statfs, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { RunAs } from './postgres-binaries.ts'
import { makeOpenFolder } from './private-folder.ts'
import { commandOf, startOf } from './process-identity.ts'

const EPHEMERAL = 'carillon-postgres-'
/** Another run may be between making its folder and signing it. */
const UNSIGNED_GRACE_MS = 60_000

/** A folder for scratch data that the given user can enter, whatever TMPDIR says. */
export function findSharedTmp(user: RunAs): string {
  const found = [tmpdir(), '/var/tmp', '/tmp'].find((folder) => canEnter(folder, user))
  if (!found)
    throw new Error(`No temporary folder that user ${user.uid} can enter; set TMPDIR or DATABASE_URL.`)
  return found
}

/** Linux keeps this folder in memory; its statfs says so with the magic number of tmpfs. */
const MEMORY = '/dev/shm'
const TMPFS = 0x01021994
/** Containers get 64 MB of it unless told otherwise, and a full one ends the server. */
const ENOUGH_MEMORY = 4 * 1024 ** 3

async function hasMemory(user: RunAs): Promise<boolean> {
  const found = await statfs(MEMORY).catch(() => null)
  return found?.type === TMPFS && found.bavail * found.bsize >= ENOUGH_MEMORY && canEnter(MEMORY, user)
}

/** `inMemory`: where there is room for it. A clone of a database, 700 files, takes a tenth of the time there. */
export async function makeEphemeralHome(user: RunAs, inMemory = false): Promise<string> {
  const folder = inMemory && (await hasMemory(user)) ? MEMORY : findSharedTmp(user)
  const home = await mkdtemp(join(folder, EPHEMERAL))
  await chmod(home, 0o755)
  return home
}

/** Fails where the user that runs PostgreSQL could not get at its own data, for instance below /root. */
export async function makeHome(folder: string, user: RunAs): Promise<string> {
  const home = resolve(folder)
  await makeOpenFolder(home)
  if (canEnter(home, user)) return home
  throw new Error(`The user with id ${user.uid}, who is to run PostgreSQL, cannot enter ${home}.`)
}

function canEnter(folder: string, user: RunAs): boolean {
  return spawnSync('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], { ...user, cwd: '/' }).status === 0
}

/** The user that must run the server: for root, the owner of an earlier run's data. */
export async function ownerOf(data: string, otherwise: RunAs): Promise<RunAs> {
  const found = await stat(data).catch(() => null)
  return found && otherwise.uid !== undefined && found.uid !== 0
    ? { uid: found.uid, gid: found.gid }
    : otherwise
}

/** Marks the folder as used by this process, or throws and names its user. PostgreSQL has a lock file of its own as well. */
export async function claimHome(home: string): Promise<void> {
  const owner = await readOwner(home)
  if (owner && startOf(owner.pid) === owner.start) {
    throw new Error(
      `The embedded PostgreSQL in ${home} is in use by process ${owner.pid}. Stop that one first, or set DATABASE_URL.`,
    )
  }
  try {
    await writeFile(ownerFile(home), JSON.stringify({ pid: process.pid, start: startOf(process.pid) }))
  } catch (cause) {
    throw new Error(
      `The embedded PostgreSQL in ${home} belongs to another user (${(cause as NodeJS.ErrnoException).code}). Remove that folder as that user, or set DATABASE_URL.`,
      { cause },
    )
  }
}

export async function releaseHome(home: string): Promise<void> {
  await rm(ownerFile(home), { force: true })
}

/**
 * Stops a server that outlived the process which started it, and clears a lock file whose pid belongs to something
 * else by now (PostgreSQL itself would refuse to start for ever, a common end in containers).
 */
export async function stopOrphan(data: string, log: (line: string) => void): Promise<void> {
  const lockFile = join(data, 'postmaster.pid')
  const pid = Number((await readFile(lockFile, 'utf8').catch(() => '')).split('\n')[0])
  if (!pid) return
  const command = commandOf(pid)
  if (command === null) return
  if (!command.includes(data)) {
    await rm(lockFile, { force: true })
    return
  }
  log(`stopping PostgreSQL ${pid}, which an earlier run left behind in ${data}`)
  signal(pid, 'SIGINT')
  for (let waited = 0; startOf(pid) !== null; waited += 50) {
    if (waited === 10_000) signal(pid, 'SIGQUIT')
    if (waited === 20_000)
      throw new Error(`PostgreSQL ${pid} in ${data} does not stop; end that process, then start again.`)
    await delay(50)
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    // It has ended in the meantime.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Temporary servers whose run was killed: stopped and removed. Only of this user, only if their owner is gone. */
export async function removeAbandoned(user: RunAs, log: (line: string) => void): Promise<void> {
  const folders = [...new Set([findSharedTmp(user), MEMORY])].filter(existsSync)
  const homes = await Promise.all(
    folders.map(async (folder) => (await readdir(folder)).map((name) => join(folder, name))),
  )
  for (const home of homes.flat()) {
    if (!basename(home).startsWith(EPHEMERAL)) continue
    const found = await stat(home).catch(() => null)
    if (!found?.isDirectory() || found.uid !== process.getuid?.()) continue
    const owner = await readOwner(home)
    if (owner ? startOf(owner.pid) === owner.start : Date.now() - found.mtimeMs < UNSIGNED_GRACE_MS) continue
    await stopOrphan(join(home, 'data'), log)
    await rm(home, { recursive: true, force: true })
  }
}

async function readOwner(home: string): Promise<{ pid: number; start: string } | null> {
  try {
    return JSON.parse(await readFile(ownerFile(home), 'utf8'))
  } catch {
    return null
  }
}

function ownerFile(home: string): string {
  return join(home, 'owner.json')
}
