/**
 * Tells whether JSON text is nested too deeply, or has too many values. Check before parsing: V8 parses a hundred thousand
 * levels, and then any code that walks the value, JSON.stringify included, overflows the stack. And a megabyte has room for
 * 330,000 values, which take a hundred times as long to read and check as those that anybody means.
 */

/** Messages that FCM accepts, and useful attributes, have fewer than ten levels. */
export const MAX_JSON_DEPTH = 64
/** An audience names 10,000 members. */
export const MAX_JSON_VALUES = 20_000

const COMMA = 0x2c
const QUOTE = 0x22
const BACKSLASH = 0x5c

export function isTooDeep(text: string): boolean {
  return jsonProblem(text, Number.POSITIVE_INFINITY) !== null
}

/** Null: there is none of the two. */
export function jsonProblem(text: string, mostValues = MAX_JSON_VALUES): 'deep' | 'many' | null {
  // A shorter text cannot be too deep. Most texts end here.
  if (text.length <= MAX_JSON_DEPTH) return null
  let depth = 0
  // One more than there are commas, or less: nested ones are not counted where they begin.
  let values = 1
  let isInString = false
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at)
    if (isInString) {
      if (unit === BACKSLASH) at += 1
      else if (unit === QUOTE) isInString = false
    } else if (unit === QUOTE) isInString = true
    else if (unit === 0x5b || unit === 0x7b) {
      depth += 1
      if (depth > MAX_JSON_DEPTH) return 'deep'
    } else if (unit === 0x5d || unit === 0x7d) depth -= 1
    else if (unit === COMMA) {
      values += 1
      if (values > mostValues) return 'many'
    }
  }
  return null
}
