/**
 * Takes records out of lines of CSV. A quoted field may go on over several lines where the file is well quoted; where it is
 * not, a missing quote makes one line invalid and not the rest of the file: the lines behind it are read on their own.
 *
 * Lines go on at most to the length limit of one line, and never over a line that is a device by itself.
 */
import { parse } from 'csv-parse/sync'
import { type Rejection, shorten } from '../../domain/rejection.ts'
import type { Delimiter } from './dialect.ts'
import { type Line, MAX_LINE_BYTES } from './read-lines.ts'

export interface CsvRecord {
  /** Of its first line. */
  number: number
  fields: string[] | Rejection
}

/** As long as the longest line, in characters, and no more lines than a person writes into a cell. */
const MAX_OPEN_LINES = 500

/** A quote in quotes: `""`, as the standard has it, or `\"`, as Spark and MySQL write it. */
const ESCAPES = ['"', '\\'] as const
type Escape = (typeof ESCAPES)[number]

interface QuotedLine {
  record: CsvRecord
  text: string
}

export class CsvRecords {
  readonly #delimiter: Delimiter
  readonly #opening: RegExp
  readonly #quoted: RegExp
  readonly #escaped: RegExp
  readonly #isDevice: (fields: readonly string[]) => boolean
  readonly #mayBeRecord: (fields: readonly string[]) => boolean
  /** A line with an open quote, and those behind it whose end has not come. */
  #open: Line[] = []

  /** `mayBeRecord`: has as many fields as the header; `isDevice`: and they are those of a device. */
  constructor(
    delimiter: Delimiter,
    mayBeRecord: (fields: readonly string[]) => boolean,
    isDevice: (fields: readonly string[]) => boolean,
  ) {
    this.#delimiter = delimiter
    this.#mayBeRecord = mayBeRecord
    this.#isDevice = isDevice
    const literal = delimiter === '|' ? '\\|' : delimiter
    this.#opening = new RegExp(`(?:^|${literal}) *"`)
    this.#quoted = recordOf(literal, '[^"]*(?:""[^"]*)*')
    this.#escaped = recordOf(literal, '[^"\\\\]*(?:\\\\.[^"\\\\]*)*')
  }

  /** One record for each line that is not blank, in order. Those of an open quote come when it is closed. */
  read(lines: readonly Line[]): CsvRecord[] {
    return this.#read(this.#open.length > 0 ? [...this.#open, ...lines] : lines, false)
  }

  end(): CsvRecord[] {
    return this.#read(this.#open, true)
  }

  #read(lines: readonly Line[], isEnd: boolean): CsvRecord[] {
    this.#open = []
    const records: CsvRecord[] = []
    /** Records of one line with quotes: parsed together, which is ten times as fast. */
    const quoted: QuotedLine[] = []
    for (let at = 0; at < lines.length; at += 1) {
      const line = lines[at] as Line
      if ('problem' in line) {
        records.push({ number: line.number, fields: TOO_LONG })
        continue
      }
      const { number, text } = line
      if (!text.includes('"') || !this.#opening.test(text)) {
        if (text.trim() !== '') records.push({ number, fields: text.split(this.#delimiter) })
        continue
      }
      if (!isOpen(text)) {
        const record: CsvRecord = { number, fields: [] }
        records.push(record)
        quoted.push({ record, text })
        continue
      }
      const end = endOfOpen(lines, at)
      if (end === 'unknown' && !isEnd) {
        this.#open = lines.slice(at)
        break
      }
      const fields = typeof end === 'number' ? this.#joined(lines.slice(at, end + 1)) : undefined
      records.push({ number, fields: fields ?? unmatched(text) })
      if (fields !== undefined && typeof end === 'number') at = end
    }
    this.#parse(quoted)
    return records
  }

  /** undefined: these lines are not one record. */
  #joined(lines: readonly Line[]): string[] | undefined {
    const texts = lines.map((line) => ('text' in line ? line.text : ''))
    const fields = this.#parseOne(texts.join('\n'))
    if (fields === undefined || !this.#mayBeRecord(fields)) return undefined
    const isInside = (text: string) => !this.#isDevice(text.split(this.#delimiter))
    return texts.slice(1, -1).every(isInside) ? fields : undefined
  }

  #parse(quoted: readonly QuotedLine[]): void {
    const byEscape: Record<Escape, QuotedLine[]> = { '"': [], '\\': [] }
    for (const line of quoted) {
      const sign = this.#escapeIn(line.text)
      if (sign === undefined) line.record.fields = unmatched(line.text)
      else byEscape[sign].push(line)
    }
    for (const sign of ESCAPES) {
      const lines = byEscape[sign]
      if (lines.length === 0) continue
      const all = this.#parseAll(
        lines.map(({ text }) => text),
        sign,
      )
      for (const [index, { record, text }] of lines.entries())
        record.fields = (all === undefined ? this.#parseOne(text) : all[index]) ?? unmatched(text)
    }
  }

  /** How quotes within quotes are written. undefined: they do not match. Asked first, because parsing costs 50 times as much. */
  #escapeIn(text: string): Escape | undefined {
    if (this.#quoted.test(text)) return '"'
    return text.includes('\\"') && this.#escaped.test(text) ? '\\' : undefined
  }

  /** undefined: one of them is invalid. */
  #parseAll(texts: readonly string[], sign: Escape): string[][] | undefined {
    try {
      const records = parse(texts.join('\n'), this.#options(sign)) as string[][]
      return records.length === texts.length ? records : undefined
    } catch {
      return undefined
    }
  }

  #parseOne(text: string): string[] | undefined {
    const sign = this.#escapeIn(text)
    if (sign === undefined) return undefined
    // Spaces around quotes are not in the standard, and some programs write them.
    for (const trim of this.#delimiter === '\t' ? [false] : [false, true]) {
      try {
        const records = parse(text, this.#options(sign, trim)) as string[][]
        if (records.length === 1) return records[0]
      } catch {
        // csv-parse's message names its own options; the reason says what to correct.
      }
    }
    return undefined
  }

  /**
   * Without `recordDelimiter`, csv-parse would take a CR inside the first line for the delimiter of all lines.
   */
  #options(sign: Escape, trim = false) {
    return {
      relaxColumnCount: true,
      recordDelimiter: '\n',
      delimiter: this.#delimiter,
      escape: sign,
      trim,
    } as const
  }
}

/** Fields that are in quotes, with what may be between them, or have none. */
function recordOf(delimiter: string, inQuotes: string): RegExp {
  const field = `(?: *"${inQuotes}" *|[^"${delimiter}]*)`
  return new RegExp(`^${field}(?:${delimiter}${field})*$`, 's')
}

/** An odd number of quotes. */
function isOpen(text: string): boolean {
  let isOdd = false
  for (let at = text.indexOf('"'); at !== -1; at = text.indexOf('"', at + 1)) isOdd = !isOdd
  return isOdd
}

/** The line that closes the quote that the one at `from` opens. */
function endOfOpen(lines: readonly Line[], from: number): number | 'none' | 'unknown' {
  let length = 0
  for (let at = from; at < lines.length; at += 1) {
    const line = lines[at] as Line
    if ('problem' in line || at - from > MAX_OPEN_LINES) return 'none'
    length += line.text.length
    if (length > MAX_LINE_BYTES) return 'none'
    if (at > from && isOpen(line.text)) return at
  }
  return 'unknown'
}

const TOO_LONG: Rejection = {
  code: 'line_too_long',
  reason: `the line is longer than ${MAX_LINE_BYTES} bytes; no device needs that much`,
}

function unmatched(text: string): Rejection {
  const value = shorten(text)
  const reason = `the quotes of ${value} do not match; a quoted field ends with a quote, and "" is a quote in it`
  return { code: 'invalid_csv', value, reason }
}
