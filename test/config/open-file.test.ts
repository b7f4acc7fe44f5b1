import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openFileWarnings } from '../../src/config/open-file.ts'

async function fileWith(mode: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-key-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'key.json')
  await writeFile(file, '{}')
  await chmod(file, mode)
  return file
}

test.each([
  [0o666, 'changed by others than its owner'],
  [0o620, 'changed by others than its owner'],
  [0o644, 'read by every user of this machine'],
])('a key file of mode %o is warned of', async (mode, problem) => {
  const file = await fileWith(mode)
  const [warning, ...more] = openFileWarnings('GOOGLE_APPLICATION_CREDENTIALS', file)
  expect(more).toEqual([])
  expect(warning).toContain(`has the mode ${mode.toString(8)}`)
  expect(warning).toContain(problem)
  expect(warning).toContain(`chmod 600 ${file}`)
})

test.each([0o600, 0o400, 0o640])('one of mode %o is not', async (mode) => {
  expect(openFileWarnings('x', await fileWith(mode))).toEqual([])
})

test('nor is one that is not there, or not set', () => {
  expect(openFileWarnings('x', '/nowhere/key.json')).toEqual([])
  expect(openFileWarnings('x', undefined)).toEqual([])
})
