/** The keys that work on every page. Pure: the shell listens, the tests ask. */

export type Shortcut = 'commands' | 'search' | 'new' | 'help'

interface Key {
  key: string
  code: string
  ctrlKey: boolean
  metaKey: boolean
  altKey: boolean
  isComposing: boolean
  /** 229 while an input method composes a syllable; Safari says it only here. */
  keyCode: number
}

/**
 * `isTyping`: the focus is in a field. A key of a Hangul keyboard counts as the Latin one on it: the same finger presses it,
 * and outside of a field nobody writes.
 */
export function shortcutOf(event: Key, isTyping: boolean): Shortcut | null {
  const { key, code, ctrlKey, metaKey, altKey, isComposing, keyCode } = event
  if (isComposing || keyCode === 229 || altKey) return null
  if (ctrlKey || metaKey) return isLetter(key, code, 'k', 'ㅏ') ? 'commands' : null
  if (isTyping) return null
  if (key === '/') return 'search'
  if (key === '?') return 'help'
  return isLetter(key, code, 'c', 'ㅊ') ? 'new' : null
}

function isLetter(key: string, code: string, latin: string, hangul: string): boolean {
  if (key.toLowerCase() === latin || key === hangul) return true
  // Keyboards of other scripts: the place of the key.
  return !/^[a-z]$/i.test(key) && code === `Key${latin.toUpperCase()}`
}
