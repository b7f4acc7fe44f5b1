import { expect, test } from 'vitest'
import { alwaysTheSame, mapOf, withChoice } from '../../console/src/pages/import/column-choice.ts'
import { partToCheck } from '../../console/src/pages/import/part-to-check.ts'

const COLUMNS = [
  { name: 'kunde, id', field: null },
  { name: 'token', field: 'address' },
  { name: 'handy', field: null },
] as const

test('only columns that are to be something else are mapped', () => {
  expect(mapOf(COLUMNS, new Map())).toBe('')
  expect(mapOf(COLUMNS, new Map([['kunde, id', 'externalId']]))).toBe('kunde\\, id:externalId')
})

test('a field that is chosen for a column is taken from the one that had it', () => {
  const choice = withChoice(COLUMNS, new Map(), 'handy', 'address')
  expect(mapOf(COLUMNS, choice)).toBe('token:-,handy:address')
  const back = withChoice(COLUMNS, choice, 'token', 'address')
  expect(mapOf(COLUMNS, back)).toBe('token:address,handy:-')
  expect(mapOf(COLUMNS, withChoice(COLUMNS, back, 'token', null))).toBe('token:-,handy:-')
})

test('another encoding changes the names of columns that are not plain, and with them what was chosen', () => {
  const columns = [...COLUMNS, { name: '쓰는기기', field: null }]
  const choice = new Map([
    ['handy', 'platform'],
    ['쓰는기기', 'installationId'],
  ] as const)
  expect(mapOf(alwaysTheSame(columns), choice)).toBe('handy:platform')
})

test.each([
  ['short', 'a\nb\n', 100, 'a\nb\n', true],
  ['long', 'line 1\nline 2\nline 3\n', 10, 'line 1\n', false],
  ['one line', 'x'.repeat(50), 10, 'x'.repeat(50), true],
])('of a %s file whole lines are checked', async (_, text, maxBytes, part, isWhole) => {
  const checked = await partToCheck(new File([text], 'list.csv'), maxBytes)
  expect([await checked.blob.text(), checked.isWhole]).toEqual([part, isWhole])
})

test('a compressed file is checked as a whole', async () => {
  const file = new File(
    [new Uint8Array([0x1f, 0x8b, ...Array.from({ length: 50 }, () => 10)])],
    'list.csv.gz',
  )
  expect(await partToCheck(file, 10)).toMatchObject({ isWhole: true })
})
