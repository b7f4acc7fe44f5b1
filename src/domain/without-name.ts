import { cleanText } from './clean-text.ts'

/**
 * A JSON value without a member's id: as a name, in a list, as a text, or as one line of a text. A text of one line is a list too,
 * with commas, semicolons or tabs: so the console reads ids. A sentence that mentions the id stays. Returns the same value if it
 * does not have it.
 */
export function withoutName(value: unknown, name: string): unknown {
  if (typeof value === 'string') return textWithout(value, name)
  if (Array.isArray(value)) {
    const left = value.filter((each) => !isName(each, name)).map((each) => withoutName(each, name))
    return left.length === value.length && left.every((each, index) => each === value[index]) ? value : left
  }
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
  const left = entries
    .filter(([key]) => !isName(key, name))
    .map(([key, each]) => [key, withoutName(each, name)] as const)
  const isSame =
    left.length === entries.length && left.every(([, each], index) => each === entries[index]?.[1])
  return isSame ? value : Object.fromEntries(left)
}

function isName(value: unknown, name: string): boolean {
  return typeof value === 'string' && cleanText(value) === name
}

function textWithout(text: string, name: string): string {
  // With the separators at the odd places.
  const parts = text.split(text.includes('\n') ? /(\r?\n)/ : /([,;\t])/)
  let left = ''
  let isChanged = false
  for (let at = 0; at < parts.length; at += 2) {
    const [part = '', separator = ''] = parts.slice(at, at + 2)
    if (isName(part, name)) isChanged = true
    else left += part + separator
  }
  return isChanged ? left : text
}
