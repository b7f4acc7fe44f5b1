/** When a schedule runs: in days and times of a clock on a wall. Which instants that is depends on its time zone. Pure. */

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
export type Weekday = (typeof WEEKDAYS)[number]

/**
 * `at`: "20:00". `day`: of the month; one that a month does not have is its last. `cron`: five fields, as in crontab, with
 * `L` for the last day.
 */
export type ScheduleRule =
  | { every: 'day'; at: string }
  | { every: 'week'; on: Weekday[]; at: string }
  | { every: 'month'; day: number | 'last'; at: string }
  | { cron: string }

export interface ScheduleTimes {
  rule: ScheduleRule
  /** A name of IANA. */
  timezone: string
  /** Dates there, the first and the last on which it may run. Null: no limit. */
  startsOn: string | null
  endsOn: string | null
  /** Dates there on which it does not run. */
  skipDates: readonly string[]
}

export const SCHEDULE_STATES = ['active', 'paused', 'ended'] as const
export type ScheduleState = (typeof SCHEDULE_STATES)[number]

/**
 * What became of a run. made: a campaign was made of it. skipped: a person has left it out. missed: nothing was running at
 * its time, and a later run was made up for. no_such_day: the zone left that date out.
 */
export const RUN_OUTCOMES = ['made', 'skipped', 'missed', 'no_such_day'] as const
export type RunOutcome = (typeof RUN_OUTCOMES)[number]

export interface Run {
  at: Date
  /** On a clock there: "2026-03-29T03:30". */
  local: string
  /** moved: the clocks leave its time out that day. first_of_two: they show it twice. */
  kind: 'as_planned' | 'moved' | 'first_of_two'
}
