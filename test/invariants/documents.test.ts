/** Fails when a document names a file, a log line or a folder order that the code no longer has. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8')
const tracked = (...patterns: string[]) =>
  execFileSync('git', ['ls-files', '--', ...patterns], { cwd: ROOT, encoding: 'utf8' })
    .split('\n')
    .filter((file) => file !== '')

const PATH = /`((?:src|workers|testing|load|test|proof|console|prisma|docs|\.ci)\/[\w./-]+)`/g
const LINK = /\]\((?!https?:|#)([^)#]+)/g

test.each(tracked('*.md'))('%s names only files that exist', (document) => {
  const text = read(document)
  const paths = [...text.matchAll(PATH), ...text.matchAll(LINK)].map(([, path = '']) => path)
  const folders = [ROOT, join(ROOT, dirname(document))]
  const exists = (path: string) => folders.some((folder) => existsSync(join(folder, path)))
  expect(paths.filter((path) => !exists(path))).toEqual([])
})

test('docs/operations.md quotes log lines that the code writes', () => {
  const quoted = [...read('docs/operations.md').matchAll(/log: "([^"]+)"/g)].map(([, line = '']) => line)
  expect(quoted.length).toBeGreaterThan(0)
  const code = tracked('src/*.ts').map(read).join('\n')
  expect(quoted.filter((line) => !code.includes(line))).toEqual([])
})

test('docs/architecture.md shows the folders in the order that the lint checks', () => {
  const [, list = ''] = /const ORDER = \[(.*?)\]/s.exec(read('.dependency-cruiser.mjs')) ?? []
  const order = [...list.matchAll(/'(\w+)'/g)].map(([, folder]) => folder)
  const [, section = ''] = read('docs/architecture.md').split('## Folders')
  const shown = [...section.matchAll(/^ │ (\w+) /gm)].map(([, folder]) => folder)
  expect(order.length).toBeGreaterThan(0)
  expect(shown).toEqual(order)
})
