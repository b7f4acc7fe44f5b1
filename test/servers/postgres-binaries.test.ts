import { chmod, cp, lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { chooseUser, findBinaries } from '../../testing/servers/postgres-binaries.ts'

// The binaries are copied for each test, and disks are busy.
vi.setConfig({ testTimeout: 120_000 })

const user = chooseUser()

/** A copy of the installed package as npm leaves it when it does not run install scripts: without links. */
async function setup() {
  const root = await mkdtemp(join(tmpdir(), 'carillon-binaries-'))
  await chmod(root, 0o755)
  onTestFinished(() => rm(root, { recursive: true, force: true }))
  const shared = join(root, 'shared')
  const installed = dirname(dirname(dirname((await findBinaries(user, shared)).postgres)))
  const folder = join(root, 'project/package')
  await cp(join(installed, 'native'), join(folder, 'native'), { recursive: true, verbatimSymlinks: true })
  const links: { target: string }[] = JSON.parse(
    await readFile(join(folder, 'native/pg-symlinks.json'), 'utf8'),
  )
  for (const { target } of links) await rm(join(folder, target))
  return {
    root,
    shared,
    folder,
    link: join(folder, links[0]?.target ?? ''),
    packaged: { folder, version: '18.0.0' },
  }
}

test('links that npm did not make are made', async () => {
  const { shared, folder, packaged, link } = await setup()
  const { postgres, major } = await findBinaries(user, shared, packaged)
  expect([postgres, major]).toEqual([join(folder, 'native/bin/postgres'), 18])
  expect((await lstat(link)).isSymbolicLink()).toBe(true)
})

test('binaries that lost their executable bit get it back', async () => {
  const { shared, folder, packaged } = await setup()
  for (const name of ['postgres', 'initdb']) await chmod(join(folder, 'native/bin', name), 0o644)
  expect((await findBinaries(user, shared, packaged)).initdb).toBe(join(folder, 'native/bin/initdb'))
})

// Only as root is there another user who might not be let in.
test.runIf(process.getuid?.() === 0)('a folder that only root may enter is copied from, once', async () => {
  const { root, shared, packaged } = await setup()
  await chmod(join(root, 'project'), 0o700)
  const { postgres } = await findBinaries(user, shared, packaged)
  expect(postgres).toBe(join(shared, 'binaries-18.0.0/native/bin/postgres'))
  const { ino } = await lstat(postgres)
  expect((await findBinaries(user, shared, packaged)).postgres).toBe(postgres)
  expect((await lstat(postgres)).ino).toBe(ino)
  expect(await readdir(shared)).toEqual(['binaries-18.0.0'])
})

test.runIf(process.getuid?.() === 0)('a shared folder that somebody else may change is refused', async () => {
  const { root, shared, packaged } = await setup()
  await chmod(join(root, 'project'), 0o700)
  await mkdir(shared)
  await chmod(shared, 0o777)
  await expect(findBinaries(user, shared, packaged)).rejects.toThrow(
    /not a folder that only this user may change/,
  )
  await rm(shared, { recursive: true })
  await symlink(tmpdir(), shared)
  await expect(findBinaries(user, shared, packaged)).rejects.toThrow(
    /not a folder that only this user may change/,
  )
})

test('binaries of another machine are refused, and the message says what to do', async () => {
  const { shared, folder, packaged } = await setup()
  await rm(join(folder, 'native/lib'), { recursive: true })
  await expect(findBinaries(user, shared, packaged)).rejects.toThrow(
    /does not run on this machine: .*Set DATABASE_URL/s,
  )
})
