/**
 * Text that a spreadsheet leaves as it is. A program such as Excel runs a field that looks like a formula, and turns one
 * that looks like a number or a date into another text when it saves the file: `00123` into `123`, `123456789012` into
 * `1.23457E+11`, `MAR1` into `01-Mar`. A quote in front of it makes it text.
 *
 * Where a list is separated by semicolons, as in most of Europe, or by tabs, a text with one of them becomes several cells,
 * whatever quotes are around it: a formula after a separator gets a quote of its own.
 *
 * The two functions are inverse for every text, so an id comes back as it went, whether or not a spreadsheet has opened
 * and saved the file in between. Pure.
 */

const QUOTE = "'"

/** Source of the characters: OWASP ASVS 1.2.10; also CR and LF, which some programs treat as a new line. */
const FORMULA = /^[=+\-@\t\r\n\0]/

/** A number that is shown, and saved, digit by digit: Excel writes twelve digits as 1.23457E+11. */
const PLAIN_NUMBER = /^(0|[1-9]\d{0,10})$/

/** Digits with what stands between them in numbers (1E5), amounts, fractions, percentages, dates and times. */
const NUMBER = /^[\d\s.,:;/()+\-%'$€£¥₩eE]+$/

/** 9:30 am, Mar1, 1-Dec-26, 5 January 2026. */
const NAMED_TIME =
  /^[\d\s.,:/-]*([ap]m?|jan(uary)?|feb(ruary)?|mar(ch)?|apr(il)?|may|june?|july?|aug(ust)?|sept?(ember)?|oct(ober)?|nov(ember)?|dec(ember)?)[\d\s.,:/-]*$/i

/** 2026년 1월 2일, 오전 9시, 1月2日. */
const EAST_ASIAN_TIME = /^[\d\s.,:/\-년월일시분초오전후年月日時时分秒上下午前後]+$/

const WORD = /^(true|false|#(n\/a|ref!|name\?|value!|div\/0!|null!|num!))$/i

/** A cell within a text: what follows a separator, with the spaces and quotes that programs skip. */
const INNER = /([;；\t|][\s"]*)('*)(?=[=+\-@＝＋－＠])/g

export function toSpreadsheet(text: string): string {
  const safe = text.replace(INNER, `$1${QUOTE}$2`)
  return needsQuote(safe) ? QUOTE + safe : safe
}

/** For a file that is not for a spreadsheet: only what the import would take a quote from has quotes. */
export function toImport(text: string): string {
  return fromSpreadsheet(text) === text ? text : toSpreadsheet(text)
}

export function fromSpreadsheet(text: string): string {
  const own = text.startsWith(QUOTE) && needsQuote(text.slice(1)) ? text.slice(1) : text
  return own.replace(INNER, (_, before: string, quotes: string) => before + quotes.slice(1))
}

function needsQuote(text: string): boolean {
  // A text that begins with a quote of its own needs one exactly if it would without.
  const own = text.replace(/^'+/, '')
  if (PLAIN_NUMBER.test(own)) return false
  // Wide digits and signs are read as the usual ones.
  const bare = own.normalize('NFKC')
  return FORMULA.test(bare) || WORD.test(bare) || (/\d/.test(bare) && isNumberOrTime(bare))
}

function isNumberOrTime(text: string): boolean {
  return NUMBER.test(text) || NAMED_TIME.test(text) || EAST_ASIAN_TIME.test(text)
}
