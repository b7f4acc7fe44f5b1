/**
 * Texts as programs and spreadsheets write them, brought to one form: `"user7 "`, `user\u200b7` and a decomposed `김` are
 * spellings that people cannot see, and each would become a member of its own whose opt-out misses the other.
 */
import { fromSpreadsheet } from './spreadsheet-text.ts'

/** Most ids and addresses: nothing to clean. */
const PLAIN = /^[\x21-\x7e]*$/
/** Zero width, direction marks, soft hyphen, byte order mark. Without width, so they are removed. */
const INVISIBLE = /\u034f|[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g
/** No-break and other spaces look like a space, so they become one. */
const SPACES = /[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/g

/** Of a regular expression: a character that people see. Braille's and Hangul's empty ones are drawn as nothing, too. */
export const VISIBLE =
  '[^\\s\\u00ad\\u034f\\u061c\\u115f\\u1160\\u180e\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\u2800\\u3164\\ufeff\\uffa0\\ufff9-\\ufffb]'
const SEEN = new RegExp(VISIBLE)

/** Nothing in it that people see. */
export function isBlank(text: string): boolean {
  return !SEEN.test(text)
}

/** Trimmed, in NFC, without invisible characters. */
export function cleanText(text: string): string {
  if (PLAIN.test(text)) return text
  return text.replace(INVISIBLE, '').replace(SPACES, ' ').trim().normalize('NFC')
}

/** What programs write where there is nothing. */
const EMPTY_WORDS = new Set(
  [
    ['null', 'nil', 'none', 'nan', 'undefined', 'n/a'],
    ['(null)', '<null>', '[null]', '(none)', '<nil>', '<none>', 'nonetype', '<na>', '(blank)', '(empty)'],
    ['\\n', '-', '--', '---', '.', '?', "''", '""', '없음', '[object object]'],
    ['#n/a', '#ref!', '#value!', '#name?', '#null!', '#num!', '#div/0!', '-nan', 'nan(ind)'],
    ['00000000-0000-0000-0000-000000000000'],
  ].flat(),
)
/** `########`: what a spreadsheet shows in a column that is too narrow. */
const HASHES = /^#+$/
const LONGEST_WORD = 36
const BEGINNINGS = new Set(
  [...EMPTY_WORDS].flatMap((word) => [word, word.toUpperCase()]).map((word) => word.charCodeAt(0)),
)

export function isEmptyWord(text: string): boolean {
  // Most values end here: this is asked of every field of a list.
  if (text.length > LONGEST_WORD || !BEGINNINGS.has(text.charCodeAt(0))) return false
  return EMPTY_WORDS.has(text.toLowerCase()) || HASHES.test(text)
}

/** `1.23457E+11`: what a spreadsheet makes of a long number. The digits behind are lost. */
export function isRuinedNumber(text: string): boolean {
  return text.length < 32 && /^[+-]?\d+(?:[.,]\d*)?e[+-]\d+$/i.test(text)
}

/** `="00123"`, and `'+82…`: how a number is kept from a spreadsheet, and how our own exports keep a cell from being run. */
export function withoutSpreadsheetMark(text: string): string {
  const first = text.charCodeAt(0)
  if (first === 0x3d) return /^="([^"]*)"$/.exec(text)?.[1] ?? text
  return first === 0x27 ? fromSpreadsheet(text) : text
}
