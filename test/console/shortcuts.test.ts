import { expect, test } from 'vitest'
import { shortcutOf } from '../../console/src/shortcuts.ts'

const key = (given: Partial<Parameters<typeof shortcutOf>[0]>) => ({
  key: '',
  code: '',
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  isComposing: false,
  keyCode: 0,
  ...given,
})

test('single keys work outside of fields only, Ctrl-K everywhere', () => {
  expect(shortcutOf(key({ key: 'c', code: 'KeyC' }), false)).toBe('new')
  expect(shortcutOf(key({ key: '/' }), false)).toBe('search')
  expect(shortcutOf(key({ key: '?' }), false)).toBe('help')
  for (const typed of ['c', '/', '?']) expect(shortcutOf(key({ key: typed }), true)).toBeNull()
  expect(shortcutOf(key({ key: 'k', ctrlKey: true }), true)).toBe('commands')
  expect(shortcutOf(key({ key: 'k', metaKey: true }), false)).toBe('commands')
})

test('what belongs to the browser or the system stays with it', () => {
  expect(shortcutOf(key({ key: 'c', code: 'KeyC', ctrlKey: true }), false)).toBeNull()
  expect(shortcutOf(key({ key: 'c', code: 'KeyC', altKey: true }), false)).toBeNull()
  expect(shortcutOf(key({ key: 'k', code: 'KeyK' }), false)).toBeNull()
})

test('a syllable that is being composed is nobody’s shortcut', () => {
  expect(shortcutOf(key({ key: 'c', code: 'KeyC', isComposing: true }), false)).toBeNull()
  expect(shortcutOf(key({ key: 'Process', code: 'KeyC', keyCode: 229 }), false)).toBeNull()
  expect(shortcutOf(key({ key: 'k', ctrlKey: true, isComposing: true }), true)).toBeNull()
})

test('a Hangul keyboard has the same keys', () => {
  expect(shortcutOf(key({ key: 'ㅊ', code: 'KeyC' }), false)).toBe('new')
  expect(shortcutOf(key({ key: 'ㅏ', code: 'KeyK', ctrlKey: true }), true)).toBe('commands')
  // Dvorak: the letter counts, not its place.
  expect(shortcutOf(key({ key: 'j', code: 'KeyC' }), false)).toBeNull()
})
