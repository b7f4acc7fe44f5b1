import iconv from 'iconv-lite'
import { describe, expect, test } from 'vitest'
import { type Line, readLines } from '../../../src/audience/import/read-lines.ts'

async function* inPieces(input: Buffer, pieceBytes: number) {
  for (let at = 0; at < input.length; at += pieceBytes) yield input.subarray(at, at + pieceBytes)
}

async function linesOf(input: Buffer, pieceBytes: number, maxLineBytes = 64): Promise<Line[]> {
  const lines: Line[] = []
  for await (const group of readLines(inPieces(input, pieceBytes), { encoding: 'utf-8', maxLineBytes }))
    lines.push(...group)
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
        { number: 8, problem: 'line_too_long' },
        { number: 9, text: 'last' },
      ])
    },
  )

  test.each([1, 2, 3, 7, 1_000_000])(
    'end where one is not in the encoding, and those before it are given out, in pieces of %i bytes',
    async (pieceBytes) => {
      const input = Buffer.concat([
        Buffer.from('zwölf\nzwei\n'),
        Buffer.from([0x61, 0xff, 0x0a]),
        Buffer.from('drei\n'),
      ])
      const lines: Line[] = []
      const reading = async () => {
        for await (const group of readLines(inPieces(input, pieceBytes), {
          encoding: 'utf-8',
          maxLineBytes: 64,
        })) {
          lines.push(...group)
        }
      }
      await expect(reading()).rejects.toMatchObject({
        code: 'encoding_contradicted',
        fields: [{ field: 'line 3' }],
      })
      expect(lines.map((line) => ('text' in line ? line.text : ''))).toEqual(['zwölf', 'zwei'])
    },
  )

  // Each encoding, at every place where a character can be cut.
  test.each([
    ['euc-kr', '홍길동,뷁\n서울'],
    ['shift_jis', '田中,ﾀﾅｶ\nソ表'],
    ['utf-16le', '김철수 🎉\n둘'],
    ['utf-16be', '김철수 🎉\n둘'],
    ['windows-1252', 'Müller – 5 €\nÅse'],
    ['windows-1251', 'Привет\nмир'],
    ['gb18030', '张伟\n北京'],
  ] as const)('of %s are what was written, wherever they are cut', async (encoding, text) => {
    const input = iconv.encode(text, encoding === 'euc-kr' ? 'cp949' : encoding)
    for (let pieceBytes = 1; pieceBytes <= input.length; pieceBytes += 1) {
      const lines: Line[] = []
      for await (const group of readLines(inPieces(input, pieceBytes), { encoding, maxLineBytes: 64 }))
        lines.push(...group)
      expect(lines).toEqual(text.split('\n').map((line, index) => ({ number: index + 1, text: line })))
    }
  })

  test.each([
    ['a line of UTF-8 in a Korean file', 'euc-kr', Buffer.from('이름: 김철수 서울\n')],
    ['a line of UTF-8 in a German file', 'windows-1252', Buffer.from('Müller\n')],
    ['a byte that is no character', 'euc-kr', Buffer.from([0xff, 0x0a])],
    ['half a character', 'utf-16le', Buffer.from([0x00, 0xd8, 0x0a, 0x00])],
  ] as const)('%s is refused with its number, and not read as something else', async (_, encoding, bytes) => {
    const good = encoding === 'utf-16le' ? iconv.encode('a\n', encoding) : Buffer.from('a\n')
    const reading = async () => {
      for await (const _ of readLines(inPieces(Buffer.concat([good, bytes]), 3), {
        encoding,
        maxLineBytes: 64,
      }));
    }
    await expect(reading()).rejects.toMatchObject({
      code: 'encoding_contradicted',
      fields: [{ field: 'line 2' }],
    })
  })

  test('end with carriage returns where the file has no others', async () => {
    const lines: Line[] = []
    const input = inPieces(Buffer.from('one\rtwo\rthree'), 4)
    for await (const group of readLines(input, { encoding: 'utf-8', maxLineBytes: 64, isCrOnly: true }))
      lines.push(...group)
    expect(lines.map((line) => ('text' in line ? line.text : ''))).toEqual(['one', 'two', 'three'])
  })

  test('that never end do not grow in memory', async () => {
    const piece = Buffer.alloc(1 << 20, 0x78)
    async function* endless() {
      for (let n = 0; n < 400; n += 1) yield piece
      yield Buffer.from('\nafter')
    }
    const before = process.memoryUsage().rss
    let most = 0
    const lines: Line[] = []
    for await (const group of readLines(endless(), { encoding: 'utf-8', maxLineBytes: 65_536 })) {
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
