import { expect, test } from 'vitest'
import { withoutName } from '../../src/domain/without-name.ts'

test.each([
  ['a text', { members: 'm1' }, { members: '' }],
  ['a line', { externalIds: 'm10\nm1\nm2\n' }, { externalIds: 'm10\nm2\n' }],
  ['the last line', 'm2\r\nm1', 'm2\r\n'],
  ['a line with spaces', 'm2\n  m1 \nm3', 'm2\nm3'],
  ['every line', 'm1\nm1\n', ''],
  ['one of a line', 'm2, m1;m3', 'm2,m3'],
  ['another spelling', { ids: 'm\u200b1\nm2' }, { ids: 'm2' }],
  ['a list', { ids: ['m2', 'm1', ['m1', 7]] }, { ids: ['m2', [7]] }],
  ['a name', { m1: { a: 1 }, m2: 'm1' }, { m2: '' }],
])('is taken out of %s', (_what, value, left) => {
  expect(withoutName(value, 'm1')).toEqual(left)
})

test.each([
  ['a part of another id', { ids: 'm10\nxm1\nM1' }],
  ['a sentence', { title: 'Hello m1, how are you' }],
  ['no text', { n: 1, b: true, z: null, list: [], o: {} }],
])('%s stays the same', (_what, value) => {
  expect(withoutName(value, 'm1')).toBe(value)
})
