import { expect, test } from 'vitest'
import {
  alwaysTheSame,
  asAttribute,
  asField,
  type ColumnChoice,
  mapOf,
  NOT_USED,
  nameProblems,
  unusedOf,
  withChoice,
} from '../../console/src/pages/import/column-choice.ts'
import { partToCheck } from '../../console/src/pages/import/part-to-check.ts'
import { readColumnMap } from '../../src/audience/import/column-map.ts'
import { plainName } from '../../src/audience/import/column-names.ts'

const COLUMNS = [
  { name: 'kunde, id', ...NOT_USED },
  { name: 'token', ...asField('address') },
  { name: 'handy', ...NOT_USED },
]
const NOTHING: ColumnChoice = new Map()

test('only columns that are to be something else are mapped', () => {
  expect(mapOf(COLUMNS, NOTHING)).toBe('')
  expect(mapOf(COLUMNS, new Map([['kunde, id', asField('externalId')]]))).toBe('kunde\\, id:externalId')
})

test('a field that is chosen for a column is taken from the one that had it', () => {
  const choice = withChoice(COLUMNS, NOTHING, 'handy', asField('address'))
  expect(mapOf(COLUMNS, choice)).toBe('token:-,handy:address')
  const back = withChoice(COLUMNS, choice, 'token', asField('address'))
  expect(mapOf(COLUMNS, back)).toBe('token:address,handy:-')
  expect(mapOf(COLUMNS, withChoice(COLUMNS, back, 'token', NOT_USED))).toBe('token:-,handy:-')
})

test('any number of columns are attributes, beside the one that has all of them', () => {
  const columns = [...COLUMNS, { name: 'tags', ...asField('attributes') }]
  const one = withChoice(columns, NOTHING, 'handy', asAttribute('phone'))
  const two = withChoice(columns, one, 'kunde, id', asAttribute('customer'))
  expect(mapOf(columns, two)).toBe('kunde\\, id:attributes.customer,handy:attributes.phone')
  expect(mapOf(columns, withChoice(columns, two, 'token', asField('attributes')))).toBe(
    'kunde\\, id:attributes.customer,token:attributes,handy:attributes.phone,tags:-',
  )
})

test.each([
  ['등급', '등급'],
  ['a,b', 'c,d'],
  ['a:b', 'c:d'],
  ['a\\', 'c\\'],
  ['a\\,b:', '\\:c,'],
  ['attributes.x', '__proto__'],
])('the API reads column %j as attribute %j, as it was chosen', (name, attribute) => {
  const columns = [{ name, ...NOT_USED }, ...COLUMNS]
  const choice = new Map([
    [name, asAttribute(attribute)],
    ['handy', asField('platform')],
  ])
  expect([...readColumnMap(mapOf(columns, choice))]).toEqual([
    [plainName(name), { field: 'attributes', attribute }],
    ['handy', { field: 'platform', attribute: null }],
  ])
})

test('a name of an attribute that is missing, or is another one’s, is told before it is sent', () => {
  const named = (kunde: string, handy: string) =>
    nameProblems(
      COLUMNS,
      new Map([
        ['kunde, id', asAttribute(kunde)],
        ['handy', asAttribute(handy)],
      ]),
    )
  expect([...named('a', 'b')]).toEqual([])
  expect([...named(' \u200b', 'b')]).toEqual([['kunde, id', 'empty']])
  expect([...named('등급', '등급 '.normalize('NFD'))]).toEqual([['handy', 'twice']])
})

test('what is not used is said, as it is chosen now', () => {
  expect(unusedOf(COLUMNS, NOTHING)).toEqual(['kunde, id', 'handy'])
  const choice = withChoice(COLUMNS, NOTHING, 'handy', asAttribute('phone'))
  expect(unusedOf(COLUMNS, choice)).toEqual(['kunde, id'])
  expect(unusedOf(COLUMNS, withChoice(COLUMNS, choice, 'handy', asField('address')))).toEqual([
    'kunde, id',
    'token',
  ])
})

test('another encoding changes the names of columns that are not plain, and with them what was chosen', () => {
  const columns = [...COLUMNS, { name: '쓰는기기', ...NOT_USED }]
  const choice = new Map([
    ['handy', asField('platform')],
    ['쓰는기기', asField('installationId')],
  ])
  expect(mapOf(columns, alwaysTheSame(choice))).toBe('handy:platform')
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
