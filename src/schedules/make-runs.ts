/**
 * Makes campaigns of the runs that come next, ahead of their time, so that each is planned before it starts. From then on a
 * run is a scheduled campaign like any other: it starts on the second, or is canceled as missed.
 *
 * Of every run it is decided once what becomes of it. The decision, the campaign and `decided_through` are one transaction
 * under the lock of the schedule's row; so any number of processes may do this, crash and go on, and no run is sent twice.
 * Of several that were missed only the latest is made up for: nobody wants last week's every-day message seven times.
 */
import { randomUUIDv7 } from 'node:crypto'
import { AppError } from '../domain/errors.ts'
import type { RunOutcome, ScheduleTimes } from '../domain/schedule-rule.ts'
import { inTransaction, type Pool, type Queryable } from '../postgres/pool.ts'
import type { Logger } from '../process/logger.ts'
import { type SchedulePaused, schedulePaused } from '../process/operator-events.ts'
import { type Repeated, repeat } from '../process/repeat.ts'
import { checkContent } from './check-template.ts'
import { type FoundRun, findRuns, nextRuns, timesProblem } from './find-runs.ts'
import { SCHEDULE_COLUMNS, type Schedule } from './read-schedules.ts'

export interface MakeRunsDeps {
  pool: Pool
  log: Logger
  /** So long before its time a run becomes a campaign. */
  aheadMs: number
  /** By schedule, how often in a row this process could not decide about it. The same for each look. */
  failures?: Map<string, number>
}

/** Before campaigns are planned (PLAN_AHEAD_MS), so that the plan of a run begins when it should. */
const EARLIER_MS = 60_000
const LOOK_MS = 1_000

/** Looks again and again, until it is stopped. */
export function makeRunsAhead(pool: Pool, log: Logger, planAheadMs: number): Repeated {
  const failures = new Map<string, number>()
  return repeat(
    'making runs of schedules',
    LOOK_MS,
    () => makeRuns({ pool, log, aheadMs: planAheadMs + EARLIER_MS, failures }),
    log,
  )
}

/**
 * Returns how many schedules it has decided about. Safe to call at any time and from several processes. A schedule that cannot be
 * decided about keeps no other from running.
 */
export async function makeRuns({ pool, log, aheadMs, failures = new Map() }: MakeRunsDeps): Promise<number> {
  const failed: string[] = []
  for (let done = 0; ; ) {
    let due: (Schedule & { now: Date }) | undefined
    try {
      const problem = await inTransaction(pool, async (tx) => {
        due = await lockDue(tx, aheadMs, failed)
        return due === undefined ? null : await decide(tx, due, new Date(due.now.getTime() + aheadMs), log)
      })
      if (due !== undefined) {
        done += 1
        failures.delete(due.id)
        if (problem !== null) tellPaused(log, due, problem)
      }
    } catch (error) {
      // The database is away: the next look tries again.
      if (due === undefined) throw error
      failed.push(due.id)
      await noteFailure({ pool, log, failures }, due, error)
    }
    if (due === undefined) {
      await endDone(pool)
      return done
    }
  }
}

function tellPaused(log: Logger, { id, name }: Schedule, problem: string): void {
  log.error({ scheduleId: id, name, problem }, 'a schedule is paused: it can no longer be sent')
  schedulePaused.publish({ scheduleId: id, name, detail: problem } satisfies SchedulePaused)
}

/** Looks in a row: half a minute, of the eleven that there are before a run. What passes by itself has passed by then. */
const MOST_FAILURES = 30

async function noteFailure(
  { pool, log, failures }: { pool: Pool; log: Logger; failures: Map<string, number> },
  schedule: Schedule,
  error: unknown,
): Promise<void> {
  const { id } = schedule
  const count = (failures.get(id) ?? 0) + 1
  failures.set(id, count)
  log.error({ err: error, scheduleId: id, count }, 'the runs of a schedule cannot be decided')
  if (count < MOST_FAILURES) return
  const problem = `Its next run could not be made, ${count} times in a row: ${(error as Error).message}. Change the schedule or leave the run out, and resume it.`
  const { rowCount } = await pauseItself(pool, id, problem)
  failures.delete(id)
  if (rowCount === 1) tellPaused(log, schedule, problem)
}

function pauseItself(db: Queryable, id: string, problem: string) {
  return db.query({
    name: 'schedule-pause-itself',
    text: `UPDATE schedules SET state = 'paused', problem = $2, version = version + 1, updated_at = now()
           WHERE id = $1 AND state = 'active'`,
    values: [id, problem],
  })
}

/**
 * A schedule without a run to come has ended, once the time of its last one has passed: until then that can be left out, taken in
 * again, and moved.
 */
async function endDone(pool: Pool): Promise<void> {
  await pool.query({
    name: 'schedule-end-done',
    text: `UPDATE schedules SET state = 'ended', version = version + 1, updated_at = now()
           WHERE state = 'active' AND next_at IS NULL AND decided_through <= now()
             AND NOT EXISTS (SELECT FROM schedule_runs r WHERE r.schedule_id = schedules.id AND r.at > now())`,
  })
}

async function lockDue(
  tx: Queryable,
  aheadMs: number,
  failed: readonly string[],
): Promise<(Schedule & { now: Date }) | undefined> {
  const { rows } = await tx.query<Schedule & { now: Date }>({
    name: 'schedule-lock-due',
    text: `SELECT ${SCHEDULE_COLUMNS}, clock_timestamp() AS now FROM (
             SELECT * FROM schedules WHERE state = 'active' AND next_at <= now() + make_interval(secs => $1::float8 / 1000)
               AND id <> ALL ($2::uuid[])
             ORDER BY next_at LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED) s`,
    values: [aheadMs, failed],
  })
  return rows[0]
}

/**
 * The schedule is locked. Decides about all runs up to `through`, of which those before `now` are late. Returns why it is paused
 * instead; null: it is not.
 */
export async function decide(
  tx: Queryable,
  schedule: Schedule & { now: Date },
  through: Date,
  log?: Logger,
): Promise<string | null> {
  const { id, now } = schedule
  const problem = problemOf(schedule)
  if (problem !== null) {
    await pauseItself(tx, id, problem)
    return problem
  }
  for (const { at, local, outcome } of outcomesOf(await findUndecided(tx, schedule, through), now)) {
    const campaignId = outcome === 'made' ? await makeCampaign(tx, schedule, { at, local }, at) : null
    await recordRun(tx, id, { at, local, outcome, campaignId, by: null })
    log?.info({ scheduleId: id, campaignId, run: local, outcome }, 'a run of a schedule is decided')
  }
  await moveOn(tx, schedule, through)
  return null
}

/** Its runs up to `through` but for those that were decided by hand: a run has one row. */
export async function findUndecided(tx: Queryable, schedule: Schedule, through: Date): Promise<FoundRun[]> {
  const { id, decidedThrough } = schedule
  const decided = await readDecided(tx, id, decidedThrough, through)
  return findRuns(schedule, decidedThrough, through).filter(({ at }) => !decided.has(at.getTime()))
}

/** More of them are not recorded: after a year of standstill nobody reads each. */
const MOST_MISSED = 100

export interface Decision {
  at: Date
  local: string
  outcome: RunOutcome
}

/** `runs`: those that are not decided, in order. Pure. */
export function outcomesOf(
  runs: readonly { at: Date; local: string; isDateMissing: boolean }[],
  now: Date,
): Decision[] {
  const latest = runs.findLast(({ at, isDateMissing }) => !isDateMissing && at <= now)
  const decisions = runs.map((run): Decision => {
    const { at, local, isDateMissing } = run
    const outcome = isDateMissing ? 'no_such_day' : at <= now && run !== latest ? 'missed' : 'made'
    return { at, local, outcome }
  })
  const missed = decisions.filter(({ outcome }) => outcome === 'missed')
  const left = new Set(missed.slice(0, -MOST_MISSED))
  return decisions.filter((decision) => !left.has(decision))
}

/** Everything up to `through` is decided. */
export async function moveOn(tx: Queryable, schedule: Schedule, through: Date): Promise<void> {
  const next = await findNext(tx, schedule, through)
  await tx.query({
    name: 'schedule-move-on',
    text: `UPDATE schedules SET decided_through = $2, next_at = $3, updated_at = now()
           WHERE id = $1`,
    values: [schedule.id, through, next],
  })
}

/** Runs in a row that a person has left out or sent early. With more, the next one is looked at when its time comes. */
const MOST_DECIDED = 20

/** The first run after that which nobody has decided about. Null: there is none. */
export async function findNext(
  tx: Queryable,
  schedule: ScheduleTimes & { id: string },
  through: Date,
): Promise<Date | null> {
  const runs = nextRuns(schedule, through, MOST_DECIDED)
  const last = runs.at(-1)
  if (last === undefined) return null
  const decided = await readDecided(tx, schedule.id, through, last.at)
  const next = runs.find(({ at }) => !decided.has(at.getTime()))
  return next?.at ?? (runs.length === MOST_DECIDED ? last.at : null)
}

async function readDecided(tx: Queryable, id: string, after: Date, through: Date): Promise<Set<number>> {
  const { rows } = await tx.query<{ at: Date }>({
    name: 'schedule-runs-decided',
    text: 'SELECT at FROM schedule_runs WHERE schedule_id = $1 AND at > $2 AND at <= $3',
    values: [id, after, through],
  })
  return new Set(rows.map(({ at }) => at.getTime()))
}

/** With a new version, the rules for messages and audiences may have become stricter, or a zone have gone. Null: it can be sent. */
export function problemOf(schedule: Schedule): string | null {
  const problem = timesProblem(schedule)
  if (problem !== null) return problem
  try {
    checkContent(schedule)
    return null
  } catch (error) {
    if (error instanceof AppError) return error.message
    throw error
  }
}

/** A scheduled campaign with the template of the schedule. Returns its id. */
export async function makeCampaign(
  tx: Queryable,
  { id, name }: Schedule,
  { at, local }: { at: Date; local: string },
  scheduledAt: Date,
): Promise<string> {
  const campaignId = randomUUIDv7()
  await tx.query({
    name: 'schedule-make-campaign',
    text: `INSERT INTO campaigns
             (id, project_id, name, message, audience, tags, state, guarantee, priority, rate_per_minute, scheduled_at,
              latest_start_minutes, created_by, sent_by, schedule_id, schedule_run_at,
              kind, advertiser, night, send_window, default_zone, ignores_caps, counts_toward_caps, once_per_member, not_after)
           SELECT $2, project_id, $3, message, audience, tags, 'scheduled', guarantee, priority, rate_per_minute, $5,
             latest_start_minutes, created_by, coalesce(changed_by, created_by), id, $4,
             kind, advertiser, night, send_window, default_zone, ignores_caps, counts_toward_caps, once_per_member, $5::timestamptz + make_interval(mins => not_after_minutes)
           FROM schedules WHERE id = $1`,
    values: [id, campaignId, `${name} · ${local.replace('T', ' ')}`, at, scheduledAt],
  })
  return campaignId
}

/**
 * For WHERE over campaigns `c`: one that was made of a run, has not started, and nobody has taken in hand. Its version says nothing:
 * it grows when a member is erased.
 */
export const IS_AS_MADE = `c.state = 'scheduled' AND c.deleted_at IS NULL AND c.cancel_at IS NULL AND c.changed_by IS NULL
  AND c.scheduled_at = c.schedule_run_at`

export interface RunRecord extends Decision {
  campaignId: string | null
  by: string | null
}

export async function recordRun(
  tx: Queryable,
  scheduleId: string,
  { at, local, outcome, campaignId, by }: RunRecord,
): Promise<void> {
  await tx.query({
    name: 'schedule-record-run',
    text: `INSERT INTO schedule_runs (schedule_id, at, local, outcome, campaign_id, decided_by) VALUES ($1, $2, $3, $4, $5, $6)`,
    values: [scheduleId, at, local, outcome, campaignId, by],
  })
}

/** It is decided anew. */
export async function forgetRun(tx: Queryable, id: string, at: Date): Promise<void> {
  await tx.query({
    name: 'schedule-forget-run',
    text: 'DELETE FROM schedule_runs WHERE schedule_id = $1 AND at = $2',
    values: [id, at],
  })
}
