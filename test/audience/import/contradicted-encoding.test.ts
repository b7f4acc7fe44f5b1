/** A charset that is not the file's, and a file that is in two: never is a line stored as other letters than were written. */
import iconv from 'iconv-lite'
import { describe, expect, test } from 'vitest'
import { type Encoding, encodingNamed } from '../../../src/audience/import/encoding.ts'
import { check, read, token } from './read-list.ts'

const HEAD = 'token,externalId,platform,name'
const listOf = (...names: string[]) =>
  `${HEAD}\n${names.map((name, n) => `${token(n)},m${n},ios,${name}\n`).join('')}`
const failure = (file: Buffer | string, encoding?: Encoding) =>
  check(file, { encoding }).then(
    () => 'taken',
    (error: { code: string; message: string }) => error,
  )

describe('a charset that was stated', () => {
  const korean = listOf('김철수', '이영희')
  const japanese = listOf('田中太郎', '鈴木一郎')

  test.each<[string, Buffer, Encoding, string]>([
    ['Japanese as Korean', iconv.encode(japanese, 'shift_jis'), 'euc-kr', 'looks like shift_jis'],
    ['Korean as Latin', iconv.encode(korean, 'cp949'), 'windows-1252', 'looks like euc-kr'],
    ['one Korean name as Latin', iconv.encode(listOf('김철수'), 'cp949'), 'windows-1252', 'like euc-kr'],
    ['Cyrillic as Greek', iconv.encode(listOf('Москва', 'Иван'), 'cp1251'), 'windows-1253', 'windows-1251'],
    ['Korean as UTF-8', iconv.encode(korean, 'cp949'), 'utf-8', 'the charset that was stated'],
    ['UTF-8 as Korean', Buffer.from(korean), 'euc-kr', 'the charset that was stated'],
    ['one byte a character as UTF-16', Buffer.from(korean), 'utf-16le', 'something else'],
    ['UTF-16 as one byte a character', Buffer.from(korean, 'utf16le'), 'windows-1252', 'like utf-16le'],
  ])('%s is refused before anything is stored', async (_, file, encoding, says) => {
    const error = await failure(file, encoding)
    expect(error).toMatchObject({ message: expect.stringContaining(says) })
    expect(error).toMatchObject({ message: expect.stringContaining('Nothing was stored.') })
  })

  test.each<[string, Encoding]>([
    ['Çağrı', 'windows-1254'],
    ['張偉', 'gb18030'],
    ['田中', 'euc-jp'],
    ['★', 'euc-kr'],
    ['Jānis', 'windows-1257'],
    ['שלום', 'windows-1255'],
  ])('decides where %s may be in several', async (name, encoding) => {
    const { found } = await check(iconv.encode(listOf(name), encoding), { encoding })
    expect(found.sample[0]?.cells[3]).toBe(name)
  })

  test('of UTF-16 does not say which byte comes first', async () => {
    const { found } = await check(iconv.encode(korean, 'utf-16be'), { encoding: 'utf-16le' })
    expect(found.encoding).toBe('utf-16be')
  })
})

describe('a file in two encodings', () => {
  test.each([
    ['windows-1252', 'Köln', 'Müller'],
    ['windows-1250', 'Dvořák', 'Žižka'],
    ['cp949', '서울특별시', '김철수'],
    ['windows-1251', 'Москва', 'Иван'],
  ])('within one line, %s beside UTF-8, is refused', async (encoding, local, foreign) => {
    const mixed = Buffer.concat([
      iconv.encode(`${HEAD},city\n${token(1)},m1,ios,${local},${local}\n${token(2)},m2,ios,`, encoding),
      Buffer.from(foreign),
      iconv.encode(`,${local}\n`, encoding),
    ])
    const error = await failure(mixed)
    expect(error).toMatchObject({ code: expect.stringMatching(/^encoding_/) })
    expect(await failure(mixed, encodingNamed(encoding))).toMatchObject({
      code: expect.stringMatching(/^encoding_/),
    })
  })

  test.each<[Encoding, string, string]>([
    ['windows-1252', 'Jörg Müller', 'Viel Spaß…'],
    ['windows-1252', 'São Paulo', 'NÃO'],
    ['windows-1251', 'Тарас Шевченко', 'Ні'],
    ['windows-874', 'สมชาย กรุงเทพ', 'เดช'],
  ])('is not what %s of %s and %s is', async (encoding, name, byChance) => {
    const file = iconv.encode(listOf(name, byChance), encoding)
    expect((await check(file, { encoding })).accepted).toBe(2)
  })
})

test('UTF-16 is cut at a line where it is judged, whatever its letters are', async () => {
  // Each letter of Gujarati has the byte of a newline. The first megabyte ends within one of them.
  for (const encoding of ['utf-16le', 'utf-16be'] as const) {
    for (const shift of [0, 1]) {
      const text = `\ufeff${listOf('ગુજરાતી'.repeat(40_000 / 7).slice(0, 20_000))}`
      const rows = `${token(9)},m,ios,${'x'.repeat(shift)}${'ગ'.repeat(3_000)}\n`.repeat(400)
      const file = iconv.encode(text + rows, encoding)
      expect((await check(file)).rejected).toBe(0)
      expect((await read(file)).devices).toHaveLength(401)
    }
  }
})

test.each([
  ['cut within its last character', Buffer.from(listOf('김철수', '박민')).subarray(0, -2), 'it was cut'],
  ['UTF-32', iconv.encode(`\ufeff${HEAD}\n`, 'utf-32le'), 'in UTF-32'],
])('a file that is %s is refused by name', async (_, file, says) => {
  expect(await failure(file)).toMatchObject({ message: expect.stringContaining(says) })
})
