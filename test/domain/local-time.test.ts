import { describe, expect, test } from 'vitest'
import { firstPossible, type LocalTime, spanOf, zoneTime } from '../../src/domain/local-time.ts'
import { clockOf, isWallTime } from '../../src/domain/zoned-time.ts'

const at = (localAt: string, more: Partial<LocalTime> = {}): LocalTime => ({
  localAt,
  late: 'skip',
  unknownZone: 'default',
  defaultZone: 'Asia/Seoul',
  ...more,
})
const LONG_AGO = new Date('2000-01-01T00:00Z')
const textOf = (time: LocalTime, zone: string | null, since = LONG_AGO) => {
  const { at, code } = zoneTime(time, zone, since)
  return at === null ? code : at.toISOString().slice(0, 16)
}

describe('the instant of a zone', () => {
  test.each([
    ['Pacific/Kiritimati', '2026-12-24T06:00'],
    ['Etc/GMT-14', '2026-12-24T06:00'],
    ['Pacific/Apia', '2026-12-24T07:00'],
    ['Asia/Seoul', '2026-12-24T11:00'],
    ['Asia/Kathmandu', '2026-12-24T14:15'],
    ['UTC', '2026-12-24T20:00'],
    ['America/Los_Angeles', '2026-12-25T04:00'],
    ['Etc/GMT+12', '2026-12-25T08:00'],
    [null, '2026-12-24T11:00'],
  ])('20:00 in %s is %s', (zone, instant) => {
    expect(textOf(at('2026-12-24T20:00'), zone)).toBe(instant)
  })

  test.each([
    // Berlin leaves out 02:00 to 03:00, Lord Howe half an hour, New York shows 01:00 to 02:00 twice.
    ['2026-03-29T02:30', 'Europe/Berlin', '2026-03-29T01:30'],
    ['2026-03-29T02:30', 'Asia/Seoul', '2026-03-28T17:30'],
    ['2026-10-04T02:10', 'Australia/Lord_Howe', '2026-10-03T15:40'],
    ['2026-11-01T01:30', 'America/New_York', '2026-11-01T05:30'],
    ['2026-03-29T20:00', 'Europe/Berlin', '2026-03-29T18:00'],
    ['2026-03-28T20:00', 'Europe/Berlin', '2026-03-28T19:00'],
  ])('%s in %s is %s: forward by the gap, the first of two', (wall, zone, instant) => {
    expect(textOf(at(wall), zone)).toBe(instant)
  })

  test('a date that a zone left out is left out there, and on the next day it goes on', () => {
    const time = at('2011-12-30T20:00')
    expect(textOf(time, 'Pacific/Apia')).toBe('too_late')
    expect(textOf({ ...time, late: 'now' }, 'Pacific/Apia')).toBe('too_late')
    expect(textOf({ ...time, late: 'next_day' }, 'Pacific/Apia')).toBe('2011-12-31T06:00')
    expect(textOf(time, 'Asia/Seoul')).toBe('2011-12-30T11:00')
  })
})

describe('a zone in which it had passed when it was set', () => {
  const since = new Date('2026-12-24T11:00:00Z')
  const time = at('2026-12-24T20:00')

  test.each([
    ['skip', 'too_late'],
    ['now', '2026-12-24T11:00'],
    ['next_day', '2026-12-25T11:00'],
  ] as const)('%s: at that very instant it is late, %s', (late, expected) => {
    expect(textOf({ ...time, late }, 'Asia/Seoul', since)).toBe(expected)
    expect(zoneTime({ ...time, late }, 'Asia/Seoul', since).isLate).toBe(true)
    const before = new Date(since.getTime() - 1)
    expect(zoneTime({ ...time, late }, 'Asia/Seoul', before)).toMatchObject({ at: since, isLate: false })
  })

  test.each([
    ['2026-12-31T20:00', 'Asia/Seoul', '2026-12-31T12:00Z', '2027-01-01T11:00'],
    ['2027-02-28T20:00', 'Asia/Seoul', '2027-02-28T12:00Z', '2027-03-01T11:00'],
    ['2028-02-28T20:00', 'Asia/Seoul', '2028-02-28T12:00Z', '2028-02-29T11:00'],
    // The next day's clocks go forward: 20:00 is an hour earlier, and 02:30 is 03:30.
    ['2026-03-28T20:00', 'Europe/Berlin', '2026-03-28T20:00Z', '2026-03-29T18:00'],
    ['2026-03-28T02:30', 'Europe/Berlin', '2026-03-28T09:00Z', '2026-03-29T01:30'],
    // A day ahead of the rest of the world: by the next day it has passed as well.
    ['2026-12-24T01:00', 'Pacific/Kiritimati', '2026-12-24T12:00Z', '2026-12-25T11:00'],
  ])('the day after %s in %s, at %s, is %s', (wall, zone, now, instant) => {
    expect(textOf(at(wall, { late: 'next_day' }), zone, new Date(now))).toBe(instant)
  })
})

test('who has no zone is left out if that was asked for, late or not', () => {
  const time = at('2026-12-24T20:00', { unknownZone: 'skip', late: 'now' })
  expect(textOf(time, null)).toBe('no_timezone')
  expect(zoneTime(time, null, new Date('2027-01-01T00:00Z'))).toEqual({
    at: null,
    isLate: false,
    code: 'no_timezone',
  })
})

test('a time spans the world, and a campaign may have to send from its first instant on', () => {
  const { earliest, latest } = spanOf('2026-12-24T20:00')
  expect([earliest, latest]).toEqual([new Date('2026-12-24T06:00Z'), new Date('2026-12-25T08:00Z')])
  expect(firstPossible('2026-12-24T20:00', LONG_AGO)).toEqual(earliest)
  const later = new Date('2026-12-24T12:00Z')
  expect(firstPossible('2026-12-24T20:00', later)).toEqual(later)
  for (const zone of Intl.supportedValuesOf('timeZone')) {
    const { at: instant } = zoneTime(at('2026-12-24T20:00'), zone, LONG_AGO)
    expect(instant && instant >= earliest && instant <= latest).toBe(true)
  }
})

test('zones whose clocks show the same have one text, and others have not', () => {
  const from = new Date('2026-11-30T00:00Z')
  expect(clockOf('Asia/Tokyo', from)).toBe(clockOf('Asia/Seoul', from))
  expect(clockOf('Europe/Paris', from)).toBe(clockOf('Europe/Berlin', from))
  // The same hour now, and not all year.
  expect(clockOf('Africa/Lagos', from)).not.toBe(clockOf('Europe/Berlin', from))
  expect(clockOf('America/New_York', from)).not.toBe(clockOf('America/Panama', from))
})

test.each([
  ['2026-12-24T20:00', true],
  ['2028-02-29T00:00', true],
  ['2026-02-29T20:00', false],
  ['2026-12-24T24:00', false],
  ['2026-12-24T20:60', false],
  ['2026-12-24T20:00:00', false],
  ['2026-12-24T20:00Z', false],
  ['2026-12-24T20:00+09:00', false],
  ['2026-12-24 20:00', false],
  ['+012026-12-24T20:00', false],
  ['', false],
])('%j is a time on a wall: %s', (text, expected) => {
  expect(isWallTime(text)).toBe(expected)
})
