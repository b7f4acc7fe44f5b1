/** What a person has typed as the times of a schedule, before anything is stored. */
import { addDays } from '../domain/add-days.ts'
import { AppError, type FieldError } from '../domain/errors.ts'
import { type ScheduleTimes, WEEKDAYS } from '../domain/schedule-rule.ts'
import { canonicalTimezone } from '../domain/timezone.ts'
import { wallOf } from '../domain/zoned-time.ts'
import { nextRuns, readCron, shortestGapMinutes } from './find-runs.ts'

/** Nobody wants a push more often; "* * * * *" is a mistake that would reach everybody. */
const LEAST_MINUTES_BETWEEN_RUNS = 15

/**
 * Returns them with the time zone in its one spelling, weekdays and dates in order and named once. `now`: the schedule must run
 * at least once after it. Throws `invalid_schedule`, `schedule_too_frequent` or `schedule_never_runs`.
 */
export function checkScheduleTimes(given: ScheduleTimes, now: Date): ScheduleTimes {
  const { rule, startsOn, endsOn } = given
  const fields: FieldError[] = []
  const refuse = (field: string, problem: string) => fields.push({ field, problem })

  const timezone = canonicalTimezone(given.timezone)
  if (timezone === undefined) {
    refuse(
      '/timezone',
      `is ${JSON.stringify(given.timezone)}, which is no time zone; for example "Asia/Seoul"`,
    )
  }
  if ('cron' in rule) {
    try {
      readCron(rule.cron)
    } catch (error) {
      refuse('/rule/cron', `is ${JSON.stringify(rule.cron)}: ${(error as Error).message}`)
    }
  }
  if (startsOn !== null && !isDate(startsOn))
    refuse('/startsOn', `is ${JSON.stringify(startsOn)}, which is no date between 1970 and 2199`)
  if (endsOn !== null && !isDate(endsOn))
    refuse('/endsOn', `is ${JSON.stringify(endsOn)}, which is no date between 1970 and 2199`)
  if (startsOn !== null && endsOn !== null && endsOn < startsOn) {
    refuse('/endsOn', `is ${endsOn}, before startsOn ${startsOn}`)
  }
  const badDate = given.skipDates.find((date) => !isDate(date))
  if (badDate !== undefined)
    refuse('/skipDates', `has ${JSON.stringify(badDate)}, which is no date between 1970 and 2199`)
  if (timezone === undefined || fields.length > 0) {
    const what = fields.map(({ field, problem }) => `${field.slice(1)} ${problem}`).join('; ')
    throw new AppError('invalid_schedule', `The schedule cannot be used: ${what}. Nothing was changed.`, {
      fields,
    })
  }

  const skipDates = [...new Set(given.skipDates)].sort()
  const times = { rule: withOrder(rule), timezone, startsOn, endsOn, skipDates }
  const today = wallOf(now, timezone).slice(0, 10)
  const gap = shortestGapMinutes(rule, today)
  if (gap !== null && gap < LEAST_MINUTES_BETWEEN_RUNS) {
    throw new AppError(
      'schedule_too_frequent',
      `The schedule would run every ${gap} minutes at times; the least is ${LEAST_MINUTES_BETWEEN_RUNS}. Nothing was changed. Check the first two fields of the cron expression: minute and hour.`,
      { fields: [{ field: '/rule/cron', problem: `runs every ${gap} minutes at times` }] },
    )
  }
  if (nextRuns(times, now, 1).length === 0) {
    throw new AppError('schedule_never_runs', `${whyNever(times, today)} Nothing was changed.`, {
      fields: [{ field: '/rule', problem: 'never comes' }],
    })
  }
  return times
}

function whyNever(times: ScheduleTimes, today: string): string {
  if (times.endsOn !== null && times.endsOn < today) {
    return `The schedule never runs: endsOn is ${times.endsOn}, and it is ${today} in ${times.timezone} now. Give a later date.`
  }
  if (nextRuns({ ...times, skipDates: [], endsOn: null }, new Date(`${today}T00:00Z`), 1).length === 0) {
    return 'The schedule never runs: there is no such date in the next eight years. Change the rule.'
  }
  return 'The schedule never runs: no time of its rule is left between startsOn and endsOn that is not in skipDates. Change one of them.'
}

function withOrder(rule: ScheduleTimes['rule']): ScheduleTimes['rule'] {
  if (!('every' in rule) || rule.every !== 'week') return rule
  return { ...rule, on: WEEKDAYS.filter((day) => rule.on.includes(day)) }
}

/** "2026-02-30" is none. Nor is one of a year in which nothing runs: dates are compared as texts, which "+010000-01-01" breaks. */
function isDate(text: string): boolean {
  if (!/^(?:19[7-9]|2[01]\d)\d-\d\d-\d\d$/.test(text)) return false
  try {
    return addDays(text, 0) === text
  } catch {
    return false
  }
}
