/** What is typed as the times of a schedule, and what is sent of it. Pure. */
import { type ScheduleRule, WEEKDAYS, type Weekday } from '../../../../src/domain/schedule-rule.ts'
import type { Schedule, TimesGiven } from '../../api/schedules.ts'

export interface TimesForm {
  every: 'day' | 'week' | 'month' | 'cron'
  at: string
  on: readonly Weekday[]
  /** "1" to "31", or "last". */
  day: string
  cron: string
  timezone: string
  startsOn: string
  endsOn: string
  skipDates: readonly string[]
}

export function newTimes(timezone: string): TimesForm {
  return {
    every: 'day',
    at: '20:00',
    on: ['mon'],
    day: '1',
    cron: '0 20 * * 1-5',
    timezone,
    startsOn: '',
    endsOn: '',
    skipDates: [],
  }
}

export function timesOf({ rule, timezone, startsOn, endsOn, skipDates }: Schedule): TimesForm {
  const form = { ...newTimes(timezone), startsOn: startsOn ?? '', endsOn: endsOn ?? '', skipDates }
  if ('cron' in rule) return { ...form, every: 'cron', cron: rule.cron }
  const { every, at } = rule
  return {
    ...form,
    every,
    at,
    ...(rule.every === 'week' && { on: rule.on }),
    ...(rule.every === 'month' && { day: String(rule.day) }),
  }
}

/** Null: something is missing. Whether it makes sense, the server says. */
export function readTimes(form: TimesForm): (TimesGiven & { rule: ScheduleRule }) | null {
  const rule = ruleOf(form)
  if (rule === null || form.timezone === '') return null
  return {
    rule,
    timezone: form.timezone,
    startsOn: form.startsOn === '' ? null : form.startsOn,
    endsOn: form.endsOn === '' ? null : form.endsOn,
    skipDates: [...form.skipDates],
  }
}

function ruleOf({ every, at, on, day, cron }: TimesForm): ScheduleRule | null {
  if (every === 'cron') return cron.trim() === '' ? null : { cron: cron.trim() }
  if (!/^\d\d:\d\d$/.test(at)) return null
  if (every === 'day') return { every, at }
  if (every === 'month') return { every, day: day === 'last' ? 'last' : Number(day), at }
  return on.length === 0 ? null : { every, on: WEEKDAYS.filter((each) => on.includes(each)), at }
}
