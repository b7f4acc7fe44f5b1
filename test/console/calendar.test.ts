import { describe, expect, test } from 'vitest'
import type { Calendar } from '../../console/src/api/calendar.ts'
import { daysOfKey, moved, rangeOf } from '../../console/src/pages/calendar/calendar-days.ts'
import {
  filtersIn,
  readCalendarSearch,
  withChange,
} from '../../console/src/pages/calendar/calendar-search.ts'
import {
  againstIt,
  countMeeting,
  entriesByDay,
  isOver,
} from '../../console/src/pages/calendar/day-entries.ts'
import { weekStartOf } from '../../console/src/pages/calendar/week-start.ts'

describe('the address', () => {
  test('has the view, the day and the filters; what is no such thing is left out', () => {
    const typed = {
      ...{ view: 'week', day: '2026-12-24', state: 'scheduled', tag: 'sale', project: 2, search: 'x' },
      ...{ from: '2026-01-01', sort: 'name', nonsense: 1 },
    }
    expect(readCalendarSearch(typed)).toEqual({
      ...{ view: 'week', day: '2026-12-24', state: 'scheduled', tag: 'sale', project: '2', search: 'x' },
    })
    expect(readCalendarSearch({ view: 'year', day: '2026-02-30', state: 'lost' })).toEqual({})
    expect(readCalendarSearch({ view: 'month' })).toEqual({})
    expect(withChange({ view: 'week', tag: 'a' }, { view: 'list', tag: '' })).toEqual({ view: 'list' })
    expect(filtersIn({ view: 'week', day: '2026-12-24', tag: 'a' })).toEqual({ tag: 'a' })
  })
})

describe('the days of a view', () => {
  test.each([
    ['month', '2026-11-30', 1, '2026-10-26', '2026-12-06'],
    ['month', '2026-11-30', 7, '2026-11-01', '2026-12-05'],
    ['month', '2027-02-14', 1, '2027-02-01', '2027-02-28'],
    ['week', '2026-11-29', 1, '2026-11-23', '2026-11-29'],
    ['week', '2026-11-29', 7, '2026-11-29', '2026-12-05'],
    ['list', '2028-02-10', 1, '2028-02-01', '2028-02-29'],
    ['day', '2026-11-29', 1, '2026-11-29', '2026-11-29'],
  ] as const)('%s of %s, in weeks from day %i', (view, day, start, from, to) => {
    expect(rangeOf(view, day, start)).toEqual({ from, to })
  })

  test.each([
    ['month', '2026-01-31', 1, '2026-02-28'],
    ['month', '2026-03-31', -1, '2026-02-28'],
    ['list', '2026-12-15', 1, '2027-01-15'],
    ['week', '2026-12-28', 1, '2027-01-04'],
    ['day', '2026-03-01', -1, '2026-02-28'],
  ] as const)('%s after %s, %i on, is %s', (view, day, by, wanted) => {
    expect(moved(view, day, by)).toBe(wanted)
  })

  test('are reached by keys', () => {
    // A Wednesday.
    const days = (key: string, start: 1 | 7) => daysOfKey(key, '2026-12-02', start)
    expect(['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'].map((key) => days(key, 1))).toEqual([
      ...[-1, 1, -7, 7],
    ])
    expect([days('Home', 1), days('End', 1), days('Home', 7), days('End', 7)]).toEqual([-2, 4, -3, 3])
    expect([days('Enter', 1), days('toString', 1)]).toEqual([null, null])
  })
})

test.each([
  ['ko', ['ko-KR'], 7],
  ['ko', [], 7],
  ['en', ['en-GB', 'en-US'], 1],
  ['en', ['ko-KR', 'en-US'], 7],
  ['en', ['ko-KR'], 1],
  ['en', ['en'], 1],
  ['en', ['en-nonsense!'], 1],
] as const)('in %s, wanted %j, a week begins with day %i', (language, wanted, day) => {
  expect(weekStartOf(language, wanted)).toBe(day)
})

describe('the entries of a day', () => {
  const FREE = { conflicts: [], suggestedAt: null }
  const NEAR = {
    conflicts: [{ kind: 'same_quarter' as const, with: [], count: 1, mark: null, cap: null }],
    suggestedAt: null,
  }
  const campaign = (name: string, at: string, more: Partial<Calendar['campaigns'][number]> = {}) => ({
    ...{
      id: name,
      name,
      at,
      state: 'scheduled' as const,
      until: null,
      localAt: null,
      projectId: 1,
      tags: [],
    },
    ...{ pauseReason: null, cancelReason: null, cancelAt: null, schedule: null, ...FREE },
    progress: { audience: 0, sent: 0, failed: 0, skipped: 0, inDoubt: 0 },
    ...more,
  })
  const day = (name: string, start: string, end: string, campaigns: number) => ({
    day: name,
    start,
    end,
    campaigns,
  })
  const calendar: Calendar = {
    asOf: '2026-10-24T00:00:00Z',
    timezone: 'Europe/Berlin',
    days: [
      day('2026-10-24', '2026-10-23T22:00:00Z', '2026-10-24T22:00:00Z', 1),
      // 25 hours.
      day('2026-10-25', '2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z', 14),
      // A date that the zone has left out.
      day('2026-10-26', '2026-10-25T23:00:00Z', '2026-10-25T23:00:00Z', 0),
      day('2026-10-27', '2026-10-25T23:00:00Z', '2026-10-26T23:00:00Z', 0),
    ],
    campaigns: [
      campaign('local', '2026-10-24T08:00:00Z', { until: '2026-10-25T23:00:00Z', ...NEAR }),
      campaign('late', '2026-10-25T22:59:59Z', NEAR),
      campaign('early', '2026-10-24T22:00:00Z'),
    ],
    recurring: [
      {
        ...{
          scheduleId: 's',
          name: 'runs',
          projectId: 1,
          tags: [],
          timezone: 'UTC',
          day: '2026-10-25',
          count: 3,
        },
        runs: [
          { at: '2026-10-25T01:00:00Z', local: '', kind: 'as_planned', outcome: 'skipped', ...FREE },
          { at: '2026-10-25T02:00:00Z', local: '', kind: 'as_planned', outcome: null, ...NEAR },
        ],
      },
    ],
    recurringUntil: null,
    moreSchedules: 0,
  }

  test('are in order; what goes on is on each day that it touches, and what was not named is counted', () => {
    const byDay = entriesByDay(calendar)
    const shown = [...byDay].map(([name, { entries, more }]) => [name, entries.map(({ key }) => key), more])
    expect(shown).toEqual([
      ['2026-10-24', ['local'], 0],
      ['2026-10-25', ['local', 'early', 's 2026-10-25', 'late'], 12],
      ['2026-10-26', [], 0],
      ['2026-10-27', ['local'], 0],
    ])
    const [goesOn, , recurring] = byDay.get('2026-10-25')?.entries ?? []
    expect(goesOn).toMatchObject({ isGoingOn: true })
    // The first that is still to come stands for all of them.
    expect(recurring).toMatchObject({ at: '2026-10-25T02:00:00Z' })
    expect(recurring && againstIt(recurring).map(({ kind }) => kind)).toEqual(['same_quarter'])
    expect(countMeeting(byDay)).toBe(3)
  })

  test('are over if nothing of them leaves and nothing has left', () => {
    const canceled = (sent: number) =>
      campaign('x', '2026-10-24T08:00:00Z', {
        ...{ state: 'canceled', progress: { audience: 9, sent, failed: 0, skipped: 0, inDoubt: 0 } },
      })
    const over = [canceled(0), canceled(5), campaign('y', '2026-10-24T09:00:00Z')].map((one) =>
      isOver({ key: one.id, at: one.at, campaign: one, isGoingOn: false }),
    )
    expect(over).toEqual([true, false, false])
  })

  test('do not go on after they were canceled', () => {
    const [first] = calendar.campaigns
    const byDay = entriesByDay({ ...calendar, campaigns: first ? [{ ...first, state: 'canceled' }] : [] })
    expect(byDay.get('2026-10-25')?.entries.map(({ key }) => key)).toEqual(['s 2026-10-25'])
  })
})
