import { randomUUID } from 'node:crypto'
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { storeImage } from '../../src/images/store-image.ts'
import { png } from './some-images.ts'

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'carillon-images-'))
  onTestFinished(() => rm(path, { recursive: true }))
  return path
}

test('a folder takes so many images and no more; one that it has already is no further one', async () => {
  const path = await folder()
  const first = await storeImage(path, png(10, 10), 2)
  await storeImage(path, png(20, 20), 2)
  await expect(storeImage(path, png(30, 30), 2)).rejects.toMatchObject({
    code: 'image_not_stored',
    message: expect.stringMatching(/IMAGE_FOLDER has 2 images.*Delete there/),
  })
  expect(await storeImage(path, png(10, 10), 2)).toEqual(first)
  expect(await readdir(path)).toHaveLength(2)
})

test('what a process that died has left half written is removed an hour later, and nothing else', async () => {
  const path = await folder()
  const [abandoned, underway] = [`.${randomUUID()}.part`, `.${randomUUID()}.part`]
  for (const name of [abandoned, underway, 'notes.part']) await writeFile(join(path, name), 'half')
  const long = new Date(Date.now() - 3_601_000)
  for (const name of [abandoned, 'notes.part']) await utimes(join(path, name), long, long)
  const { name } = await storeImage(path, png(10, 10))
  expect((await readdir(path)).sort()).toEqual([underway, name, 'notes.part'].sort())
})
