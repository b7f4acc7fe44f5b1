import { describe, expect, test } from 'vitest'
import { format as en } from '../../console/src/text/en/format.ts'
import { format as ko } from '../../console/src/text/ko/format.ts'

describe('numbers', () => {
  test('have separators in both languages', () => {
    expect(en.number(1_234_567)).toBe('1,234,567')
    expect(ko.number(10_000_000)).toBe('10,000,000')
    expect(en.number(0)).toBe('0')
  })

  test('a rate has a digit after the point below a hundred, and none above', () => {
    expect(en.rate(9.84)).toBe('9.8')
    expect(en.rate(0)).toBe('0')
    expect(en.rate(9_812.3)).toBe('9,812')
  })
})

describe('shares', () => {
  test('two of ten million are not 0 %, and all but two are not 100 %', () => {
    expect(en.percent(2, 10_000_000)).toBe('<0.1%')
    expect(en.percent(9_999_998, 10_000_000)).toBe('>99.9%')
  })

  test('what lies just inside the bounds is rounded to what it is', () => {
    expect(en.percent(1, 1_000)).toBe('0.1%')
    expect(en.percent(99, 100_000)).toBe('<0.1%')
    expect(en.percent(999, 1_000)).toBe('99.9%')
    expect(en.percent(614, 1_000)).toBe('61.4%')
  })

  test('all and nothing are said as such, and nothing of nothing is nothing', () => {
    expect(en.percent(7, 7)).toBe('100%')
    expect(en.percent(0, 7)).toBe('0%')
    expect(en.percent(0, 0)).toBe('0%')
  })
})

describe('durations', () => {
  test.each([
    [0.4, 'less than 1 s', '1초 미만'],
    [1, '1 s', '1초'],
    [59.6, '1 min', '1분'],
    [76, '1 min 16 s', '1분 16초'],
    [3_600, '1 h', '1시간'],
    [3_660, '1 h 1 min', '1시간 1분'],
    [3_601, '1 h', '1시간'],
    [90_000, '1 d 1 h', '1일 1시간'],
  ])('%d seconds are the two largest units that are not nothing', (seconds, english, korean) => {
    expect(en.duration(seconds)).toBe(english)
    expect(ko.duration(seconds)).toBe(korean)
  })
})

describe('times', () => {
  const time = '2026-11-21T05:00:01.000Z'

  test('the exact time names its zone', () => {
    const said = en.exactTime(time)
    expect(said).toMatch(/^Nov 2[01], 2026, \d\d:\d\d:01 (UTC|GMT|[A-Z]{2,5}).*$/)
    expect(ko.exactTime(time)).toMatch(/^2026년 11월 2[01]일 \d\d:\d\d:01 /)
  })

  test('midnight is 00, not 24', () => {
    const midnight = new Date(2026, 10, 21, 0, 0, 5)
    expect(en.clock(midnight)).toBe('00:00:05')
    expect(ko.clock(midnight)).toMatch(/^00:00:05$/)
  })
})
