/**
 * The runs of a schedule, as instants. Days and times are found on a calendar without time zone, and each becomes an instant
 * by itself, by the one function that all local times go through: a daily run stays at 20:00 whatever the clocks do. Pure:
 * the present is given.
 */
import { Cron } from 'croner'
import { addDays } from '../domain/add-days.ts'
import type { Run, ScheduleRule, ScheduleTimes, Weekday } from '../domain/schedule-rule.ts'
import { WEEKDAYS } from '../domain/schedule-rule.ts'
import { canonicalTimezone } from '../domain/timezone.ts'
import { instantOf, steadyOffset, wallOf } from '../domain/zoned-time.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** A gap of a day: the zone went over the date line, and the date was left out. */
const DATE_LINE_MS = 23 * HOUR_MS
const MOST_SHIFT_MS = 25 * HOUR_MS
/** Looked at one after another until enough runs are found. The last: 29 February comes once in eight years at worst. */
const SPANS_DAYS = [0.25, 2, 8, 70, 500, 3_000]

export interface FoundRun extends Run {
  /** True: its date does not exist there. It does not run. */
  isDateMissing: boolean
}

/**
 * Why it has no runs although its rule says so: another version has stored a zone or an expression that this one does not know.
 * Null: it has them.
 */
export function timesProblem({ rule, timezone }: Pick<ScheduleTimes, 'rule' | 'timezone'>): string | null {
  if (canonicalTimezone(timezone) === undefined) {
    return `The time zone ${JSON.stringify(timezone)} is not known to this version of Node.js. Give the schedule another one.`
  }
  if (!('cron' in rule)) return null
  try {
    readCron(rule.cron)
    return null
  } catch (error) {
    return `The cron expression ${JSON.stringify(rule.cron)} cannot be read: ${(error as Error).message}. Give the schedule another rule.`
  }
}

/** All after `after` and not after `through`, in order, those on dates that do not exist too. */
export function findRuns(times: ScheduleTimes, after: Date, through: Date): FoundRun[] {
  // Dates are compared as texts, which those of other years break.
  for (const edge of [after, through]) {
    const year = edge.getUTCFullYear()
    if (!(year > 1900 && year < 9000)) throw new RangeError(`${year} is no year in which schedules run`)
  }
  if (timesProblem(times) !== null) return []
  const { timezone, startsOn, endsOn, skipDates } = times
  const skipped = new Set(skipDates)
  // Further away than any time of the wall that may be meant.
  const around = (edge: Date, ms: number) => new Date(edge.getTime() + ms)
  const offset = steadyOffset(timezone, around(after, -3 * DAY_MS), around(through, 3 * DAY_MS))
  // What the wall shows in between; where clocks are changed, a day more on both sides: that much a zone may go over or repeat.
  const shift = offset === null ? MOST_SHIFT_MS : 0
  const first = later(moveWall(wallOf(after, timezone), -shift), startsOn && `${startsOn}T00:00`)
  const last = earlier(moveWall(wallOf(through, timezone), shift), endsOn && `${endsOn}T23:59`)
  const found = new Map<number, FoundRun>()
  for (const wall of wallsOf(times.rule, first, last)) {
    const date = wall.slice(0, 10)
    if (skipped.has(date) || !mayBeWithin(wall, after, through)) continue
    const run = offset === null ? runAt(wall, timezone) : runAtOffset(wall, offset)
    const at = run.at.getTime()
    if (at <= after.getTime() || at > through.getTime()) continue
    // 02:30, moved to 03:30, and 03:30 itself are one run, and the one that was meant so is kept.
    if (!found.has(at) || run.kind === 'as_planned') found.set(at, run)
  }
  return [...found.values()].sort((a, b) => a.at.getTime() - b.at.getTime())
}

/** No zone is further from UTC than 14 hours, and no gap longer than a day: most are ruled out without asking for the zone. */
function mayBeWithin(wall: string, after: Date, through: Date): boolean {
  const asUtc = Date.parse(`${wall}Z`)
  return asUtc + 15 * HOUR_MS + DAY_MS > after.getTime() && asUtc - 15 * HOUR_MS <= through.getTime()
}

/** The next ones that will run, at most `count`. */
export function nextRuns(times: ScheduleTimes, after: Date, count: number): Run[] {
  if (timesProblem(times) !== null) return []
  for (const days of SPANS_DAYS) {
    const from = later(wallOf(after, times.timezone).slice(0, 10), times.startsOn)
    const start = Math.max(after.getTime(), Date.parse(`${from}T00:00Z`) - DAY_MS)
    const runs = findRuns(times, after, new Date(start + days * DAY_MS))
      .filter(({ isDateMissing }) => !isDateMissing)
      .slice(0, count)
    if (runs.length === count || days === SPANS_DAYS.at(-1)) {
      return runs.map(({ at, local, kind }) => ({ at, local, kind }))
    }
  }
  return []
}

/** The shortest time between two runs on the wall, of many; null if there are less than two. */
export function shortestGapMinutes(rule: ScheduleRule, from: string): number | null {
  let shortest: number | null = null
  let before: number | null = null
  let looked = 0
  for (const wall of wallsOf(rule, `${from}T00:00`, `${addDays(from, 3_000)}T00:00`)) {
    const at = Date.parse(`${wall}Z`)
    if (before !== null) shortest = Math.min(shortest ?? at, (at - before) / MINUTE_MS)
    before = at
    looked += 1
    // The shortest is between two minutes of an hour, or of two hours in a row: it comes soon.
    if (looked === 200) break
  }
  return shortest
}

/** Throws an Error that says what is wrong with the text. */
export function readCron(text: string): Cron {
  if (text.trim().split(/\s+/).length !== 5)
    throw new Error('needs five fields: minute, hour, day, month, weekday')
  // Not by the name of the zone: for that Intl is asked, which takes ten times as long.
  return new Cron(text.trim(), { paused: true, utcOffset: 0, mode: '5-part' })
}

/** While no clocks are changed: thousands of runs of a month cost a tenth of what each costs by itself. */
function runAtOffset(wall: string, offset: number): FoundRun {
  return {
    at: new Date(Date.parse(`${wall}Z`) - offset),
    local: wall,
    kind: 'as_planned',
    isDateMissing: false,
  }
}

function runAt(wall: string, timezone: string): FoundRun {
  const { at, kind } = instantOf(wall, timezone)
  const local = wallOf(at, timezone)
  const isDateMissing = kind === 'skipped' && Date.parse(`${local}Z`) - Date.parse(`${wall}Z`) >= DATE_LINE_MS
  return {
    at,
    local: isDateMissing ? wall : local,
    kind: kind === 'once' ? 'as_planned' : kind === 'twice' ? 'first_of_two' : 'moved',
    isDateMissing,
  }
}

/** Times of the wall from the first through the last, in order. */
function* wallsOf(rule: ScheduleRule, first: string, last: string): Generator<string> {
  if ('cron' in rule) {
    const cron = readCron(rule.cron)
    // In UTC, which has no gaps: a wall without time zone.
    let before = new Date(Date.parse(`${first}Z`) - 1)
    const end = Date.parse(`${last}Z`)
    for (;;) {
      const next = cron.nextRun(before)
      if (next === null || next.getTime() > end) return
      yield next.toISOString().slice(0, 16)
      before = next
    }
  }
  for (let date = first.slice(0, 10); date <= last.slice(0, 10); date = addDays(date, 1)) {
    if (isOn(rule, date)) yield `${date}T${rule.at}`
  }
}

function isOn(rule: Exclude<ScheduleRule, { cron: string }>, date: string): boolean {
  if (rule.every === 'day') return true
  if (rule.every === 'week') return rule.on.includes(weekdayOf(date))
  const day = Number(date.slice(8))
  const isLast = addDays(date, 1).slice(8) === '01'
  return rule.day === 'last' ? isLast : day === rule.day || (isLast && day < rule.day)
}

function weekdayOf(date: string): Weekday {
  const sunday = new Date(`${date}T00:00Z`).getUTCDay()
  return WEEKDAYS[(sunday + 6) % 7] as Weekday
}

/** "2026-03-29T02:30", without time zone. */
function moveWall(wall: string, ms: number): string {
  return new Date(Date.parse(`${wall}Z`) + ms).toISOString().slice(0, 16)
}

const later = (text: string, limit: string | null) => (limit !== null && limit > text ? limit : text)
const earlier = (text: string, limit: string | null) => (limit !== null && limit < text ? limit : text)
