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

test('a duration below a second is not "about less than" one', () => {
  expect(en.aboutDuration(0.4)).toBe('less than 1 s')
  expect(en.aboutDuration(76)).toBe('about 1 min 16 s')
  expect(ko.aboutDuration(0.4)).toBe('1초 미만')
  expect(ko.aboutDuration(300)).toBe('약 5분')
})

test('bytes have a name in both languages', () => {
  expect(ko.bytes(303)).toBe('303바이트')
  expect(en.bytes(303)).toBe('303 bytes')
  expect(en.bytes(1_234_567)).toBe('1.2 MB')
})

describe('times', () => {
  const time = '2026-11-30T01:00:05.000Z'
  const thisYear = new Date().getFullYear()
  const inThisYear = `${thisYear}-11-30T01:00:05.000Z`
  const weekday = '일월화수목금토'[new Date(inThisYear).getUTCDay()]

  test('in English have the year and 24 hours', () => {
    expect(en.dateTime(time, 'Asia/Seoul')).toBe('Nov 30, 2026, 10:00')
    expect(en.dateTime(time, 'America/New_York')).toBe('Nov 29, 2026, 20:00')
    expect(en.inZone(time, 'UTC')).toBe('Mon, Nov 30, 2026, 01:00 UTC')
  })

  test('in Korean have the weekday and 오전 or 오후, and the year only if it is another one', () => {
    expect(ko.dateTime(inThisYear, 'Asia/Seoul')).toBe(`11월 30일(${weekday}) 오전 10:00`)
    expect(ko.dateTime('2020-11-30T13:05:00.000Z', 'Asia/Seoul')).toBe('2020년 11월 30일(월) 오후 10:05')
    expect(ko.timeOfDay(time, 'Asia/Seoul')).toBe('오전 10:00')
  })

  test('in Korean name the zone only outside of Korea', () => {
    expect(ko.inZone(inThisYear, 'Asia/Seoul')).toBe(`11월 30일(${weekday}) 오전 10:00`)
    expect(ko.inZone(inThisYear, 'UTC')).toBe(`11월 30일(${weekday}) 오전 1:00 UTC`)
  })

  test('the exact time has seconds, and names its zone', () => {
    expect(en.exactTime(time)).toMatch(/^Nov (29|30), 2026, \d\d:\d\d:05 (UTC|GMT|[A-Z]{2,5}).*$/)
    expect(ko.exactTime(time)).toMatch(/11월 (29|30)일\([일월]\) (오전|오후) \d{1,2}:\d\d:05/)
  })

  test('midnight is hour 0 of 24, and hour 12 of 12', () => {
    const midnight = new Date(2026, 10, 21, 0, 0, 5)
    expect(en.clock(midnight)).toBe('00:00:05')
    expect(ko.clock(midnight)).toBe('오전 12:00:05')
    expect(ko.tick(midnight, true)).toBe('00:00:05')
    expect(ko.tick(midnight, false)).toBe('00:00')
  })
})

describe('times from now', () => {
  const now = new Date('2026-11-30T10:00:00Z')

  test('have one unit, before and after', () => {
    expect(en.relative('2026-11-30T09:59:40Z', now)).toBe('now')
    expect(en.relative('2026-11-30T09:55:00Z', now)).toBe('5m ago')
    expect(en.relative('2026-11-30T13:00:00Z', now)).toBe('in 3h')
    expect(ko.relative('2026-11-30T09:55:00Z', now)).toBe('5분 전')
    expect(ko.relative('2026-12-02T10:00:00Z', now)).toBe('2일 후')
    expect(ko.relative('2026-11-30T10:00:20Z', now)).toBe('1분 이내')
  })

  test('a day of a calendar is the same day in every zone', () => {
    expect(ko.calendarDay('2025-11-30')).toBe('2025년 11월 30일(일)')
    expect(en.shortDay('2026-11-01')).toBe('Nov 1')
  })
})

test('a time zone that this browser does not know is no reason to break: the reader’s is named instead', () => {
  const at = '2026-11-30T11:00:00Z'
  expect(en.inZone(at, 'Mars/Olympus')).toBe(en.inZone(at))
  expect(en.inZone(at, 'Asia/Seoul')).toContain('20:00')
})
