/**
 * What a cron expression means, where that can be said in the words of the other rules or in a few more. Most are of that kind;
 * of all others the next runs say it. Pure.
 */
import { WEEKDAYS, type Weekday } from '../../../../src/domain/schedule-rule.ts'

export type CronMeaning =
  | { every: 'minutes'; step: number }
  | { every: 'hours'; step: number; minute: number }
  /** `days`: null: each. `monthDays`: null: each; `last` for the last. */
  | { every: 'times'; times: string[]; days: Weekday[] | null; monthDays: (number | 'last')[] | null }

/** More are no sentence any more. */
const MOST_TIMES = 4

/** Null: it is too rich for a sentence, or it is none. */
export function meaningOf(cron: string): CronMeaning | null {
  const fields = cron.trim().split(/\s+/)
  const [minute = '', hour = '', monthDay = '', month = '', weekday = ''] = fields
  if (fields.length !== 5 || month !== '*') return null
  const isEveryDay = monthDay === '*' && weekday === '*'
  const minutes = /^\*\/(\d+)$/.exec(minute)
  if (minutes !== null) {
    const step = Number(minutes[1])
    return isEveryDay && hour === '*' && step > 0 && 60 % step === 0 ? { every: 'minutes', step } : null
  }
  const atMinute = listOf(minute, 0, 59)
  if (atMinute === null) return null
  const hours = hour === '*' ? 1 : Number(/^\*\/(\d+)$/.exec(hour)?.[1] ?? 0)
  if (hours > 0) {
    const isEven = atMinute.length === 1 && 24 % hours === 0
    return isEveryDay && isEven ? { every: 'hours', step: hours, minute: atMinute[0] ?? 0 } : null
  }
  const atHour = listOf(hour, 0, 23)
  const days = weekday === '*' ? null : weekdaysOf(weekday)
  const monthDays = monthDay === '*' ? null : monthDay === 'L' ? ['last' as const] : listOf(monthDay, 1, 31)
  if (atHour === null || (weekday !== '*' && days === null) || (monthDay !== '*' && monthDays === null))
    return null
  // Not every month has them, and unlike the other rules cron then leaves the month out.
  if (monthDays?.some((day) => day !== 'last' && day > 28)) return null
  // On either of both: nobody expects that.
  if (days !== null && monthDays !== null) return null
  const times = atHour.flatMap((h) => atMinute.map((m) => `${two(h)}:${two(m)}`))
  return times.length > MOST_TIMES ? null : { every: 'times', times, days, monthDays }
}

const two = (n: number) => String(n).padStart(2, '0')

/** "1,3-5" */
function listOf(text: string, least: number, most: number): number[] | null {
  const found = new Set<number>()
  for (const part of text.split(',')) {
    const range = /^(\d{1,2})(?:-(\d{1,2}))?$/.exec(part)
    if (range === null) return null
    const [from, to] = [Number(range[1]), Number(range[2] ?? range[1])]
    if (from < least || to > most || from > to) return null
    for (let n = from; n <= to; n++) found.add(n)
  }
  return [...found].sort((a, b) => a - b)
}

/** Numbers from Sunday, which is 0 and 7, or names: "1-5", "MON,WED". */
function weekdaysOf(text: string): Weekday[] | null {
  const names = ['sun', ...WEEKDAYS]
  const numbers = text.toLowerCase().replaceAll(/[a-z]+/g, (name) => String(names.indexOf(name)))
  const days = listOf(numbers, 0, 7)
  return days && WEEKDAYS.filter((_, index) => days.includes(index + 1) || (index === 6 && days.includes(0)))
}
