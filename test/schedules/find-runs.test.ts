import { describe, expect, test } from 'vitest'
import type { ScheduleRule, ScheduleTimes } from '../../src/domain/schedule-rule.ts'
import { instantOf, wallOf } from '../../src/domain/zoned-time.ts'
import { checkScheduleTimes } from '../../src/schedules/check-schedule-times.ts'
import { findRuns, nextRuns } from '../../src/schedules/find-runs.ts'

const times = (
  rule: ScheduleRule,
  timezone = 'Asia/Seoul',
  more: Partial<ScheduleTimes> = {},
): ScheduleTimes => ({
  rule,
  timezone,
  startsOn: null,
  endsOn: null,
  skipDates: [],
  ...more,
})
const next = (given: ScheduleTimes, now: string, count = 5) =>
  nextRuns(given, new Date(now), count).map(
    ({ at, local, kind }) => `${at.toISOString().slice(0, 16)} ${local} ${kind}`,
  )
const daily = (at: string): ScheduleRule => ({ every: 'day', at })

describe('the next runs', () => {
  test('of every day keep their time on the wall over a change of the clocks', () => {
    expect(next(times(daily('20:00'), 'Europe/Berlin'), '2026-03-28T00:00Z', 3)).toEqual([
      '2026-03-28T19:00 2026-03-28T20:00 as_planned',
      '2026-03-29T18:00 2026-03-29T20:00 as_planned',
      '2026-03-30T18:00 2026-03-30T20:00 as_planned',
    ])
  })

  test('at a time that the clocks leave out are moved by the gap, and once only', () => {
    expect(next(times(daily('02:30'), 'Europe/Berlin'), '2026-03-28T12:00Z', 2)).toEqual([
      '2026-03-29T01:30 2026-03-29T03:30 moved',
      '2026-03-30T00:30 2026-03-30T02:30 as_planned',
    ])
    expect(next(times({ cron: '30 2,3 29 3 *' }, 'Europe/Berlin'), '2026-03-28T12:00Z', 2)).toEqual([
      '2026-03-29T01:30 2026-03-29T03:30 as_planned',
      '2027-03-29T00:30 2027-03-29T02:30 as_planned',
    ])
  })

  test('at a time that the clocks show twice are the first of the two', () => {
    expect(next(times(daily('02:30'), 'Europe/Berlin'), '2026-10-24T12:00Z', 2)).toEqual([
      '2026-10-25T00:30 2026-10-25T02:30 first_of_two',
      '2026-10-26T01:30 2026-10-26T02:30 as_planned',
    ])
  })

  test('stay in order when one is moved past another', () => {
    expect(next(times({ cron: '0,30 2,3 * * *' }, 'Europe/Berlin'), '2026-03-28T12:00Z', 3)).toEqual([
      '2026-03-29T01:00 2026-03-29T03:00 as_planned',
      '2026-03-29T01:30 2026-03-29T03:30 as_planned',
      '2026-03-30T00:00 2026-03-30T02:00 as_planned',
    ])
  })

  test('on a day that a zone left out are none', () => {
    expect(next(times(daily('10:00'), 'Pacific/Apia'), '2011-12-29T00:00Z', 3)).toEqual([
      '2011-12-29T20:00 2011-12-29T10:00 as_planned',
      '2011-12-30T20:00 2011-12-31T10:00 as_planned',
      '2011-12-31T20:00 2012-01-01T10:00 as_planned',
    ])
    const all = findRuns(
      times({ cron: '0 10 30 12 *' }, 'Pacific/Apia'),
      new Date('2011-12-01'),
      new Date('2012-01-31'),
    )
    expect(all).toMatchObject([{ local: '2011-12-30T10:00', isDateMissing: true }])
  })

  test('of every week are on its days', () => {
    expect(next(times({ every: 'week', on: ['fri', 'mon'], at: '09:05' }), '2026-11-30T00:00Z', 3)).toEqual([
      '2026-11-30T00:05 2026-11-30T09:05 as_planned',
      '2026-12-04T00:05 2026-12-04T09:05 as_planned',
      '2026-12-07T00:05 2026-12-07T09:05 as_planned',
    ])
  })

  test('of every month are on the last day where there is no such day', () => {
    const dates = (day: number | 'last') =>
      next(times({ every: 'month', day, at: '12:00' }, 'UTC'), '2027-12-31T13:00Z', 4).map((run) =>
        run.slice(0, 10),
      )
    expect(dates(31)).toEqual(['2028-01-31', '2028-02-29', '2028-03-31', '2028-04-30'])
    expect(dates('last')).toEqual(dates(31))
    expect(dates(30)).toEqual(['2028-01-30', '2028-02-29', '2028-03-30', '2028-04-30'])
  })

  test('are found though they are years away', () => {
    expect(next(times({ cron: '0 0 29 2 *' }, 'UTC'), '2097-01-01T00:00Z', 2)).toEqual([
      '2104-02-29T00:00 2104-02-29T00:00 as_planned',
    ])
    expect(next(times(daily('09:00'), 'UTC', { startsOn: '2040-05-05' }), '2026-01-01T00:00Z', 1)).toEqual([
      '2040-05-05T09:00 2040-05-05T09:00 as_planned',
    ])
  })

  test('are those between its dates that are not left out', () => {
    const given = times(daily('00:00'), 'Pacific/Kiritimati', {
      startsOn: '2026-12-01',
      endsOn: '2026-12-04',
      skipDates: ['2026-12-02'],
    })
    expect(next(given, '2026-11-01T00:00Z').map((run) => run.slice(0, 33))).toEqual([
      '2026-11-30T10:00 2026-12-01T00:00',
      '2026-12-02T10:00 2026-12-03T00:00',
      '2026-12-03T10:00 2026-12-04T00:00',
    ])
  })

  test('begin after the present, not at it', () => {
    expect(next(times(daily('12:00'), 'UTC'), '2026-12-01T12:00Z', 1)).toEqual([
      '2026-12-02T12:00 2026-12-02T12:00 as_planned',
    ])
  })
})

describe('what cannot be a schedule', () => {
  const now = new Date('2026-11-30T00:00Z')
  const check = (given: ScheduleTimes) => () => checkScheduleTimes(given, now)
  test.each([
    ['a zone that is none', times(daily('10:00'), 'Asia/Pyongtaek'), 'invalid_schedule', '/timezone'],
    ['a cron of four fields', times({ cron: '0 20 * *' }), 'invalid_schedule', '/rule/cron'],
    ['a cron of six', times({ cron: '0 0 20 * * *' }), 'invalid_schedule', '/rule/cron'],
    ['a cron with a minute of 61', times({ cron: '61 20 * * *' }), 'invalid_schedule', '/rule/cron'],
    ['words', times({ cron: 'every day at noon please' }), 'invalid_schedule', '/rule/cron'],
    [
      'a date that does not exist',
      times(daily('10:00'), 'UTC', { startsOn: '2026-02-30' }),
      'invalid_schedule',
      '/startsOn',
    ],
    [
      'a year in which nothing runs',
      times(daily('10:00'), 'UTC', { startsOn: '9999-12-31' }),
      'invalid_schedule',
      '/startsOn',
    ],
    [
      'an end in such a year',
      times({ cron: '0 20 * * *' }, 'UTC', { endsOn: '9999-12-31' }),
      'invalid_schedule',
      '/endsOn',
    ],
    [
      'the year 0',
      times(daily('10:00'), 'UTC', { skipDates: ['0000-01-01'] }),
      'invalid_schedule',
      '/skipDates',
    ],
    [
      'an end before the start',
      times(daily('10:00'), 'UTC', { startsOn: '2027-02-02', endsOn: '2027-02-01' }),
      'invalid_schedule',
      '/endsOn',
    ],
    [
      'a date to skip that is none',
      times(daily('10:00'), 'UTC', { skipDates: ['2027-02-01', '1.2.2027'] }),
      'invalid_schedule',
      '/skipDates',
    ],
    ['every minute', times({ cron: '* * * * *' }), 'schedule_too_frequent', '/rule/cron'],
    ['two minutes apart once a day', times({ cron: '0,2 20 * * *' }), 'schedule_too_frequent', '/rule/cron'],
    ['14 minutes over midnight', times({ cron: '50,4 0,23 * * *' }), 'schedule_too_frequent', '/rule/cron'],
    ['30 February', times({ cron: '0 0 30 2 *' }), 'schedule_never_runs', '/rule'],
    [
      'an end that has passed',
      times(daily('10:00'), 'UTC', { endsOn: '2026-11-29' }),
      'schedule_never_runs',
      '/rule',
    ],
    [
      'an end today, whose time has passed',
      times(daily('08:00'), 'Asia/Seoul', { endsOn: '2026-11-30' }),
      'schedule_never_runs',
      '/rule',
    ],
    [
      'all dates skipped',
      times(daily('10:00'), 'UTC', { endsOn: '2026-12-01', skipDates: ['2026-11-30', '2026-12-01'] }),
      'schedule_never_runs',
      '/rule',
    ],
  ])('%s', (_what, given, code, field) => {
    expect(check(given)).toThrowError(
      expect.objectContaining({ code, fields: [expect.objectContaining({ field })] }),
    )
  })

  test('every quarter of an hour can, and zone, weekdays and dates have one spelling', () => {
    expect(check(times({ cron: '*/15 * * * *' }))).not.toThrow()
    expect(
      checkScheduleTimes(
        times({ every: 'week', on: ['sun', 'mon', 'sun'], at: '10:00' }, 'asia/seoul', {
          skipDates: ['2027-01-02', '2027-01-01', '2027-01-02'],
        }),
        now,
      ),
    ).toEqual(
      times({ every: 'week', on: ['mon', 'sun'], at: '10:00' }, 'Asia/Seoul', {
        skipDates: ['2027-01-01', '2027-01-02'],
      }),
    )
  })
})

test('runs of a time without a change of the clocks are the same as one by one', () => {
  for (const timezone of ['Asia/Seoul', 'Europe/Berlin', 'Australia/Lord_Howe', 'Africa/Casablanca']) {
    // Through the year by weeks, most of them without a change.
    for (let week = 0; week < 53; week += 1) {
      const after = new Date(Date.UTC(2026, 0, 1 + 7 * week))
      const runs = findRuns(
        times({ cron: '7 */3 * * *' }, timezone),
        after,
        new Date(after.getTime() + 7 * 86_400_000),
      )
      for (const { at, local, kind } of runs.filter((_, n) => n % 5 === 0)) {
        expect([wallOf(at, timezone), timezone]).toEqual([local, timezone])
        if (kind === 'as_planned') expect(instantOf(local, timezone)).toEqual({ at, kind: 'once' })
      }
      expect(runs.length).toBeGreaterThan(54)
      expect(runs.length).toBeLessThan(58)
    }
  }
})
