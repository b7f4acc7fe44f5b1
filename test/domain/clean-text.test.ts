import { expect, test } from 'vitest'
import { isBlank } from '../../src/domain/clean-text.ts'

test.each([
  ['nothing', ''],
  ['spaces of any kind', ' \t\n\u00a0\u3000'],
  ['zero width', '\u200b\u200d\ufeff'],
  ['the empty Braille pattern', '\u2800'],
  ['the Hangul filler', '\u3164\uffa0'],
])('%s is blank', (_, text) => {
  expect(isBlank(text)).toBe(true)
})

test.each(['.', '김', '\u200b할인', '👍', 'שלום'])('“%s” is not', (text) => {
  expect(isBlank(text)).toBe(false)
})
