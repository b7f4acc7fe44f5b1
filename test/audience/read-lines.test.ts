import { describe, expect, test } from 'vitest'
import { type Line, readLines } from '../../src/audience/read-lines.ts'

async function linesOf(input: Buffer, pieceBytes: number, maxLineBytes = 64): Promise<Line[]> {
  async function* source() {
    for (let at = 0; at < input.length; at += pieceBytes) yield input.subarray(at, at + pieceBytes)
  }
  const lines: Line[] = []
  for await (const group of readLines(source(), maxLineBytes)) lines.push(...group)
  return lines
}

describe('lines', () => {
  // Every way to cut the input must give the same lines: at 1, every byte is a boundary, also within a character.
  test.each([1, 2, 3, 5, 7, 64, 1_000_000])(
    'are the same when the input comes in pieces of %i bytes',
    async (pieceBytes) => {
      const input = Buffer.concat([
        Buffer.from('first\r\nzwölf €uro 🎉\n\n'),
        Buffer.from(`${'x'.repeat(64)}\n${'x'.repeat(65)}\n${'ü'.repeat(32)}\n${'ü'.repeat(33)}\n`),
        Buffer.from([0x61, 0xff, 0x0a]),
        Buffer.from([0xe2, 0x82, 0x0a]),
        Buffer.from(`${'y'.repeat(5000)}\nlast`),
      ])
      expect(await linesOf(input, pieceBytes)).toEqual([
        { number: 1, text: 'first' },
        { number: 2, text: 'zwölf €uro 🎉' },
        { number: 3, text: '' },
        { number: 4, text: 'x'.repeat(64) },
        { number: 5, problem: 'line_too_long' },
        { number: 6, text: 'ü'.repeat(32) },
        { number: 7, problem: 'line_too_long' },
        { number: 8, problem: 'invalid_utf8' },
        { number: 9, problem: 'invalid_utf8' },
        { number: 10, problem: 'line_too_long' },
        { number: 11, text: 'last' },
      ])
    },
  )

  test('that never end do not grow in memory', async () => {
    const piece = Buffer.alloc(1 << 20, 0x78)
    async function* endless() {
      for (let n = 0; n < 400; n += 1) yield piece
      yield Buffer.from('\nafter')
    }
    const before = process.memoryUsage().rss
    let most = 0
    const lines: Line[] = []
    for await (const group of readLines(endless(), 65_536)) {
      lines.push(...group)
      most = Math.max(most, process.memoryUsage().rss)
    }
    expect(lines).toEqual([
      { number: 1, problem: 'line_too_long' },
      { number: 2, text: 'after' },
    ])
    expect(most - before).toBeLessThan(100 * (1 << 20))
  })

  test('of an empty input are none', async () => {
    expect(await linesOf(Buffer.alloc(0), 1)).toEqual([])
  })
})
