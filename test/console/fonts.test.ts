/**
 * Each character that the console can show of its own is drawn by the bundled font. Pieces that were made in two runs once had
 * twelve syllables in none of them: on a computer without a Korean font, words had holes.
 */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliDecompressSync } from 'node:zlib'
import { expect, test } from 'vitest'

const CONSOLE = join(import.meta.dirname, '../../console/src')
/** Of the known tables in a WOFF2 file, `cmap` is the first; glyf and loca are stored in another form. */
const [CMAP, GLYF, LOCA, OTHER] = [0, 10, 11, 63]

function pieceOf(path: string): Set<number> {
  const file = readFileSync(path)
  expect(file.toString('latin1', 0, 4)).toBe('wOF2')
  let at = 48
  const base128 = () => {
    for (let value = 0; ; ) {
      const byte = file.readUInt8(at++)
      value = value * 128 + (byte & 127)
      if (byte < 128) return value
    }
  }
  let offset = 0
  let cmapAt = -1
  for (let left = file.readUInt16BE(12); left > 0; left--) {
    const flags = file.readUInt8(at++)
    const tag = flags & 63
    if (tag === OTHER) at += 4
    const length = base128()
    const isTransformed = tag === GLYF || tag === LOCA ? flags >> 6 !== 3 : flags >> 6 !== 0
    if (tag === CMAP) cmapAt = offset
    offset += isTransformed ? base128() : length
  }
  return charactersOf(brotliDecompressSync(file.subarray(at, at + file.readUInt32BE(20))).subarray(cmapAt))
}

/** Format 4: segments of the basic plane. */
function charactersOf(cmap: Buffer): Set<number> {
  const found = new Set<number>()
  for (let n = 0; n < cmap.readUInt16BE(2); n++) {
    const table = cmap.subarray(cmap.readUInt32BE(8 + 8 * n))
    if (table.readUInt16BE(0) !== 4) continue
    const segments = table.readUInt16BE(6) / 2
    for (let s = 0; s < segments; s++) {
      const end = table.readUInt16BE(14 + 2 * s)
      const start = table.readUInt16BE(16 + 2 * (segments + s))
      for (let code = start; code <= end && code !== 0xff_ff; code++) found.add(code)
    }
  }
  return found
}

test('every syllable of Hangul and every Latin letter is in a piece of the font', () => {
  const pieces = globSync(join(CONSOLE, 'fonts/*.woff2')).map(pieceOf)
  expect(pieces.length).toBeGreaterThan(30)
  const missing: string[] = []
  const expectRange = (from: number, to: number) => {
    for (let code = from; code <= to; code++) {
      if (!pieces.some((piece) => piece.has(code))) missing.push(String.fromCodePoint(code))
    }
  }
  expectRange(0x20, 0x7e)
  expectRange(0xac_00, 0xd7_a3)
  expect(missing).toEqual([])
})
