/**
 * The runs of schedules on the days of a calendar: those to come, by the function that makes them, and those that came to
 * nothing. A run that has become a campaign is that campaign.
 *
 * A schedule may run every 15 minutes, and there may be many: of each day and schedule the first runs are named and all are
 * counted. So many are looked for, a week at a time, and where the search has ended is said.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { CalendarDay } from '../domain/calendar-days.ts'
import type { Audience } from '../domain/campaign.ts'
import type { CapSwitches } from '../domain/caps.ts'
import type { Run, RunOutcome, ScheduleTimes } from '../domain/schedule-rule.ts'
import type { CampaignKind } from '../domain/send-rules.ts'
import type { Judged, Start } from '../domain/start-conflicts.ts'
import type { Queryable } from '../postgres/pool.ts'
import { SHORT_AUDIENCE } from './calendar-starts.ts'
import { type FoundRun, findRuns } from './find-runs.ts'

export interface CalendarRun extends Run, Judged {
  /** Null: it is to come. Never `made`. */
  outcome: Exclude<RunOutcome, 'made'> | null
}

/** The runs of one schedule on one day. */
export interface Recurring {
  scheduleId: string
  name: string
  projectId: number
  tags: string[]
  timezone: string
  day: string
  /** Of all of them. */
  count: number
  /** The first ones. */
  runs: CalendarRun[]
}

export interface CalendarSchedule extends ScheduleTimes, CapSwitches {
  id: string
  name: string
  projectId: number
  tags: string[]
  kind: CampaignKind
  audience: Audience | null
  decidedThrough: Date
  /** Runs after that which are decided already: left out, or sent early, by a person. */
  decided: Date[]
}

/** What came to nothing, with the schedule that it was a run of; that may have ended. */
interface Ended extends Pick<CalendarRun, 'at' | 'local' | 'outcome'> {
  schedule: Pick<CalendarSchedule, 'id' | 'name' | 'projectId' | 'tags' | 'timezone'>
}

export interface Schedules {
  active: CalendarSchedule[]
  more: number
  ended: Ended[]
}

/** Of a calendar, which shows them. */
const MOST_SCHEDULES = 100
/** Around one start, which is two hours and a half: their runs are few. */
export const MOST_AROUND_START = 500
const MOST_ENDED = 1_000
const MOST_RUNS = 10_000
const MOST_NAMED = 4
const DAY_MS = 86_400_000

/**
 * What is known of the schedules whose runs may lie between `from` and `to`: of all projects, or of one. Those that are paused do
 * not run. Those to everybody come first: with more than `most`, what stands against the most starts is not left out.
 */
export async function readSchedulesOf(
  tx: Queryable,
  from: Date,
  to: Date,
  { projectId = null, most = MOST_SCHEDULES }: { projectId?: number | null; most?: number } = {},
): Promise<Schedules> {
  const active = await tx.query<CalendarSchedule & { all: number }>({
    name: 'calendar-schedules',
    text: `SELECT s.id, s.name, s.project_id AS "projectId", s.tags, s.rule, s.timezone, s.starts_on::text AS "startsOn",
             s.ends_on::text AS "endsOn", s.skip_dates::text[] AS "skipDates", s.decided_through AS "decidedThrough",
             s.kind, s.ignores_caps AS "ignoresCaps", s.counts_toward_caps AS "countsTowardCaps",
             CASE WHEN ${SHORT_AUDIENCE} THEN audience END AS audience,
             ARRAY(SELECT r.at FROM schedule_runs r WHERE r.schedule_id = s.id AND r.at > s.decided_through) AS decided,
             (count(*) OVER ())::int AS all
           FROM schedules s
           WHERE s.state = 'active' AND s.next_at < $1 AND ($3::smallint IS NULL OR s.project_id = $3)
           ORDER BY (s.audience ? 'all') DESC, s.next_at, s.id LIMIT $2`,
    values: [to, most, projectId],
  })
  const ended = await tx.query<Ended>({
    name: 'calendar-ended-runs',
    text: `SELECT r.at, r.local, r.outcome, jsonb_build_object('id', s.id, 'name', s.name, 'projectId', s.project_id,
             'tags', s.tags, 'timezone', s.timezone) AS schedule
           FROM schedule_runs r JOIN schedules s ON s.id = r.schedule_id
           WHERE r.outcome <> 'made' AND r.at >= $1 AND r.at < $2 ORDER BY r.at, r.schedule_id LIMIT $3`,
    values: [from, to, MOST_ENDED],
  })
  const schedules = active.rows.map(({ all: _, ...schedule }) => schedule)
  return { active: schedules, more: (active.rows[0]?.all ?? 0) - schedules.length, ended: ended.rows }
}

/** Not judged yet. */
type FoundRecurring = Omit<Recurring, 'runs'> & { runs: Omit<CalendarRun, keyof Judged>[] }

interface Found {
  recurring: FoundRecurring[]
  /** All runs to come, also those after the last day and those that are not shown: others may start near them. */
  starts: Start[]
  /** Runs from here on were not looked for. Null: all were. */
  until: Date | null
}

/** Up to `to`, which is after the last day. */
export async function findRecurring(
  { active, ended }: Schedules,
  days: readonly CalendarDay[],
  to: Date,
  isShown: (of: Pick<Recurring, 'tags' | 'projectId'>) => boolean,
): Promise<Found> {
  const found = new Map<string, FoundRecurring>()
  const add = (
    { id: scheduleId, name, projectId, tags, timezone }: Ended['schedule'],
    run: FoundRecurring['runs'][number],
  ) => {
    const day = days.find(({ start, end }) => run.at >= start && run.at < end)?.day
    if (day === undefined || !isShown({ tags, projectId })) return
    const key = `${day} ${scheduleId}`
    const one: FoundRecurring = found.get(key) ?? {
      ...{ scheduleId, name, projectId, tags, timezone, day },
      ...{ count: 0, runs: [] },
    }
    found.set(key, one)
    one.count += 1
    if (one.runs.length < MOST_NAMED) one.runs.push(run)
  }
  for (const { schedule, ...run } of ended) add(schedule, { ...run, kind: 'as_planned' })
  const first = days[0]?.start ?? to
  const { runs, until } = await runsToCome(active, first, to)
  for (const { schedule, at, local, kind } of runs) add(schedule, { at, local, kind, outcome: null })
  const recurring = [...found.values()].sort(byDayAndTime)
  return { recurring, starts: runs.map(({ schedule, at }) => startOfRun(schedule, at)), until }
}

type RunToCome = FoundRun & { schedule: CalendarSchedule }

/** Of a hundred schedules that run every 15 minutes, a day of them is found. */
async function runsToCome(
  schedules: readonly CalendarSchedule[],
  from: Date,
  to: Date,
): Promise<{ runs: RunToCome[]; until: Date | null }> {
  const byWeeks = await runsInParts(schedules, from, to, 7 * DAY_MS)
  return byWeeks.until?.getTime() === from.getTime() ? runsInParts(schedules, from, to, DAY_MS) : byWeeks
}

/** Whole parts only, of all schedules. Before each part of a schedule, others of this process have their turn. */
async function runsInParts(
  schedules: readonly CalendarSchedule[],
  from: Date,
  to: Date,
  partMs: number,
): Promise<{ runs: RunToCome[]; until: Date | null }> {
  const runs: RunToCome[] = []
  for (let part = from; part < to; part = new Date(part.getTime() + partMs)) {
    const last = new Date(Math.min(part.getTime() + partMs, to.getTime()) - 1)
    const whole = runs.length
    for (const schedule of schedules) {
      await nextTurn()
      for (const run of runsWithin(schedule, part, last)) runs.push({ ...run, schedule })
      if (runs.length > MOST_RUNS) return { runs: runs.slice(0, whole), until: part }
    }
  }
  return { runs, until: null }
}

function runsWithin(schedule: CalendarSchedule, from: Date, through: Date): FoundRun[] {
  const { decidedThrough, decided } = schedule
  // From the first instant on, which `findRuns` leaves out.
  const after = new Date(Math.max(from.getTime() - 1, decidedThrough.getTime()))
  if (after >= through) return []
  const gone = new Set(decided.map((at) => at.getTime()))
  return findRuns(schedule, after, through).filter(
    ({ at, isDateMissing }) => !isDateMissing && !gone.has(at.getTime()),
  )
}

/** The first of the parts in which runs before a time are looked for; each is four times as long as the last, up to a week. */
const NEAREST_PART_MS = 3_600_000
const LONGEST_PART_MS = 7 * DAY_MS

/**
 * From `from` up to `to`: those that may use up a cap for what starts then or later. With more than can be kept, the nearest to
 * `to`: it is they that fill a window.
 */
export async function runsBefore({ active }: Schedules, from: Date, to: Date): Promise<Start[]> {
  const counting = active.filter(
    ({ countsTowardCaps, audience }) => countsTowardCaps && audience !== null && !('externalIds' in audience),
  )
  const starts: Start[] = []
  let partMs = NEAREST_PART_MS
  for (let end = to.getTime(); end > from.getTime(); partMs = Math.min(partMs * 4, LONGEST_PART_MS)) {
    const begin = Math.max(end - partMs, from.getTime())
    const whole = starts.length
    for (const schedule of counting) {
      await nextTurn()
      for (const { at } of runsWithin(schedule, new Date(begin), new Date(end - 1))) {
        starts.push(startOfRun(schedule, at))
      }
      if (starts.length > MOST_RUNS) return starts.slice(0, whole)
    }
    end = begin
  }
  return starts
}

export function startOfRun(schedule: CalendarSchedule, at: Date): Start {
  const { id, name, projectId, kind, ignoresCaps, countsTowardCaps, audience } = schedule
  const what = 'run'
  return { id, what, name, at, localAt: null, projectId, kind, ignoresCaps, countsTowardCaps, audience }
}

/** What came to nothing on a day with what is still to come on it. */
function byDayAndTime(a: FoundRecurring, b: FoundRecurring): number {
  for (const { runs } of [a, b]) runs.sort((x, y) => x.at.getTime() - y.at.getTime())
  return (a.runs[0]?.at.getTime() ?? 0) - (b.runs[0]?.at.getTime() ?? 0) || (a.name < b.name ? -1 : 1)
}
