/**
 * Tells whether JSON text is nested too deeply. Check before parsing: V8 parses a hundred thousand levels, and then any
 * code that walks the value, JSON.stringify included, overflows the stack.
 */

/** Messages that FCM accepts, and useful attributes, have fewer than ten levels. */
export const MAX_JSON_DEPTH = 64

const QUOTE = 0x22
const BACKSLASH = 0x5c

export function isTooDeep(text: string): boolean {
  // A shorter text cannot be too deep. Most texts end here.
  if (text.length <= MAX_JSON_DEPTH) return false
  let depth = 0
  let isInString = false
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at)
    if (isInString) {
      if (unit === BACKSLASH) at += 1
      else if (unit === QUOTE) isInString = false
    } else if (unit === QUOTE) isInString = true
    else if (unit === 0x5b || unit === 0x7b) {
      depth += 1
      if (depth > MAX_JSON_DEPTH) return true
    } else if (unit === 0x5d || unit === 0x7d) depth -= 1
  }
  return false
}
