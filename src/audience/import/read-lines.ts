/**
 * Cuts a stream of bytes into lines and decodes them, in flat memory: whatever the stream holds, no more than one line's
 * limit and one piece of input are kept. A line that is too long is skipped without being collected and reported by number.
 *
 * A line that is not in the file's encoding ends the reading: what would follow might be read as other characters than were
 * written. The lines before it have been given out.
 */
import { isUtf8 } from 'node:buffer'
import { AppError } from '../../domain/errors.ts'
import { decode, type Encoding, isText } from './encoding.ts'

export type Line = { number: number; text: string } | { number: number; problem: 'line_too_long' }

/** Ten times what the largest device needs: a token of 4 KiB, attributes, and quoting. */
export const MAX_LINE_BYTES = 65_536

const LF = 0x0a
const CR = 0x0d
/** Input is taken in pieces of this size, so that one large buffer does not become one large text. */
const PIECE_BYTES = 65_536
const EMPTY = Buffer.alloc(0)

export interface LineOptions {
  encoding: Encoding
  maxLineBytes: number
  /** Lines end with a carriage return alone, as old spreadsheets for the Macintosh write them. */
  isCrOnly?: boolean
  /** The encoding was stated by the caller. */
  isStated?: boolean
}

/** Yields lines in groups, one for each piece of input: a generator's turn for each line would cost more than the line. */
export async function* readLines(
  source: AsyncIterable<Buffer>,
  options: LineOptions,
): AsyncGenerator<Line[], void, void> {
  const cutter = new LineCutter(options)
  const toUtf8 = options.encoding.startsWith('utf-16') ? new TextDecoder(options.encoding) : null
  for await (const bytes of source) {
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      const piece = bytes.subarray(at, at + PIECE_BYTES)
      yield* cutter.push(toUtf8 === null ? piece : Buffer.from(toUtf8.decode(piece, { stream: true })))
    }
  }
  if (toUtf8 !== null) yield* cutter.push(Buffer.from(toUtf8.decode()))
  yield* cutter.end()
}

class LineCutter {
  readonly #maxLineBytes: number
  readonly #newline: number
  readonly #encoding: Encoding
  /** A newline byte is one in each encoding; UTF-16 comes here as UTF-8. */
  readonly #isUtf8: boolean
  readonly #isUtf16: boolean
  readonly #isStated: boolean
  /** The beginning of a line whose end has not come yet; at most the limit. */
  #rest: Buffer = EMPTY
  #isSkipping = false
  #number = 0

  constructor({ encoding, maxLineBytes, isCrOnly = false, isStated = false }: LineOptions) {
    this.#isStated = isStated
    this.#maxLineBytes = maxLineBytes
    this.#newline = isCrOnly ? CR : LF
    this.#encoding = encoding
    this.#isUtf16 = encoding.startsWith('utf-16')
    this.#isUtf8 = encoding === 'utf-8' || this.#isUtf16
  }

  *push(piece: Buffer): Generator<Line[]> {
    let bytes = piece
    if (this.#isSkipping) {
      const end = bytes.indexOf(this.#newline)
      if (end === -1) return
      this.#isSkipping = false
      bytes = bytes.subarray(end + 1)
    }
    const last = bytes.lastIndexOf(this.#newline)
    if (last !== -1) {
      const whole = bytes.subarray(0, last)
      yield* this.#cut(this.#rest.length > 0 ? Buffer.concat([this.#rest, whole]) : whole)
      this.#rest = EMPTY
      bytes = bytes.subarray(last + 1)
    }
    if (bytes.length > 0) yield* this.#keep(bytes)
  }

  *end(): Generator<Line[]> {
    if (this.#rest.length > 0) yield* this.#cut(this.#rest)
  }

  *#keep(bytes: Buffer): Generator<Line[]> {
    if (this.#rest.length + bytes.length <= this.#maxLineBytes) {
      // A copy: the stream may use its buffer again.
      this.#rest = Buffer.concat([this.#rest, bytes])
      return
    }
    this.#rest = EMPTY
    this.#isSkipping = true
    yield [{ number: ++this.#number, problem: 'line_too_long' }]
  }

  /** The usual case is one check and one conversion for all lines of the piece. */
  *#cut(whole: Buffer): Generator<Line[]> {
    const lines: Line[] = []
    const text = this.#textOf(whole)
    if (text !== null) {
      for (const line of text.split(this.#newline === LF ? '\n' : '\r')) this.#add(line, lines)
      yield lines
      return
    }
    for (let at = 0; at <= whole.length; ) {
      const end = whole.indexOf(this.#newline, at)
      const line = whole.subarray(at, end === -1 ? whole.length : end)
      const read = line.length > this.#maxLineBytes ? '' : this.#textOf(line)
      if (read === null) {
        yield lines
        throw contradicted(this.#number + 1, this.#encoding, this.#isStated)
      }
      // As it is told when the line comes in pieces, and its length is known before its end.
      if (line.length > this.#maxLineBytes) lines.push({ number: ++this.#number, problem: 'line_too_long' })
      else this.#add(read, lines)
      if (end === -1) break
      at = end + 1
    }
    yield lines
  }

  /** null: the bytes are not in the encoding. */
  #textOf(bytes: Buffer): string | null {
    if (this.#isUtf8) {
      if (!isUtf8(bytes)) return null
      const text = bytes.toString('utf8')
      return this.#isUtf16 && text.includes('\ufffd') ? null : text
    }
    const text = decode(bytes, this.#encoding)
    return isText(text) && !hasUtf8(bytes, this.#encoding) ? text : null
  }

  #add(text: string, lines: Line[]): void {
    const number = ++this.#number
    // A UTF-16 unit is one to three bytes, so the exact length is asked for only in between.
    const isTooLong = text.length * 3 > this.#maxLineBytes && Buffer.byteLength(text) > this.#maxLineBytes
    if (isTooLong) lines.push({ number, problem: 'line_too_long' })
    else lines.push({ number, text: text.endsWith('\r') ? text.slice(0, -1) : text })
  }
}

/**
 * UTF-8 within a file of another encoding, as when two files or two tables were joined: a whole field of it, with characters
 * that such bytes are not by chance. `Ã©` is in no language; but `Spaß…` in Windows-1252, `Ні` in Windows-1251 and `เดช` in
 * Windows-874 are each the bytes of one character.
 */
const MIXED_IN = {
  latin:
    /[\xc3-\xc5][\x80-\xbf]|\xc8[\x99\x9b]|\xe2[\x80-\x84][\x80-\xbf]|\xf0\x9f[\x80-\xbf]{2}|(?:[\xce-\xd1][\x80-\xbf]){2}|(?:[\xe3-\xed][\x80-\xbf]{2}){2}/,
  otherLetters: /(?:[\xc3-\xdf][\x80-\xbf]){2}|(?:[\xe0-\xef][\x80-\xbf]{2}){2}/,
  twoBytes: /(?:[\xe1-\xef][\x80-\xbf]{2}){2}/,
}
const LATIN: readonly Encoding[] = ['windows-1250', 'windows-1252', 'windows-1254', 'windows-1257']

function hasUtf8(bytes: Buffer, encoding: Encoding): boolean {
  const others = encoding.startsWith('windows') ? MIXED_IN.otherLetters : MIXED_IN.twoBytes
  const pattern = LATIN.includes(encoding) ? MIXED_IN.latin : others
  const raw = bytes.toString('latin1')
  if (!pattern.test(raw)) return false
  // None of these is a second byte in any of the encodings.
  return raw.split(/[\r\n,;\t"]/).some((field) => pattern.test(field) && isUtf8(Buffer.from(field, 'latin1')))
}

function contradicted(number: number, encoding: Encoding, isStated: boolean): AppError {
  return new AppError(
    'encoding_contradicted',
    isStated
      ? `Line ${number} is not ${encoding}, the charset that was stated. State the encoding that the file has, or save it as UTF-8 and send it again.`
      : `Line ${number} is not ${encoding}, as the lines before it are. Was the file joined from two, or cut? Save it in one encoding (UTF-8) and send it again, or state its encoding: Content-Type "text/csv; charset=euc-kr".`,
    { fields: [{ field: `line ${number}`, problem: `not ${encoding}` }] },
  )
}
