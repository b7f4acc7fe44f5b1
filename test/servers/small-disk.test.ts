import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { mountSmallDisk } from '../../testing/servers/small-disk.ts'

test('a small disk is full when told so, has room again, and leaves nothing behind', async ({ skip }) => {
  const disk = await mountSmallDisk()
  if (typeof disk === 'string') return skip(disk)
  onTestFinished(() => disk.close())
  const file = (name: string) => join(disk.folder, name)
  await writeFile(file('before'), Buffer.alloc(100_000))
  await disk.fill()
  await expect(writeFile(file('during'), Buffer.alloc(100_000))).rejects.toMatchObject({ code: 'ENOSPC' })
  await disk.free()
  await writeFile(file('after'), Buffer.alloc(100_000))
  await disk.close()
  expect(existsSync(disk.folder)).toBe(false)
  expect(spawnSync('mount', { encoding: 'utf8' }).stdout).not.toContain(disk.folder)
})
