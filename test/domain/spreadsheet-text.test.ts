import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromSpreadsheet, toImport, toSpreadsheet } from '../../src/domain/spreadsheet-text.ts'

describe('what a spreadsheet would run or change gets a quote', () => {
  test.each([
    // formulas
    ...['=1+1', '+821012345678', '-1', '@x', '\tx', '\rx', '\nx', '＝1+1', "=cmd|' /C calc'!A0"],
    // numbers that come back as others
    ...[
      '00123',
      '0012',
      '123456789012',
      '12345678901234567890',
      '1E5',
      '1e10',
      '1.10',
      '.5',
      '5.',
      '1,000',
      '10%',
    ],
    ...['$5', '₩5,000', '(5)', '1 1/2', '００１２', '１２３'],
    // dates and times
    ...[
      '2026-01-31',
      '1/2',
      '1-2',
      '31.12.2026',
      '9:30',
      '9:30 am',
      '9 p',
      'MAR1',
      'Mar-1',
      '1-Dec-26',
      'sept 7',
    ],
    ...['5 January 2026', '2026년 1월 2일', '1월2일', '오전 9시', '1月2日', '下午3時'],
    // words
    ...['TRUE', 'false', '#N/A', '#REF!'],
  ])('%j', (text) => {
    expect(toSpreadsheet(text)).toBe(`'${text}`)
    expect(fromSpreadsheet(`'${text}`)).toBe(text)
  })
})

describe('everything else stays as it is', () => {
  test.each([
    ...[
      '',
      '0',
      '7',
      '12345678901',
      'user-1',
      'm1',
      'a=1',
      'x00123',
      'mary1',
      'marathon',
      'decade 5',
      '1a2b',
    ],
    ...[
      '김철수',
      '회원1',
      '일',
      '월요일',
      "O'Neill",
      "'",
      "'abc",
      "'5",
      '{"plan":"gold"}',
      'ko-KR',
      'Asia/Seoul',
    ],
    ...['2026-01-31T09:00:00.000Z', 'fX3k:APA91bGx', '…ken-m1-1', '550e8400-e29b-41d4-a716-446655440000'],
  ])('%j', (text) => {
    expect(toSpreadsheet(text)).toBe(text)
    expect(fromSpreadsheet(text)).toBe(text)
  })
})

describe('a formula after a separator of another country gets a quote of its own', () => {
  test.each([
    ['x;=1+1', "x;'=1+1"],
    ["x; =cmd|' /C calc'!A0;y", "x; '=cmd|' /C calc'!A0;y"],
    ['x;"=1', `x;"'=1`],
    ['a\t@x', "a\t'@x"],
    ['a；＝1', "a；'＝1"],
    ["x;'=1", "x;''=1"],
    ['=1;=2', "'=1;'=2"],
  ])('%j', (text, safe) => {
    expect(toSpreadsheet(text)).toBe(safe)
    expect(fromSpreadsheet(safe)).toBe(text)
  })
})

test('a text that has a quote of its own in front comes back with it', () => {
  for (const text of ["'=1", "''00123", "'2026-01-31", "'''TRUE"]) {
    expect(toSpreadsheet(text)).toBe(`'${text}`)
    expect(fromSpreadsheet(toSpreadsheet(text))).toBe(text)
  }
})

test('for the import alone, only what it would take a quote from gets one', () => {
  for (const text of ['=1', '00123', "'abc", "'5"]) expect(toImport(text)).toBe(text)
  expect(toImport("'00123")).toBe("''00123")
})

test('a text with a quote before a sign, behind a separator, comes back from a file for the import', () => {
  for (const text of ["\t'-", ";'=1", "x;'=1", "'x;'=1"]) expect(fromSpreadsheet(toImport(text))).toBe(text)
})

test('whatever goes out comes back', () => {
  const piece = fc.constantFrom(
    "'",
    '=',
    ';',
    '＝',
    '0',
    '1',
    '-',
    '/',
    'E',
    'mar',
    '월',
    '오전',
    'true',
    'x',
    ' ',
    '\t',
    '０',
    '김',
  )
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(piece).map((pieces) => pieces.join('')),
  )
  fc.assert(fc.property(text, (value) => fromSpreadsheet(toSpreadsheet(value)) === value))
  fc.assert(fc.property(text, (value) => fromSpreadsheet(toImport(value)) === value))
})

test('a long field is judged in no time', () => {
  for (const unit of ['1', "'", '월', 'e', '-', 'mar', ' ']) {
    const startedAt = performance.now()
    toSpreadsheet(`${unit.repeat(50_000)}x`)
    expect(performance.now() - startedAt).toBeLessThan(100)
  }
})
