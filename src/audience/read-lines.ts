/**
 * Cuts a stream of bytes into lines, in flat memory: whatever the stream holds, no more than one line's limit and
 * one piece of input are kept. A line that is too long is skipped without being collected; it and a line that is
 * not UTF-8 are reported by number, and reading goes on behind them.
 */
import { isUtf8 } from 'node:buffer'

export type Line =
  | { number: number; text: string }
  | { number: number; problem: 'line_too_long' | 'invalid_utf8' }

/** Ten times what the largest device needs: a token of 4 KiB, attributes, and quoting. */
export const MAX_LINE_BYTES = 65_536

const NEWLINE = 0x0a
/** Input is taken in pieces of this size, so that one large buffer does not become one large text. */
const PIECE_BYTES = 65_536
const EMPTY = Buffer.alloc(0)

/** Yields lines in groups, one for each piece of input: a generator's turn for each line would cost more than the line. */
export async function* readLines(
  source: AsyncIterable<Buffer>,
  maxLineBytes: number,
): AsyncGenerator<Line[], void, void> {
  const cutter = new LineCutter(maxLineBytes)
  for await (const bytes of source) {
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      const lines = cutter.push(bytes.subarray(at, at + PIECE_BYTES))
      if (lines.length > 0) yield lines
    }
  }
  const rest = cutter.end()
  if (rest.length > 0) yield rest
}

class LineCutter {
  readonly #maxLineBytes: number
  /** The beginning of a line whose end has not come yet; at most the limit. */
  #rest: Buffer = EMPTY
  #isSkipping = false
  #number = 0

  constructor(maxLineBytes: number) {
    this.#maxLineBytes = maxLineBytes
  }

  push(piece: Buffer): Line[] {
    const lines: Line[] = []
    let bytes = piece
    if (this.#isSkipping) {
      const end = bytes.indexOf(NEWLINE)
      if (end === -1) return lines
      this.#isSkipping = false
      bytes = bytes.subarray(end + 1)
    }
    const last = bytes.lastIndexOf(NEWLINE)
    if (last !== -1) {
      const whole = bytes.subarray(0, last)
      this.#cut(this.#rest.length > 0 ? Buffer.concat([this.#rest, whole]) : whole, lines)
      this.#rest = EMPTY
      bytes = bytes.subarray(last + 1)
    }
    if (bytes.length > 0) this.#keep(bytes, lines)
    return lines
  }

  end(): Line[] {
    const lines: Line[] = []
    if (this.#rest.length > 0) this.#cut(this.#rest, lines)
    return lines
  }

  #keep(bytes: Buffer, lines: Line[]): void {
    if (this.#rest.length + bytes.length <= this.#maxLineBytes) {
      // A copy: the stream may use its buffer again.
      this.#rest = Buffer.concat([this.#rest, bytes])
      return
    }
    this.#rest = EMPTY
    this.#isSkipping = true
    lines.push({ number: ++this.#number, problem: 'line_too_long' })
  }

  /** The usual case is one check and one conversion for all lines of the piece. */
  #cut(whole: Buffer, lines: Line[]): void {
    if (isUtf8(whole)) {
      for (const text of whole.toString('utf8').split('\n')) this.#add(text, lines)
      return
    }
    for (let at = 0; at <= whole.length; ) {
      const end = whole.indexOf(NEWLINE, at)
      const line = whole.subarray(at, end === -1 ? whole.length : end)
      if (isUtf8(line)) this.#add(line.toString('utf8'), lines)
      else {
        // As it is told when the line comes in pieces, and its length is known before its end.
        const problem = line.length > this.#maxLineBytes ? 'line_too_long' : 'invalid_utf8'
        lines.push({ number: ++this.#number, problem })
      }
      if (end === -1) break
      at = end + 1
    }
  }

  #add(text: string, lines: Line[]): void {
    const number = ++this.#number
    // A UTF-16 unit is one to three bytes, so the exact length is asked for only in between.
    const isTooLong = text.length * 3 > this.#maxLineBytes && Buffer.byteLength(text) > this.#maxLineBytes
    if (isTooLong) lines.push({ number, problem: 'line_too_long' })
    else lines.push({ number, text: text.endsWith('\r') ? text.slice(0, -1) : text })
  }
}
