/** Schedules as they are shown: the row, and the runs that come next. */
import { nameOf } from '../campaigns/read-campaigns.ts'
import type { Audience, Guarantee } from '../domain/campaign.ts'
import type { CapSwitches } from '../domain/caps.ts'
import type { GivenRules } from '../domain/check-send-rules.ts'
import { AppError } from '../domain/errors.ts'
import type { CampaignMessage } from '../domain/message.ts'
import type { Run, RunOutcome, ScheduleRule, ScheduleState, ScheduleTimes } from '../domain/schedule-rule.ts'
import type { Pool, Queryable } from '../postgres/pool.ts'
import { nextRuns } from './find-runs.ts'

/** What a run takes from its schedule. */
export interface Template extends Omit<GivenRules, 'notAfter'>, CapSwitches {
  name: string
  message: CampaignMessage
  audience: Audience
  tags: readonly string[]
  guarantee: Guarantee
  priority: number
  ratePerMinute: number | null
  latestStartMinutes: number
  /** After each run, when nothing of it leaves any more; null: there is no such time. */
  notAfterMinutes: number | null
  /** Of each member only the device that was seen last. */
  oncePerMember: boolean
}

export interface Schedule extends Template, ScheduleTimes {
  id: string
  projectId: number
  state: ScheduleState
  /** Why it has paused itself. */
  problem: string | null
  /** Of every run up to here it is decided what becomes of it. */
  decidedThrough: Date
  /** Of the first run that is not decided. */
  nextAt: Date | null
  version: number
  createdBy: string | null
  createdByName: string | null
  changedBy: string | null
  changedByName: string | null
  createdAt: Date
  updatedAt: Date
}

/** SQL for what is shown, over the row `s`. */
const SHOWN = {
  id: 's.id',
  projectId: 's.project_id',
  name: 's.name',
  message: 's.message',
  audience: 's.audience',
  tags: 's.tags',
  guarantee: 's.guarantee',
  priority: 's.priority',
  ratePerMinute: 's.rate_per_minute',
  latestStartMinutes: 's.latest_start_minutes',
  kind: 's.kind',
  advertiser: 's.advertiser',
  night: 's.night',
  sendWindow: 's.send_window',
  notAfterMinutes: 's.not_after_minutes',
  defaultZone: 's.default_zone',
  ignoresCaps: 's.ignores_caps',
  countsTowardCaps: 's.counts_toward_caps',
  oncePerMember: 's.once_per_member',
  rule: 's.rule',
  timezone: 's.timezone',
  startsOn: 's.starts_on::text',
  endsOn: 's.ends_on::text',
  skipDates: 's.skip_dates::text[]',
  state: 's.state',
  problem: 's.problem',
  decidedThrough: 's.decided_through',
  nextAt: 's.next_at',
  version: 's.version',
  createdBy: 's.created_by',
  createdByName: nameOf('s.created_by'),
  changedBy: 's.changed_by',
  changedByName: nameOf('s.changed_by'),
  createdAt: 's.created_at',
  updatedAt: 's.updated_at',
} as const satisfies Record<keyof Schedule, string>

export const SCHEDULE_COLUMNS = Object.entries(SHOWN)
  .map(([field, sql]) => `${sql} AS "${field}"`)
  .join(', ')

/** Throws `schedule_not_found`. */
export async function readSchedule(db: Queryable, id: string): Promise<Schedule> {
  const { rows } = await db.query<Schedule>({
    name: 'schedule-read',
    text: `SELECT ${SCHEDULE_COLUMNS} FROM schedules s WHERE s.id = $1`,
    values: [id],
  })
  if (rows[0] === undefined) throw scheduleNotFound(id)
  return rows[0]
}

/** For changing it: nobody decides about its runs meanwhile. Throws `schedule_not_found`. */
export async function lockSchedule(tx: Queryable, id: string): Promise<Schedule & { now: Date }> {
  const { rows } = await tx.query<Schedule & { now: Date }>({
    name: 'schedule-lock',
    // The clock after the lock: transactions may have waited for each other.
    text: `SELECT ${SCHEDULE_COLUMNS}, clock_timestamp() AS now FROM (SELECT * FROM schedules WHERE id = $1 FOR NO KEY UPDATE) s`,
    values: [id],
  })
  if (rows[0] === undefined) throw scheduleNotFound(id)
  return rows[0]
}

export interface ListedSchedule {
  id: string
  name: string
  title: string | null
  state: ScheduleState
  problem: string | null
  rule: ScheduleRule
  timezone: string
  nextAt: Date | null
  version: number
  createdByName: string | null
}

/** Newest first, those that go on before those that have ended. Without what may be large: message and audience. */
export async function listSchedules(
  pool: Pool,
  limit: number,
  before?: ListPosition,
): Promise<ListedSchedule[]> {
  const { rows } = await pool.query<ListedSchedule>({
    name: 'schedules-list',
    text: `SELECT s.id, s.name, s.message->>'title' AS title, s.state, s.problem, s.rule, s.timezone,
             CASE WHEN s.state = 'active' THEN coalesce((SELECT min(r.at) FROM schedule_runs r JOIN campaigns c ON c.id = r.campaign_id
               WHERE r.schedule_id = s.id AND r.at > now() AND c.state = 'scheduled' AND c.deleted_at IS NULL AND c.cancel_at IS NULL), s.next_at) END AS "nextAt",
             s.version, ${nameOf('s.created_by')} AS "createdByName"
           FROM schedules s
           WHERE $2::boolean IS NULL OR (s.state = 'ended') > $2 OR ((s.state = 'ended') = $2 AND s.id < $3::uuid)
           ORDER BY (s.state = 'ended'), s.id DESC LIMIT $1`,
    values: [limit, before?.isEnded ?? null, before?.id ?? null],
  })
  return rows
}

export interface ListPosition {
  isEnded: boolean
  id: string
}

export interface DecidedRun {
  at: Date
  local: string
  outcome: RunOutcome
  campaignId: string | null
  decidedByName: string | null
}

/** What became of the runs, the latest first. */
export async function readRuns(pool: Pool, id: string, limit: number, before?: Date): Promise<DecidedRun[]> {
  const { rows } = await pool.query<DecidedRun>({
    name: 'schedule-runs-read',
    text: `SELECT at, local, outcome, campaign_id AS "campaignId", ${nameOf('r.decided_by')} AS "decidedByName"
           FROM schedule_runs r WHERE schedule_id = $1 AND at < coalesce($3, 'infinity'::timestamptz)
           ORDER BY at DESC LIMIT $2`,
    values: [id, limit, before ?? null],
  })
  return rows
}

export interface UpcomingRun extends Run {
  /** Null: not decided yet, so it will run. */
  outcome: RunOutcome | null
  campaignId: string | null
}

/** The next runs after `now`, also those that are left out. None of a schedule that has ended. */
export async function readUpcoming(
  db: Queryable,
  schedule: Schedule,
  now: Date,
  count: number,
): Promise<UpcomingRun[]> {
  if (schedule.state === 'ended') return []
  const runs = nextRuns(schedule, now, count)
  const last = runs.at(-1)
  if (last === undefined) return []
  const { rows } = await db.query<{
    at: Date
    local: string
    outcome: RunOutcome
    campaignId: string | null
  }>({
    name: 'schedule-runs-upcoming',
    text: `SELECT at, local, outcome, campaign_id AS "campaignId" FROM schedule_runs
           WHERE schedule_id = $1 AND at > $2 AND at <= $3`,
    values: [schedule.id, now, last.at],
  })
  const decided = new Map(rows.map((row) => [row.at.getTime(), row]))
  return runs.map((run) => {
    const { outcome = null, campaignId = null } = decided.get(run.at.getTime()) ?? {}
    return { ...run, outcome, campaignId }
  })
}

function scheduleNotFound(id: string): AppError {
  return new AppError(
    'schedule_not_found',
    `There is no schedule ${id}. GET /v1/schedules lists the existing ones.`,
  )
}

/** Somebody was faster. */
export function expectVersion(schedule: Schedule, version: number): void {
  if (schedule.version === version) return
  throw new AppError(
    'version_conflict',
    `Schedule ${schedule.id} has version ${schedule.version}; If-Match names version ${version}. "current" is the schedule as it is now: check what has changed, and repeat with its version.`,
  )
}
