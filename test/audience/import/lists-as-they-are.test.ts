/** Lists as people really have them, made up after reports in public: what becomes of each kind. */
import { gzipSync } from 'node:zlib'
import iconv from 'iconv-lite'
import { describe, expect, test } from 'vitest'
import { readColumnMap } from '../../../src/audience/import/column-map.ts'
import { check, read, token } from './read-list.ts'

const HEAD = 'token,externalId,platform'
const codesOf = async (file: string | Buffer) =>
  (await check(file)).rejectedLines.map(({ line, code }) => [line, code])
const idsOf = async (file: string | Buffer) => (await read(file)).devices.map(({ externalId }) => externalId)

describe('encodings', () => {
  const korean = `token,externalId,platform,locale,attributes\r\n${token(1)},김철수,android,ko,"{""등급"":""우수""}"\r\n${token(2)},lee02,ios,ko,"{""등급"":""일반""}"\r\n`

  test.each([
    ['UTF-8', Buffer.from(korean), 'utf-8'],
    ['UTF-8 with its mark', Buffer.from(`\ufeff${korean}`), 'utf-8'],
    ['UTF-16 as Excel’s “Unicode text”', Buffer.from(`\ufeff${korean}`, 'utf16le'), 'utf-16le'],
    ['UTF-16 without a mark', Buffer.from(korean, 'utf16le'), 'utf-16le'],
    ['UTF-16 the other way round', iconv.encode(korean, 'utf-16be'), 'utf-16be'],
    ['what Korean Excel saves', iconv.encode(korean, 'cp949'), 'euc-kr'],
  ])('%s is told', async (_, bytes, encoding) => {
    expect((await check(bytes)).found.encoding).toBe(encoding)
    const { devices } = await read(bytes)
    expect(devices[0]).toMatchObject({ externalId: '김철수', attributes: '{"등급":"우수"}' })
    expect(devices).toHaveLength(2)
  })

  test.each([
    ['shift_jis', '田中太郎,東京'],
    ['windows-1252', 'Jürgen Groß,Köln'],
    ['windows-1250', 'Dvořák,Plzeň'],
    ['windows-1251', 'Москва,Санкт-Петербург'],
    ['gb18030', '张伟明,北京市海淀区'],
    ['big5', '陳大文,台北市信義區'],
  ])('%s is told by little text', async (encoding, text) => {
    const file = iconv.encode(`${HEAD},city\n${token(1)},${text.replace(',', ',ios,')}\n`, encoding)
    const report = await check(file)
    expect(report.found).toMatchObject({ encoding, encodingBy: 'content' })
    expect(await idsOf(file)).toEqual([text.split(',')[0]])
  })

  test('that cannot be told are refused with what they may be, and taken when stated', async () => {
    const file = iconv.encode(`${HEAD}\n${token(1)},Çağrı,ios\n`, 'windows-1254')
    await expect(check(file)).rejects.toMatchObject({ code: 'encoding_unclear', status: 400 })
    const report = await check(file, { encoding: 'windows-1254' })
    expect(report.found).toMatchObject({ encoding: 'windows-1254', encodingBy: 'stated' })
    expect(report.found.sample[0]?.cells[1]).toBe('Çağrı')
  })

  test.each([
    [
      'a line of it in another encoding',
      Buffer.concat([
        Buffer.from(`${HEAD}\n${token(1)},김철수,ios\n${token(2)},이영희,ios\n`),
        iconv.encode(`${token(3)},박민수,ios\n`, 'cp949'),
      ]),
      'encoding_unclear',
      'line 4',
    ],
    [
      'a mark that contradicts what was stated',
      Buffer.from(`\ufeff${HEAD}\n`, 'utf16le'),
      'encoding_unclear',
      'mark of utf-16le',
    ],
    ['an Excel workbook', Buffer.from([0x50, 0x4b, 3, 4, 0, 0]), 'unsupported_media_type', '.xlsx'],
    [
      'a table of HTML called .xls',
      Buffer.from('\ufeff\r\n<META charset="utf-8"><table><tr><td>token</td></tr></table>'),
      'unsupported_media_type',
      'web page',
    ],
    [
      'a workbook in XML',
      Buffer.from('\ufeff<?xml version="1.0"?><Workbook/>', 'utf16le'),
      'unsupported_media_type',
      'XML',
    ],
    ['bytes that are no text', Buffer.from([0, 1, 0, 0, 2, 9, 0, 7]), 'unsupported_media_type', 'not text'],
  ])('%s is refused as a whole', async (_, bytes, code, says) => {
    const encoding = says.startsWith('mark') ? ('utf-8' as const) : undefined
    const failed = await check(bytes, { encoding }).catch((error: unknown) => error)
    expect(failed).toMatchObject({ code, message: expect.stringContaining(says) })
    expect((failed as Error).message).toContain('Nothing was stored.')
  })
})

describe('dialects', () => {
  test.each([
    [
      'semicolons, as German Excel writes them',
      `\ufefftoken;externalId;platform\r\n${token(1)};m1;android\r\n`,
      ';',
    ],
    ['a line that says which', `sep=;\r\ntoken;externalId;platform\r\n${token(1)};m1;android\r\n`, ';'],
    ['tabs', `token\texternalId\tplatform\r\n${token(1)}\tm1\tandroid\r\n`, '\t'],
    ['bars', `token|externalId|platform\n${token(1)}|m1|android\n`, '|'],
    ['carriage returns alone', `${HEAD}\r${token(1)},m1,android\r`, ','],
    ['empty columns and rows at the end', `${HEAD},,\n${token(1)},m1,android,,\n,,,,\n \n,,,,\n`, ','],
    ['spaces around quotes', `${HEAD}\n"${token(1)}", "m1" ,android\n`, ','],
    ['a semicolon in a column that is not used', `${HEAD},note\n${token(1)},m1,android,a;b;c;d\n`, ','],
  ])('%s', async (_, file, delimiter) => {
    const report = await check(file)
    expect(report).toMatchObject({ lines: 1, accepted: 1, rejected: 0, found: { delimiter } })
    expect(await idsOf(file)).toEqual(['m1'])
  })

  test('compressed, whatever it is called', async () => {
    const report = await check(gzipSync(`${HEAD}\n${token(1)},m1,ios\n`))
    expect(report).toMatchObject({ accepted: 1, found: { isCompressed: true } })
  })

  test('compressed files that are damaged or unpack without end have codes of their own', async () => {
    const packed = gzipSync(
      `${HEAD}\n${Array.from({ length: 9_000 }, (_, n) => `${token(n)},m${n},ios\n`).join('')}`,
    )
    await expect(check(packed.subarray(0, packed.length - 20))).rejects.toMatchObject({
      code: 'invalid_gzip',
    })
    const bomb = gzipSync(Buffer.alloc(30_000_000, '\n'))
    await expect(check(bomb)).rejects.toMatchObject({ code: 'decompression_bomb', status: 413 })
  })

  test.each([
    ['NDJSON', (rows: object[]) => rows.map((row) => JSON.stringify(row)).join('\n'), 'ndjson'],
    ['a JSON array in one line', (rows: object[]) => JSON.stringify(rows), 'json'],
    ['a JSON array over many lines', (rows: object[]) => JSON.stringify(rows, null, 2), 'json'],
  ])('%s is told apart', async (_, write, format) => {
    const file = write([
      { token: token(1), user_id: 7, os: 'iOS', note: '],[{' },
      { token: token(2), user_id: 'm2', os: 'android' },
    ])
    const report = await check(file)
    expect(report).toMatchObject({ lines: 2, accepted: 2, found: { format, ignored: ['note'] } })
    expect(await idsOf(file)).toEqual(['7', 'm2'])
  })

  test('a quoted field goes on over lines, where the file is well quoted', async () => {
    const file = `${HEAD},attributes\n${token(1)},m1,ios,"{""note"":""a\nb""}"\n${token(2)},m2,ios,\n`
    const { devices } = await read(file)
    expect(devices.map(({ attributes }) => attributes)).toEqual(['{"note":"a\\nb"}', null])
    expect((await check(file)).rejected).toBe(0)
  })

  test.each([
    ['at the beginning', `"${token(1)},m1,ios,\n`],
    ['in the last field', `${token(1)},m1,ios,"x\n`],
  ])('a missing quote %s costs its line and no other', async (_, broken) => {
    const good = Array.from({ length: 700 }, (_, n) => `${token(n + 2)},m${n},ios,\n`)
    const closed = `${token(900)},last,ios,"{""a"":1}"\n${token(901)},x,ios,y"\n`
    const report = await check(`${HEAD},attributes\n${broken}${good.join('')}${closed}`)
    expect(report.rejectedLines.map(({ line, code }) => [line, code])).toEqual([[2, 'invalid_csv']])
    expect(report.accepted).toBe(702)
  })
})

describe('columns', () => {
  test.each([
    'user_id,registration_token,os',
    'User ID,FCM Token,OS',
    'EXTERNAL_ID,Device-Token,PLATFORM',
    'memberId,pushToken,device_platform',
    '회원번호,토큰,플랫폼',
    '회원 아이디,기기토큰,운영체제',
    '고객 ID,기기 토큰,OS 구분',
    '유저ID,디바이스 토큰,OS',
    '회원번호,FCM 토큰,플랫폼',
    '회원번호,FCM 등록 토큰,단말 OS',
    '회원번호,앱토큰,플랫폼',
    '회원번호,단말기 토큰,플랫폼',
    '회원번호,푸쉬 토큰,플랫폼',
  ])('%s are known', async (header) => {
    expect(await check(`${header}\n7,${token(1)},Android\n`)).toMatchObject({ accepted: 1, problems: [] })
  })

  test('that are not known are ignored and named, or mapped', async () => {
    const file = `kunde,handy,art,email\nm1,${token(1)},ios,a@example.com\n`
    expect(await check(file)).toMatchObject({
      accepted: 0,
      problems: [{ code: 'missing', names: ['address', 'externalId', 'platform'] }],
      found: { ignored: ['kunde', 'handy', 'art', 'email'] },
    })
    const map = readColumnMap('kunde:externalId,handy:address,art:platform')
    expect(await check(file, { map })).toMatchObject({
      accepted: 1,
      problems: [],
      found: { ignored: ['email'] },
    })
    const wrong = readColumnMap('konto:externalId')
    expect((await check(file, { map: wrong })).problems).toContainEqual({
      code: 'unknown_mapping',
      names: ['konto'],
    })
    expect(() => readColumnMap('kunde:shoeSize')).toThrow(/expected "theirs:ours"/)
  })

  test('an installation id beside a token takes its place, and consent may be stated the other way round', async () => {
    const { devices } = await read(
      `fid,fcm_token,user_id,os,수신동의\ncFidFidFidFidFidFid_-1,${token(1)},m1,ios,N\n,${token(2)},m2,ios,예\n`,
    )
    expect(devices).toMatchObject([
      { address: 'cFidFidFidFidFidFid_-1', kind: 'fid', replaces: token(1), optedOut: true },
      { address: token(2), kind: 'token', replaces: null, optedOut: false },
    ])
  })
})

describe('values', () => {
  test.each([
    ['spaces', ['user7 ', ' user7', 'user7\u00a0', 'user7\u3000'], 'user7'],
    ['characters that nobody sees', ['us\u200ber7', '\ufeffuser7', 'user7\u200e', 'us\u00ader7'], 'user7'],
    ['two ways to write the same letters', ['김하늘', '김하늘'.normalize('NFD')], '김하늘'],
    ['how spreadsheets keep digits', ['"=""00123"""', '00123'], '00123'],
  ])('%s do not make two members of one', async (_, ids, id) => {
    const found = await idsOf(`${HEAD}\n${ids.map((each, n) => `${token(n)},${each},ios\n`).join('')}`)
    expect(new Set(found)).toEqual(new Set([id]))
    expect(found).toHaveLength(ids.length)
  })

  test('words for nothing and rounded numbers are no ids and no addresses', async () => {
    const words = [
      'NULL',
      'null',
      '\\N',
      'None',
      'undefined',
      'NaN',
      '-',
      'N/A',
      '#N/A',
      '(null)',
      '########',
    ]
    const ruined = ['1.23457E+11', '1,23457E+11', '9.00720E+15']
    const rows = [...words, ...ruined.map((each) => `"${each}"`)].map((id, n) => `${token(n)},${id},ios\n`)
    expect(await codesOf(`${HEAD}\n${rows.join('')}NULL,m1,ios\n`)).toEqual([
      ...words.map((_, n) => [n + 2, 'empty_word']),
      ...ruined.map((_, n) => [words.length + n + 2, 'ruined_number']),
      [words.length + ruined.length + 2, 'empty_word'],
    ])
  })

  test.each([
    ['expo_token', 'ExponentPushToken[abcdefghijklmnopqrstuv]'],
    ['expo_token', 'ExpoPushToken[abcdefghijklmnopqrstuv]'],
    ['apns_token', 'a1b2c3d4'.repeat(8)],
    ['apns_token', 'A1B2C3D4'.repeat(8)],
    ['apns_token', '<a1b2c3d4 a1b2c3d4 a1b2c3d4>'],
    ['push_url', 'https://fcm.googleapis.com/fcm/send/abc'],
    ['push_url', 'https://updates.push.services.mozilla.com/wpush/v2/gAAA'],
    ['encoded_address', token(1).replace(':', '%3A')],
    ['quoted_address', `'${token(1)}'`],
    ['quoted_address', `"""${token(1)}"""`],
    ['uuid_address', '6f1c0000-0000-4000-8000-000000000001'],
    ['invalid_address', `${token(1).slice(0, 120)} ${token(1).slice(120)}`],
  ])('%s: %s', async (code, address) => {
    const report = await check(`${HEAD}\n${address},m1,ios\n`)
    expect(report.rejectedLines).toMatchObject([{ line: 2, code, field: 'address' }])
  })

  test('a fault of an address is named where it is', async () => {
    const address = `${token(1).slice(0, 120)} x`
    const [line] = (await check(`${HEAD}\n${address},m1,ios\n`)).rejectedLines
    expect(line?.reason).toContain('" " at character 121 of 122')
  })

  test('an address is trimmed, and one in quotes of CSV is not in quotes', async () => {
    const { devices } = await read(
      `${HEAD}\n${token(1)} ,m1,ios\n "${token(2)}",m2,ios\n\u200b${token(3)},m3,ios\n`,
    )
    expect(devices.map(({ address }) => address)).toEqual([token(1), token(2), token(3)])
  })

  test('yes and no are read in several languages', async () => {
    const yes = ['TRUE', 'True', 'Yes', 'Y', '1', 'on', '예', 'WAHR', 'はい', 't']
    const no = ['FALSE', 'no', 'N', '0', '아니요', 'FALSCH', 'いいえ', 'f']
    const file = `${HEAD},optedOut\n${[...yes, ...no].map((word, n) => `${token(n)},m${n},ios,${word}\n`).join('')}`
    const { devices } = await read(file)
    expect(devices.map(({ optedOut }) => optedOut)).toEqual([...yes.map(() => true), ...no.map(() => false)])
  })

  test('what is neither is not taken for consent: the row is rejected', async () => {
    expect(await codesOf(`${HEAD},optedOut\n${token(1)},m1,ios,perhaps\n`)).toEqual([
      [2, 'invalid_opted_out'],
    ])
  })

  test('platforms in any case and by other names', async () => {
    const names = [
      'Android',
      'ANDROID 14',
      'aos',
      'iOS',
      ' ios',
      'iPhone',
      'iPadOS 17.2',
      'WEB',
      'Chrome',
      '안드로이드',
      '아이폰',
    ]
    const { devices } = await read(
      `${HEAD}\n${names.map((name, n) => `${token(n)},m${n},${name}\n`).join('')}`,
    )
    expect(devices.map(({ platform }) => platform)).toEqual(
      'android android android ios ios ios ios web web android ios'.split(' '),
    )
  })

  test('an optional field that is wrong is left out and said, and the device is kept', async () => {
    const report = await check(
      `${HEAD},locale,timezone,attributes,lastSeenAt\n${token(1)},m1,ios,Klingonisch,Mars/Olympus,{plan: gold},11/01/2026\n`,
    )
    expect(report).toMatchObject({ accepted: 1, rejected: 0 })
    expect(report.droppedLines.map(({ line, field, code }) => [line, field, code])).toEqual([
      [2, 'locale', 'invalid_locale'],
      [2, 'timezone', 'invalid_timezone'],
      [2, 'attributes', 'invalid_attributes'],
      [2, 'lastSeenAt', 'invalid_last_seen_at'],
    ])
  })

  test('null is not given, and numbers are ids as they are written', async () => {
    const rows = [
      `{"token":"${token(1)}","externalId":9007199254740993,"platform":"ios","locale":null,"timezone":null,"attributes":null,"optedOut":null}`,
      `{"attributes":{"externalId":5,"n":1.50},"token":"${token(2)}","externalId":1007,"platform":"ios","locale":"NULL"}`,
      `{"token":"${token(3)}\\n","externalId":"007","platform":"ios","optedOut":0}`,
      `{"token":"${token(4)}","externalId":null,"platform":"ios"}`,
      `{"token":"${token(5)}","externalId":"","platform":"ios"}`,
    ]
    const { devices } = await read(rows.join('\n'))
    expect(devices).toMatchObject([
      { externalId: '9007199254740993', locale: null, timezone: null, attributes: null, optedOut: null },
      { externalId: '1007', locale: null, attributes: '{"externalId":5,"n":1.5}' },
      { externalId: '007', address: token(3), optedOut: false },
    ])
    expect(await codesOf(rows.join('\n'))).toEqual([
      [4, 'invalid_external_id'],
      [5, 'invalid_external_id'],
    ])
  })

  test('somebody who opted out has, although the device cannot be used', async () => {
    const file = `${HEAD},optedOut\nExponentPushToken[abcdefghijklmnopqrstuv],m1,ios,true\nExponentPushToken[abcdefghijklmnopqrstuw],m2,ios,false\n`
    expect((await read(file)).members).toMatchObject([{ externalId: 'm1', optedOut: true }])
    expect(await check(file)).toMatchObject({ rejected: 2, membersKept: 1 })
  })
})

describe('plausibility', () => {
  test('an id on many lines is warned of, with how many', async () => {
    const rows = Array.from(
      { length: 3_000 },
      (_, n) => `${token(n)},${n % 60 === 0 ? 'guest' : `m${n}`},ios\n`,
    )
    const { warnings } = await check(`${HEAD}\n${rows.join('')}`)
    expect(warnings).toMatchObject([{ code: 'repeated_external_id', value: 'guest', lines: 50 }])
  })

  test('so is an address, and a family’s devices are not', async () => {
    const rows = Array.from({ length: 40 }, (_, n) => `${token(n % 5 === 0 ? 0 : n)},m${n >> 2},ios\n`)
    const { warnings } = await check(`${HEAD}\n${rows.join('')}`)
    expect(warnings).toMatchObject([{ code: 'repeated_address', lines: 8 }])
  })

  test('a report stays small, whatever the file holds', async () => {
    const long = Array.from({ length: 300 }, (_, n) => `column ${n} ${'x'.repeat(300)}`).join(',')
    const rows = `"${'가'.repeat(2_000)}",,ios\n`.repeat(3_000)
    const report = await check(`${HEAD},${long}\n${rows}`)
    expect(Buffer.byteLength(JSON.stringify(report))).toBeLessThan(600_000)
  })
})
