/** Keeps the table of invariants true: against the sources it names lines of, and against docs/guarantees.md. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { INVARIANTS, tableLine } from './invariants.ts'

const ROOT = join(import.meta.dirname, '../..')
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8')

test.each(INVARIANTS)('$number, $says: its line stands once in $file', ({ file, line, becomes }) => {
  expect(read(file).split(line)).toHaveLength(2)
  expect(becomes).not.toBe(line)
})

test('every invariant has a row', () => {
  expect([...new Set(INVARIANTS.map(({ number }) => number))]).toEqual([
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
  ])
})

test('docs/guarantees.md has the table as it is here', () => {
  const section = read('docs/guarantees.md').split('## The invariants')[1]?.split('\n## ')[0] ?? ''
  expect(section.split('\n').filter((line) => /^\| \d/.test(line))).toEqual(INVARIANTS.map(tableLine))
})
