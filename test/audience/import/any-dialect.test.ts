/**
 * The same devices come out, in whatever encoding, dialect and quoting they are written. Or, of little text, the encoding is
 * said to be unclear, and they come out when it is stated. Never others.
 */
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import iconv from 'iconv-lite'
import { expect, test } from 'vitest'
import { type Encoding, encodingNamed } from '../../../src/audience/import/encoding.ts'
import { check, read, token } from './read-list.ts'

/** Words of the languages that are written in each: a list has some, or it could be any encoding. */
const WORDS: Partial<Record<Encoding, string[]>> = {
  'utf-8': ['김철수', 'Müller', '🎉', 'Привет', 'é'],
  'utf-16le': ['김철수', 'Müller', '🎉', 'Привет'],
  'utf-16be': ['김철수', 'Müller', '🎉', 'Привет'],
  'euc-kr': ['김철수', '우수고객', '서울 강남구', '홍길동님', '똠방각하'],
  shift_jis: ['田中太郎', 'ゴールド会員', '東京都', 'ソフト表示'],
  'windows-1252': ['Jürgen Groß', 'François', 'São Paulo', 'Ærø', '“x” – 5 €'],
  'windows-1251': ['Москва', 'Санкт-Петербург', 'Иван Петров'],
  gb18030: ['张伟明', '北京市海淀区', '普通会员', '上海'],
}
const DELIMITERS = [',', ';', '\t'] as const
const HEADERS = [
  ['token', 'externalId', 'platform', 'attributes'],
  ['Registration Token', 'USER_ID', 'OS', 'tags'],
  ['fcm_token', 'member-id', 'device_platform', 'custom_attributes'],
]

const list = fc.constantFrom(...(Object.keys(WORDS) as Encoding[])).chain((encoding) =>
  fc.record({
    encoding: fc.constant(encoding),
    hasMark: encoding.startsWith('utf') ? fc.boolean() : fc.constant(false),
    delimiter: fc.constantFrom(...DELIMITERS),
    header: fc.constantFrom(...HEADERS),
    newline: fc.constantFrom('\n', '\r\n'),
    quotesAll: fc.boolean(),
    saysSeparator: fc.boolean(),
    isCompressed: fc.boolean(),
    devices: fc.array(
      fc.record({
        name: fc.constantFrom(...(WORDS[encoding] ?? [])),
        note: fc.constantFrom('', 'a,b;c', 'say "x"', 'two\nlines', 'tab\there'),
      }),
      { minLength: 12, maxLength: 40 },
    ),
  }),
)

test('a list that is written in any of them is read as it was written', async () => {
  await fc.assert(
    fc.asyncProperty(
      list,
      async ({
        encoding,
        hasMark,
        delimiter,
        header,
        newline,
        quotesAll,
        saysSeparator,
        isCompressed,
        devices,
      }) => {
        const quoted = (value: string) =>
          quotesAll || /["\n\r,;\t]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value
        const expected = devices.map(({ name, note }, n) => ({
          address: token(n),
          externalId: `${name} ${n}`,
          attributes: JSON.stringify({ note }),
        }))
        const rows = [
          header,
          ...expected.map((each) => [each.address, each.externalId, 'ios', each.attributes]),
        ]
        const text = rows.map((row) => row.map(quoted).join(delimiter) + newline).join('')
        const separator = saysSeparator ? `sep=${delimiter}${newline}` : ''
        const plain = iconv.encode(
          `${hasMark ? '\ufeff' : ''}${separator}${text}`,
          encoding === 'euc-kr' ? 'cp949' : encoding,
        )
        const bytes = isCompressed ? gzipSync(plain) : plain
        const unclear = await check(bytes).then(
          () => undefined,
          (error: { code?: string }) => error.code,
        )
        expect([undefined, 'encoding_unclear']).toContain(unclear)
        const stated = unclear === undefined ? undefined : encoding
        if (stated !== undefined) expect(stated).not.toMatch(/^utf/)
        const { found, rejected } = await check(bytes, { encoding: stated })
        expect([found.encoding, found.delimiter, rejected]).toEqual([encoding, delimiter, 0])
        expect((await read(bytes, stated)).devices).toMatchObject(expected)
      },
    ),
    { numRuns: 25 },
  )
}, 300_000)

test.each([
  ['CP949', 'euc-kr'],
  ['ks_c_5601-1987', 'euc-kr'],
  ['SJIS', 'shift_jis'],
  ['ISO-8859-1', 'windows-1252'],
  ['cp1251', 'windows-1251'],
  ['UTF8', 'utf-8'],
  ['klingon', undefined],
])('the charset %s is %s', (name, encoding) => {
  expect(encodingNamed(name)).toBe(encoding)
})
