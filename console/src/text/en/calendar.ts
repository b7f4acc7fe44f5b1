/** What was sent, is scheduled and recurs, by day. */
import { format } from './format.ts'

const entries = (n: number) => (n === 1 ? '1 entry' : `${format.number(n)} entries`)

export const calendarText = {
  title: 'Calendar',
  views: { month: 'Month', week: 'Week', list: 'List' },
  view: 'View',
  today: 'Today',
  earlier: { month: 'Previous month', week: 'Previous week', list: 'Previous month', day: 'Previous day' },
  later: { month: 'Next month', week: 'Next week', list: 'Next month', day: 'Next day' },
  weekOf: (from: string, to: string) => `${from} – ${to}`,
  zone: (zone: string) => `Times in ${zone}`,
  meeting: (n: number) =>
    n === 1
      ? '1 start is within 15 minutes of another'
      : `${format.number(n)} starts are within 15 minutes of another`,
  keys: 'The arrow keys move from day to day. Enter opens the day, C starts a new campaign on it.',
  day: (day: string, n: number, isToday: boolean) => `${day}${isToday ? ' (today)' : ''}: ${entries(n)}`,
  backTo: (month: string) => `Back to ${month}`,
  more: (n: number) => `+${format.number(n)}`,
  moreOf: (n: number, day: string) => `${format.number(n)} more on ${day}`,
  notNamed: (n: number) =>
    n === 1
      ? '1 more campaign is not listed here.'
      : `${format.number(n)} more campaigns are not listed here.`,
  inList: 'Open them in the list of campaigns',
  createOn: (day: string) => `New campaign on ${day}`,
  create: 'New campaign',
  emptyTitle: 'Nothing in this time',
  empty: 'What was sent, is scheduled and recurs appears here.',
  noMatchTitle: 'Nothing matches the filters',
  noMatch: 'Change or clear them, or go to another time.',
  localAt: (time: string) => `${time} local`,
  localHint: (time: string, from: string, until: string) =>
    `${time} on each member’s clock: from ${from} to ${until}`,
  goesOn: 'Goes on from the day before',
  recurring: 'Recurring',
  willRun: 'Will be sent',
  runOf: (name: string) => `Run of “${name}”`,
  times: (n: number) => `${format.number(n)}×`,
  runs: (n: number) => `${format.number(n)} runs on this day`,
  outcomes: {
    skipped: 'Left out',
    missed: 'Missed',
    no_such_day: 'The time zone has no such day',
  },
  recurringUntil: (when: string) =>
    `Recurring campaigns are shown up to ${when}: there are too many runs to show all.`,
  moreSchedules: (n: number) =>
    n === 1
      ? '1 recurring campaign is not shown, because there are so many.'
      : `${format.number(n)} recurring campaigns are not shown, because there are so many.`,
  result: (sent: string, failed: string, skipped: string, inDoubt: string) =>
    `${sent} sent · ${failed} failed · ${skipped} skipped · ${inDoubt} in doubt`,
}
