/** What spreadsheets, databases and other services write, beyond the standard of CSV and JSON. */
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { readColumnMap } from '../../../src/audience/import/column-map.ts'
import { check, read, token } from './read-list.ts'

const HEAD = 'token,externalId,platform'

describe('the header', () => {
  test.each([
    ['a title', 'Devices of 2026\n'],
    ['a title and empty cells', 'Devices, 2026,\n,,\n'],
    ['a comment', '# exported 2026-11-01; 2 rows\n#\n'],
    ['an empty row', ',,\n'],
    ['empty lines', '\n \n'],
  ])('is found below %s, and lines keep their numbers', async (_, above) => {
    const report = await check(`${above}${HEAD}\n${token(1)},m1,ios\nNULL,m2,ios\n`)
    expect(report).toMatchObject({ accepted: 1, rejected: 1, problems: [], lines: 2 })
    expect(report.rejectedLines[0]?.line).toBe(above.split('\n').length + 2)
  })

  test('is the first line where no other names all that is needed', async () => {
    for (const above of ['', '\n', ',,\n']) {
      const report = await check(`${above}kunde,handy,art\ntoken,externalId,note\n`)
      expect(report.found.columns.map(({ name }) => name)).toEqual(['kunde', 'handy', 'art'])
    }
  })

  test.each([
    ['German', 'Token;Benutzer-ID;Plattform;Sprache;Abgemeldet', `${token(1)};m1;Android;Deutsch;WAHR`],
    ['Japanese', 'トークン,会員ID,プラットフォーム,言語,配信停止', `${token(1)},m1,アンドロイド,日本語,はい`],
    ['CleverTap', 'Push Token,Identity,OS,Locale,opt_out', `${token(1)},m1,Android,de,1`],
    ['Leanplum', 'userId,token,devicePlatform,language,optedOut', `m1,${token(1)},Android OS,de,true`],
  ])('is known in %s', async (_, header, row) => {
    const { devices } = await read(`${header}\n${row}\n`)
    expect(devices).toMatchObject([{ externalId: 'm1', platform: 'android', optedOut: true }])
    expect(devices[0]?.locale).not.toBeNull()
  })
})

describe('rows', () => {
  test('without the empty columns at their end, which Excel leaves out, are read', async () => {
    const { devices } = await read(
      `${HEAD},locale,note\n${token(1)},m1,ios,ko,x\n${token(2)},m2,ios,ko\n${token(3)},m3,ios\n`,
    )
    expect(devices.map(({ locale }) => locale)).toEqual(['ko', 'ko', null])
  })

  test('are not read where an opt-out, or who it is about, may be what they lack', async () => {
    const report = await check(
      `${HEAD},note,optedOut\n${token(1)},m1,ios,two lines\nof text,true\n${token(2)},m2\n`,
    )
    expect(report).toMatchObject({ accepted: 0, rejected: 3 })
    expect(new Set(report.rejectedLines.map(({ code }) => code))).toEqual(new Set(['invalid_csv']))
  })

  test('with quotes behind backslashes are read, and those of the standard beside them', async () => {
    const rows = [
      `${token(1)},m1,ios,"{\\"a\\":\\"x, y\\"}"`,
      `${token(2)},m2,ios,"{""a"":""C:\\\\""}"`,
      `${token(3)},m3,ios,"{}"`,
    ]
    const { devices } = await read(`${HEAD},attributes\n${rows.join('\n')}\n`)
    expect(devices.map(({ attributes }) => attributes)).toEqual(['{"a":"x, y"}', '{"a":"C:\\\\"}', '{}'])
  })

  test('with broken quotes cost no more than others', async () => {
    const broken = Array.from({ length: 100_000 }, (_, n) => `"a,m${n},ios\n`).join('')
    const before = process.cpuUsage()
    expect((await check(`${HEAD}\n${broken}`)).rejected).toBe(100_000)
    const { user } = process.cpuUsage(before)
    // Asking a parser about each took 17 s.
    expect(user / 1e6).toBeLessThan(6)
  })
})

describe('consent', () => {
  const saysOf = async (column: string, words: readonly string[]) => {
    const rows = words.map((word, n) => `${token(n)},m${n},ios,${word}\n`)
    const { devices } = await read(`${HEAD},${column}\n${rows.join('')}`)
    return devices.map(({ externalId, optedOut }) => [words[Number(externalId.slice(1))], optedOut])
  }

  test('is read from the words that a column of consent has', async () => {
    const wants = ['동의', '동의함', '수신', 'O', '○', 'Ｙ', 'Subscribed', 'opted_in', '同意する']
    const refuses = [
      '미동의',
      '동의 안함',
      '거부',
      '수신거부',
      'X',
      '×',
      'Unsubscribed',
      'opted-out',
      '不同意',
    ]
    expect(await saysOf('수신동의', [...wants, ...refuses])).toEqual([
      ...wants.map((word) => [word, false]),
      ...refuses.map((word) => [word, true]),
    ])
  })

  test('is not read from an answer to another question, or from a mark that may mean either', async () => {
    expect(await saysOf('optedOut', ['거부', '수신', 'unsubscribed', '동의', '미동의', 'X', 'x'])).toEqual([
      ['거부', true],
      ['수신', false],
      ['unsubscribed', true],
    ])
    expect(await saysOf('수신거부', ['O', 'X'])).toEqual([
      ['O', true],
      ['X', false],
    ])
  })

  test('has the time that a Korean spreadsheet shows', async () => {
    const rows = [
      '2026-01-31 오전 9:00',
      '2026-01-31 오후 9:05:30',
      '2026-01-31 오전 12:00',
      '2026-01-31 오후 12:30',
    ]
    const { devices } = await read(
      `${HEAD},수신동의,동의일시\n${rows.map((at, n) => `${token(n)},m${n},ios,Y,${at}\n`).join('')}`,
    )
    expect(devices.map(({ consentAt }) => consentAt?.slice(11, 19))).toEqual([
      '09:00:00',
      '21:05:30',
      '00:00:00',
      '12:30:00',
    ])
  })
})

describe('JSON without what is needed', () => {
  test.each([
    ['an object around the list', `{"data":[{"token":"${token(1)}","externalId":"m1","platform":"ios"}]}`],
    ['another service’s names', `{"$distinct_id":"m1","$token":"${token(1)}"}\n`.repeat(3)],
  ])('%s is a problem of the whole file', async (_, file) => {
    const { problems } = await check(file)
    expect(problems).toEqual([{ code: 'missing', names: ['address', 'externalId', 'platform'] }])
  })

  test('can be mapped, also where the first objects lack the name', async () => {
    const map = readColumnMap('gerät:address')
    const file = `${`{"externalId":"m","platform":"ios"}\n`.repeat(30)}{"gerät":"${token(1)}","externalId":"m1","platform":"ios"}\n`
    expect(await check(file, { map })).toMatchObject({ problems: [], accepted: 1, rejected: 30 })
  })
})

test('a file that is compressed twice is refused by name', async () => {
  const twice = gzipSync(gzipSync(`${HEAD}\n${token(1)},m1,ios\n`))
  await expect(check(twice)).rejects.toMatchObject({
    code: 'unsupported_media_type',
    message: expect.stringContaining('gzip twice'),
  })
})
