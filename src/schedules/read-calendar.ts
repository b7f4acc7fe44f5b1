/**
 * What was sent, is scheduled and recurs, day by day in a time zone. One transaction reads all of it, so that no two parts
 * contradict each other: a run is either to come or a campaign.
 *
 * A campaign is on the day on which it was started, or is to start, which has an index; drafts have no time. Of each day so many
 * campaigns are read, and all are counted: a year of history, or a day with ten thousand campaigns, costs no more.
 */
import { type CampaignFilter, conditionsOf, isInState, SHOWN_TIME } from '../campaigns/list-campaigns.ts'
import type { CalendarDay } from '../domain/calendar-days.ts'
import type { CampaignState, CancelReason, PauseReason } from '../domain/campaign.ts'
import { capsReachBackMs } from '../domain/cap-conflict.ts'
import type { CapClock, CapSwitches } from '../domain/caps.ts'
import { DELIVERY_STATES, STATE_NAMES, type StateCounts } from '../domain/delivery-result.ts'
import { type LatePolicy, spanOf } from '../domain/local-time.ts'
import type { CampaignKind } from '../domain/send-rules.ts'
import {
  conflictsOf,
  type Judged,
  LOOKED_AHEAD_MS,
  LOOKED_BACK_MS,
  type StartList,
  startList,
} from '../domain/start-conflicts.ts'
import { inTransaction, type Pool, type Queryable } from '../postgres/pool.ts'
import { countsSql } from '../results/read-progress.ts'
import {
  type CalendarRun,
  findRecurring,
  type Recurring,
  readSchedulesOf,
  runsBefore,
  startOfRun,
} from './calendar-runs.ts'
import { CAP_COLUMNS, readCapUsers, readStarts, SHORT_AUDIENCE, startOf } from './calendar-starts.ts'

interface CalendarCampaign extends Judged {
  id: string
  name: string
  state: CampaignState
  pauseReason: PauseReason | null
  cancelReason: CancelReason | null
  cancelAt: Date | null
  /** When it was started, or is to be. At local times: for the first. */
  at: Date
  /** At local times: when for the last; as long as it is not planned, at the latest. Null: at one instant. */
  until: Date | null
  localAt: string | null
  projectId: number
  tags: string[]
  schedule: { id: string; name: string } | null
  progress: { audience: number } & StateCounts
}

export interface Calendar {
  asOf: Date
  /** `campaigns`: all that fit the filter and begin on it, also those that are not read. */
  days: (CalendarDay & { campaigns: number })[]
  campaigns: CalendarCampaign[]
  recurring: Recurring[]
  /** From here on, runs were too many to be found. Null: all are there. */
  recurringUntil: Date | null
  /** Schedules that are left out, because there are so many. */
  moreSchedules: number
}

/** Of all days together; a day of a month has its share. */
const MOST_CAMPAIGNS = 2_000
const MOST_OF_A_DAY = 500
/** At local times, a campaign that began before the first day may go on in it: 26 hours, and one or two days if that is to be done the next day. */
const LONGEST_SPAN = `interval '74 hours'`
const MOST_GOING_ON = 100

const ONE_SNAPSHOT = 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY'

export interface CalendarFilter extends Pick<CampaignFilter, 'search' | 'createdBy' | 'tag' | 'projectId'> {
  state?: CampaignState | undefined
}

/** `days`: at least one, without a gap. */
export async function readCalendar(
  pool: Pool,
  days: readonly CalendarDay[],
  filter: CalendarFilter,
  caps: CapClock,
): Promise<Calendar> {
  const from = days[0]?.start ?? new Date()
  const to = days.at(-1)?.end ?? from
  const read = await inTransaction(
    pool,
    async (tx) => {
      const { rows } = await tx.query<{ now: Date }>('SELECT now()')
      const asOf = rows[0]?.now ?? new Date()
      const judgedFrom = edge(new Date(Math.max(asOf.getTime(), from.getTime())), -LOOKED_BACK_MS)
      const earliest = edge(judgedFrom, -capsReachBackMs(caps.rules))
      return {
        asOf,
        judgedFrom,
        earliest,
        campaigns: await readCampaignsOf(tx, days, filter),
        counts: await countDays(tx, days, filter),
        // Only what is to come is judged, and all that is near it, whatever the filter shows.
        starts: [
          ...(await readCapUsers(tx, earliest, judgedFrom)),
          ...(await readStarts(tx, judgedFrom, edge(to, LOOKED_AHEAD_MS))),
        ],
        schedules: await readSchedulesOf(tx, from, edge(to, LOOKED_AHEAD_MS)),
      }
    },
    ONE_SNAPSHOT,
  )
  const { asOf, campaigns, counts, schedules } = read
  const found = await findRecurring(schedules, days, edge(to, LOOKED_AHEAD_MS), ({ tags, projectId }) =>
    fitsRuns(filter, tags, projectId),
  )
  const earlier = await runsBefore(schedules, read.earliest, from)
  const list = startList([...read.starts, ...earlier, ...found.starts], caps)
  const scheduleOf = new Map(schedules.active.map((schedule) => [schedule.id, schedule]))
  const judged = (id: string, { at, outcome }: Pick<CalendarRun, 'at' | 'outcome'>) => {
    const schedule = scheduleOf.get(id)
    const isToCome = outcome === null && at > asOf && schedule !== undefined
    return isToCome ? conflictsOf(startOfRun(schedule, at), list) : FREE
  }
  return {
    asOf,
    days: days.map((day, index) => ({ ...day, campaigns: counts.get(index + 1) ?? 0 })),
    campaigns: campaigns.map((row) => campaignOf(row, asOf, list)),
    recurring: found.recurring.map(({ scheduleId, runs, ...rest }) => ({
      ...rest,
      scheduleId,
      runs: runs.map((run) => ({ ...run, ...judged(scheduleId, run) })),
    })),
    recurringUntil: found.until,
    moreSchedules: schedules.more,
  }
}

const FREE: Judged = { conflicts: [], suggestedAt: null }
const edge = (at: Date, ms: number) => new Date(at.getTime() + ms)

/** A run is no campaign yet: it has tags and a project, but no state and no author. */
function fitsRuns(
  { search, createdBy, state, tag, projectId }: CalendarFilter,
  tags: readonly string[],
  of: number,
) {
  if (search !== undefined || createdBy !== undefined || (state !== undefined && state !== 'scheduled'))
    return false
  return (tag === undefined || tags.includes(tag)) && (projectId === undefined || of === projectId)
}

interface Row extends Omit<CalendarCampaign, 'progress' | 'until' | keyof Judged>, StateCounts, CapSwitches {
  kind: CampaignKind
  audience: number
  late: LatePolicy | null
  isPlanned: boolean
  lastZoneAt: Date | null
  defaultZone: string | null
  audienceShape: Parameters<typeof startOf>[0]['audience']
}

function campaignOf(row: Row, asOf: Date, list: StartList): CalendarCampaign {
  const { audience, late, isPlanned, lastZoneAt, defaultZone, audienceShape, ...shownAndCaps } = row
  const { kind, ignoresCaps, countsTowardCaps, ...shown } = shownAndCaps
  const { sent, failed, skipped, inDoubt, ...campaign } = shown
  const isToCome = row.state === 'scheduled' && row.cancelAt === null
  const caps = { kind, ignoresCaps, countsTowardCaps }
  const start = startOf({ ...campaign, ...caps, defaultZone, audience: audienceShape })
  return {
    ...campaign,
    until: row.localAt === null ? null : isPlanned ? (lastZoneAt ?? row.at) : latestOf(row.localAt, late),
    progress: { audience, sent, failed, skipped, inDoubt },
    ...(isToCome && start.at > asOf ? conflictsOf(start, list) : FREE),
  }
}

function latestOf(localAt: string, late: LatePolicy | null): Date {
  const { latest } = spanOf(localAt)
  return late === 'next_day' ? edge(latest, 24 * 3_600_000) : latest
}

function whereOf({ state, ...filter }: CalendarFilter, values: unknown[]): string {
  const parameter = (value: unknown) => `$${values.push(value)}`
  return [
    ...conditionsOf({ ...filter, archived: 'any' }, parameter),
    state === undefined ? `state <> 'draft'` : isInState(state),
    '(started_at IS NOT NULL OR scheduled_at IS NOT NULL)',
  ].join(' AND ')
}

/** Of those that wait. After a failover they have an attempt: an index each. */
const LAST_ZONE = `SELECT max(b.send_at) FROM batches b
         WHERE b.campaign_id = c.id AND b.state = 'planned' AND b.zones IS NOT NULL`

async function readCampaignsOf(
  tx: Queryable,
  days: readonly CalendarDay[],
  filter: CalendarFilter,
): Promise<Row[]> {
  const most = Math.min(MOST_OF_A_DAY, Math.floor(MOST_CAMPAIGNS / days.length))
  const values: unknown[] = [days.map(({ start }) => start), days.map(({ end }) => end), most, MOST_GOING_ON]
  const where = whereOf(filter, values)
  const { rows } = await tx.query<Row>(
    `/* calendar-campaigns */
     SELECT c.id, c.name, c.state, c.pause_reason AS "pauseReason", c.cancel_reason AS "cancelReason", c.cancel_at AS "cancelAt",
       coalesce(c.started_at, c.scheduled_at) AS at, c.local_at AS "localAt", c.late, c.default_zone AS "defaultZone",
       c.is_planned AS "isPlanned", c.project_id AS "projectId", c.tags, c.audience_size AS audience,
       ${CAP_COLUMNS}, CASE WHEN ${SHORT_AUDIENCE} THEN audience END AS "audienceShape",
       CASE WHEN c.local_at IS NOT NULL THEN greatest(c.begun_through, (${LAST_ZONE} AND b.attempt = 0),
         (${LAST_ZONE} AND b.attempt > 0 AND b.turn = 0)) END AS "lastZoneAt",
       (SELECT jsonb_build_object('id', s.id, 'name', s.name) FROM schedules s WHERE s.id = c.schedule_id) AS schedule,
       ${STATE_NAMES.map((state) => `n.${state} AS "${DELIVERY_STATES[state].count}"`).join(', ')}
     FROM (
       (SELECT o.* FROM unnest($1::timestamptz[], $2::timestamptz[]) AS d(day_start, day_end) CROSS JOIN LATERAL (
         SELECT * FROM campaigns WHERE ${where} AND ${SHOWN_TIME} >= d.day_start AND ${SHOWN_TIME} < d.day_end
         ORDER BY ${SHOWN_TIME}, id LIMIT $3) o)
       UNION ALL
       (SELECT * FROM campaigns WHERE ${where} AND local_at IS NOT NULL
          AND ${SHOWN_TIME} >= ($1::timestamptz[])[1] - ${LONGEST_SPAN} AND ${SHOWN_TIME} < ($1::timestamptz[])[1]
        ORDER BY ${SHOWN_TIME} DESC, id LIMIT $4)
     ) c CROSS JOIN LATERAL (${countsSql('c')}) n
     ORDER BY at, c.id`,
    values,
  )
  return rows
}

/** By the place of the day, from 1. */
async function countDays(
  tx: Queryable,
  days: readonly CalendarDay[],
  filter: CalendarFilter,
): Promise<Map<number, number>> {
  const values: unknown[] = [days.map(({ start }) => start), days.at(-1)?.end]
  const where = whereOf(filter, values)
  const { rows } = await tx.query<{ place: number; count: number }>(
    `/* calendar-counts */
     SELECT width_bucket(${SHOWN_TIME}, $1::timestamptz[]) AS place, count(*)::int AS count FROM campaigns
     WHERE ${where} AND ${SHOWN_TIME} >= ($1::timestamptz[])[1] AND ${SHOWN_TIME} < $2::timestamptz
     GROUP BY 1`,
    values,
  )
  return new Map(rows.map(({ place, count }) => [place, count]))
}
