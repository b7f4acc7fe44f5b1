/**
 * Takes the elements out of a JSON array, however it is laid out, in flat memory: in one line, over many, or one object a
 * line. Its numbers are those of the elements: a minified file has one line.
 */
import { type Line, MAX_LINE_BYTES } from './read-lines.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const OPENING = new Set([0x5b, 0x7b])
const CLOSING = new Set([0x5d, 0x7d])

export class JsonElements {
  #text = ''
  #number = 1
  /** Of brackets, the array's own included. */
  #depth = 0
  #isInString = false
  #isEscaped = false
  #isTooLong = false

  /** The elements that end in this piece of the file. */
  push(piece: string): Line[] {
    const found: Line[] = []
    let from = 0
    for (let at = 0; at < piece.length; at += 1) {
      const unit = piece.charCodeAt(at)
      if (this.#isInString) {
        if (this.#isEscaped) this.#isEscaped = false
        else if (unit === BACKSLASH) this.#isEscaped = true
        else if (unit === QUOTE) this.#isInString = false
        continue
      }
      if (unit === QUOTE) this.#isInString = true
      else if (OPENING.has(unit)) {
        if (this.#depth === 0) from = at + 1
        this.#depth += 1
      } else if (CLOSING.has(unit)) {
        this.#depth -= 1
        if (this.#depth === 0) from = this.#give(piece, from, at, found)
      } else if (unit === COMMA && this.#depth === 1) from = this.#give(piece, from, at, found)
    }
    this.#keep(piece.slice(from))
    return found
  }

  /** What is left where the file was cut, or stands behind the array. */
  end(): Line[] {
    const found: Line[] = []
    this.#give('', 0, 0, found)
    return found
  }

  #give(piece: string, from: number, to: number, found: Line[]): number {
    this.#keep(piece.slice(from, to))
    const text = this.#text.trim()
    const number = this.#number
    if (this.#isTooLong) found.push({ number, problem: 'line_too_long' })
    else if (text !== '') found.push({ number, text })
    if (this.#isTooLong || text !== '') this.#number += 1
    this.#text = ''
    this.#isTooLong = false
    return to + 1
  }

  #keep(part: string): void {
    if (this.#isTooLong) return
    this.#text += part
    if (this.#text.length > MAX_LINE_BYTES) {
      this.#isTooLong = true
      this.#text = ''
    }
  }
}
