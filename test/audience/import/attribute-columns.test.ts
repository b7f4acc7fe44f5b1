/** Columns that are one attribute of the member each: what comes of their values, beside all attributes as JSON and alone. */
import { describe, expect, test } from 'vitest'
import { readColumnMap } from '../../../src/audience/import/column-map.ts'
import { check, read, token } from './read-list.ts'

const HEAD = 'token,externalId,platform'
const GRADES = readColumnMap('등급:attributes.grade,지역:attributes.지역')

async function attributesOf(file: string, map: string): Promise<unknown[]> {
  const { devices } = await read(file, undefined, readColumnMap(map))
  return devices.map(({ attributes }) => (attributes === null ? null : JSON.parse(attributes)))
}

describe('of a CSV list', () => {
  test('are texts; without a value the attribute is left out, and without any nothing is said of attributes', async () => {
    const rows = [
      `${token(1)},m1,ios,VIP ,서울`,
      `${token(2)},m2,ios,,007`,
      `${token(3)},m3,ios,NULL,`,
      `${token(4)},m4,ios`,
      `${token(5)},m5,ios,"=""0012""",부산`,
      // As a Mac writes it.
      `${token(6)},m6,ios,,${'대구'.normalize('NFD')}`,
    ]
    const file = `${HEAD},등급,지역\n${rows.join('\n')}\n`
    const { devices } = await read(file, undefined, GRADES)
    expect(devices.map(({ attributes }) => attributes)).toEqual([
      '{"grade":"VIP","지역":"서울"}',
      '{"지역":"007"}',
      null,
      null,
      '{"grade":"0012","지역":"부산"}',
      '{"지역":"대구"}',
    ])
    expect(await check(file, { map: GRADES })).toMatchObject({
      accepted: 6,
      droppedCounts: [],
      found: {
        ignored: [],
        columns: [
          {},
          {},
          {},
          { name: '등급', field: 'attributes', attribute: 'grade' },
          { attribute: '지역' },
        ],
      },
    })
  })

  test('take precedence over the same name in a column with all of them; what has no value there stays', async () => {
    const rows = [
      `${token(1)},m1,ios,"{""grade"":""old"",""age"":7}",new`,
      `${token(2)},m2,ios,"{""grade"":""old""}",`,
      `${token(3)},m3,ios,,new`,
    ]
    const file = `${HEAD},attributes,등급\n${rows.join('\n')}\n`
    expect(await attributesOf(file, '등급:attributes.grade')).toEqual([
      { grade: 'new', age: 7 },
      { grade: 'old' },
      { grade: 'new' },
    ])
  })

  test('do not replace what is stored with a part, where all of them cannot be read', async () => {
    const file = `${HEAD},attributes,등급\n${token(1)},m1,ios,{broken,VIP\n`
    const report = await check(file, { map: readColumnMap('등급:attributes.grade') })
    expect(report).toMatchObject({ accepted: 1, droppedCounts: [{ field: 'attributes', lines: 1 }] })
    expect(report.droppedLines[0]?.value).toContain('{broken')
    expect(await attributesOf(file, '등급:attributes.grade')).toEqual([null])
  })

  test('that are too long together are left out of their line alone', async () => {
    const rows = [
      `${token(1)},m1,ios,${'가'.repeat(2_000)},${'나'.repeat(1_000)}`,
      `${token(2)},m2,ios,${'가'.repeat(2_000)},나`,
    ]
    const report = await check(`${HEAD},등급,지역\n${rows.join('\n')}\n`, { map: GRADES })
    expect(report.accepted).toBe(2)
    expect(report.droppedLines.map(({ line, code, field }) => [line, code, field])).toEqual([
      [2, 'invalid_attributes', 'attributes'],
    ])
  })

  test('have any name, also one of JavaScript’s', async () => {
    const file = `${HEAD},a,b,c,attributes\n${token(1)},m1,ios,1,2,3,"{""toString"":4}"\n`
    const map = 'a:attributes.__proto__,b:attributes.constructor,c:attributes.toString'
    const { devices } = await read(file, undefined, readColumnMap(map))
    expect(devices[0]?.attributes).toBe('{"toString":"3","__proto__":"1","constructor":"2"}')
    expect(({} as Record<string, unknown>).constructor).toBe(Object)
  })

  test('that are the same attribute are a problem, and a known column may be one too', async () => {
    const file = `${HEAD},등급,지역,language\n${token(1)},m1,ios,VIP,서울,ko\n`
    const twice = await check(file, { map: readColumnMap('등급:attributes.x,지역:attributes.x') })
    expect(twice.problems).toEqual([{ code: 'twice', names: ['등급', '지역'] }])
    expect(await attributesOf(file, 'language:attributes.language')).toEqual([{ language: 'ko' }])
  })

  test('are added to those that another service’s export has', async () => {
    const file = `identifier,device_type,external_user_id,tags,badge_count\n${token(1)},1,m1,"{""a"":""1"",""b"":""2""}",7\n`
    expect(await attributesOf(file, 'badge_count:attributes.b')).toEqual([{ a: '1', b: '7' }])
    const twice = await check(file, {
      map: readColumnMap('badge_count:attributes.b,identifier:attributes.b'),
    })
    expect(twice.problems).toContainEqual({ code: 'twice', names: ['identifier', 'badge_count'] })
  })
})

describe('of a JSON list', () => {
  const lines = (objects: object[]) =>
    objects.map((each, n) =>
      JSON.stringify({ token: token(n), externalId: `m${n}`, platform: 'ios', ...each }),
    )
  const objects = [
    { 등급: 'VIP', points: 1250.5, tags: ['a'] },
    { 등급: null, points: 0, vip: false },
    { 등급: '', points: 'NULL' },
    { Points: 9, points: 8 },
  ]
  const map = '등급:attributes.grade,points:attributes.points,tags:attributes.tags,vip:attributes.vip'
  const expected = [
    { grade: 'VIP', points: 1250.5, tags: ['a'] },
    { points: 0, vip: false },
    null,
    { points: 9 },
  ]

  test('are the values of JSON, in NDJSON and in an array', async () => {
    expect(await attributesOf(lines(objects).join('\n'), map)).toEqual(expected)
    expect(await attributesOf(`[${lines(objects).join(',')}]`, map)).toEqual(expected)
  })

  test('that cannot be stored are left out of their line alone', async () => {
    const file = lines([{ 등급: 'V\0P' }, { 등급: 'V' }]).join('\n')
    const report = await check(file, { map: readColumnMap(map) })
    expect(report).toMatchObject({ accepted: 2, droppedCounts: [{ field: 'attributes', lines: 1 }] })
    expect(await attributesOf(file, map)).toEqual([null, { grade: 'V' }])
  })

  test('do not change what an id that is a number is', async () => {
    const file = `{"token":"${token(1)}","externalId":9007199254740993,"platform":"ios","n":7}\n`
    const { devices } = await read(file, undefined, readColumnMap('n:attributes.n'))
    expect(devices[0]).toMatchObject({ externalId: '9007199254740993', attributes: '{"n":7}' })
  })

  test('are added to those of an export', async () => {
    const file = `${JSON.stringify({
      external_id: 'm1',
      first_name: 'Ada',
      custom_attributes: { tier: 1 },
      push_tokens: [{ token: token(1), platform: 'Android' }],
    })}\n`
    expect(await attributesOf(file, 'first_name:attributes.name')).toEqual([{ tier: 1, name: 'Ada' }])
  })
})

describe('the map', () => {
  test.each([
    ['a\\,b:attributes.c\\,d', 'a,b', 'c,d'],
    ['a\\\\:attributes.c\\\\', 'a\\', 'c\\'],
    ['a\\:b:attributes.c\\:d', 'a:b', 'c:d'],
    ['a:b:attributes.c', 'a:b', 'c'],
    ['a\\b:attributes.c\\d', 'a\\b', 'c\\d'],
    [' a : Attributes. c ', 'a', 'c'],
    ['a:attributes.attributes.x', 'a', 'attributes.x'],
    // Decomposed, and with a character that nobody sees.
    [`a:attributes.${'등급'.normalize('NFD')}\u200b`, 'a', '등급'],
  ])('%s', (text, theirs, attribute) => {
    expect([...readColumnMap(text)]).toEqual([[theirs, { field: 'attributes', attribute }]])
  })

  test.each([
    'a:attributes.',
    'a:attributes.\u200b',
    'a:attributes.x\0',
    'a:attributes.x:y',
    ':attributes.x',
    'a\\:x',
  ])('%j is refused with how it is written', (text) => {
    expect(() => readColumnMap(text)).toThrow(/"attributes\.NAME" for an attribute/)
  })

  test('knows a long column by the beginning that the report shows', async () => {
    const name =
      '귀하께서 지난 1년 동안 가장 자주 구매하신 상품의 분류와 그 분류를 다른 분류보다 먼저 선택하신 이유를 하나도 빠짐없이 모두 알려 주십시오'
    const file = `${HEAD},${name}\n${token(1)},m1,ios,책\n`
    const shown = (await check(file)).found.ignored[0] ?? ''
    expect([shown.length < name.length, shown.endsWith('…')]).toEqual([true, true])
    expect(await attributesOf(file, `${shown}:attributes.이유`)).toEqual([{ 이유: '책' }])
    expect((await check(file, { map: readColumnMap(`${shown}:-`) })).problems).toEqual([])
  })
})
