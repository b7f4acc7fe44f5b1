import { afterEach, describe, expect, test } from 'vitest'
import { daysThrough, lastDays } from '../../src/domain/calendar-days.ts'

const before = process.env.TZ
afterEach(() => {
  if (before === undefined) delete process.env.TZ
  else process.env.TZ = before
})

const shown = (zone: string, now: string, count: number) =>
  lastDays(zone, new Date(now), count).map(({ day, start, end }) => [
    day,
    start.toISOString(),
    (end.getTime() - start.getTime()) / 3_600_000,
  ])

test.each(['Etc/GMT+12', 'Asia/Seoul', 'America/New_York'])(
  'days are those of the zone that was asked for, also where the server is in %s',
  (server) => {
    process.env.TZ = server
    expect(shown('Asia/Seoul', '2026-11-30T14:59:59.999Z', 2)).toEqual([
      ['2026-11-29', '2026-11-28T15:00:00.000Z', 24],
      ['2026-11-30', '2026-11-29T15:00:00.000Z', 24],
    ])
    expect(shown('Asia/Seoul', '2026-11-30T15:00:00Z', 1)[0]?.[0]).toBe('2026-12-01')
  },
)

test.each([
  ['has 23 hours when the clock is put forward', 'America/New_York', '2026-03-08T12:00:00Z', '05:00', 23],
  ['has 25 when it is put back', 'America/New_York', '2026-11-01T12:00:00Z', '04:00', 25],
  ['has 24.5 on Lord Howe', 'Australia/Lord_Howe', '2026-04-05T03:00:00Z', '13:00', 24.5],
  [
    'may begin at 01:00, because there is no midnight',
    'America/Santiago',
    '2026-09-06T12:00:00Z',
    '04:00',
    23,
  ],
  ['begins at a quarter in Kathmandu', 'Asia/Kathmandu', '2026-01-01T12:00:00Z', '18:15', 24],
  ['is never empty in the zone furthest east', 'Pacific/Kiritimati', '2026-04-07T09:59:00Z', '10:00', 24],
  ['nor in the one furthest west', 'Etc/GMT+12', '2026-04-07T11:59:00Z', '12:00', 24],
])('a day %s', (_what, zone, now, starts, hours) => {
  const [day] = shown(zone, now, 1)
  expect(String(day?.[1]).slice(11, 16)).toBe(starts)
  expect(day?.[2]).toBe(hours)
})

test('thirty days over the end of a year have no gap, and none is named twice', () => {
  const days = lastDays('Europe/Berlin', new Date('2028-03-10T12:00:00Z'), 30)
  expect(days.map(({ day }) => day)).toEqual(
    Array.from({ length: 30 }, (_, n) => new Date(Date.UTC(2028, 1, 10 + n)).toISOString().slice(0, 10)),
  )
  for (const [index, { start }] of days.entries()) expect(days[index - 1]?.end ?? start).toEqual(start)
})

describe('the days from one date through another', () => {
  const days = (zone: string, first: string, last: string) =>
    daysThrough(zone, first, last).map(({ day, start, end }) => [
      day,
      start.toISOString(),
      (end.getTime() - start.getTime()) / 3_600_000,
    ])

  test('have no gap, and the hours that they have there', () => {
    expect(days('Europe/Berlin', '2026-10-24', '2026-10-26')).toEqual([
      ['2026-10-24', '2026-10-23T22:00:00.000Z', 24],
      ['2026-10-25', '2026-10-24T22:00:00.000Z', 25],
      ['2026-10-26', '2026-10-25T23:00:00.000Z', 24],
    ])
    expect(days('America/New_York', '2026-03-08', '2026-03-08')[0]?.[2]).toBe(23)
    expect(daysThrough('UTC', '2026-03-08', '2026-03-07')).toEqual([])
  })

  test('have one without hours where a zone has gone over the date line', () => {
    expect(days('Pacific/Apia', '2011-12-29', '2011-12-31')).toEqual([
      ['2011-12-29', '2011-12-29T10:00:00.000Z', 24],
      ['2011-12-30', '2011-12-30T10:00:00.000Z', 0],
      ['2011-12-31', '2011-12-30T10:00:00.000Z', 24],
    ])
  })
})
