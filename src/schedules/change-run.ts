/** One run of a schedule by hand: leave it out, take it in again, or send it now. */
import { inDeed } from '../audit/note-deeds.ts'
import { type AudienceGuard, confirmAudience } from '../campaigns/confirm-audience.ts'
import { RESTORE_SECONDS } from '../domain/campaign.ts'
import { AppError } from '../domain/errors.ts'
import type { RunOutcome } from '../domain/schedule-rule.ts'
import type { Pool, Queryable } from '../postgres/pool.ts'
import { findRuns } from './find-runs.ts'
import { IS_AS_MADE, makeCampaign, moveOn, problemOf, recordRun } from './make-runs.ts'
import { noteSchedule } from './note-schedule.ts'
import { expectVersion, lockSchedule, readSchedule, type Schedule } from './read-schedules.ts'

/** Ten years. */
const MOST_AHEAD_MS = 3_650 * 86_400_000

export interface RunChange {
  at: Date
  version: number
  by: string | null
}

interface Locked {
  schedule: Schedule & { now: Date }
  local: string
  decided: { outcome: RunOutcome; campaignId: string | null } | undefined
}

/** Safe to repeat. A run that is a campaign already is taken back, unless it has started. */
export async function skipRun(pool: Pool, id: string, { at, version, by }: RunChange): Promise<Schedule> {
  await inDeed(pool, async (tx, note) => {
    const { schedule, local, decided } = await lockRun(tx, id, at)
    if (decided?.outcome === 'skipped') return
    expectVersion(schedule, version)
    if (decided !== undefined) await takeBack(tx, id, at, decided.campaignId)
    await recordRun(tx, id, { at, local, outcome: 'skipped', campaignId: null, by })
    await settle(tx, schedule, by, schedule.decidedThrough)
    noteSchedule(note, 'schedule.run_skipped', next(schedule), { seenVersion: version, runAt: at })
  })
  return readSchedule(pool, id)
}

/** Takes in again a run that was left out. Safe to repeat. */
export async function restoreRun(pool: Pool, id: string, { at, version, by }: RunChange): Promise<Schedule> {
  await inDeed(pool, async (tx, note) => {
    const { schedule, decided } = await lockRun(tx, id, at)
    if (
      decided?.outcome !== 'skipped' &&
      !(decided?.outcome === 'made' && (await isGone(tx, decided.campaignId)))
    )
      return
    expectVersion(schedule, version)
    await forgetRun(tx, id, at)
    // It is decided anew. Those that are decided keep their rows.
    const through = new Date(Math.min(schedule.decidedThrough.getTime(), schedule.now.getTime()))
    await settle(tx, schedule, by, through)
    noteSchedule(note, 'schedule.run_restored', next(schedule), { seenVersion: version, runAt: at })
  })
  return readSchedule(pool, id)
}

/** Returns the campaign, which starts within a second. At its own time it is not sent again. */
export async function sendRunNow(
  { pool, guard }: { pool: Pool; guard: AudienceGuard },
  id: string,
  { at, version, by, confirmAudience: confirmed }: RunChange & { confirmAudience?: number | undefined },
): Promise<string> {
  const seen = await readSchedule(pool, id)
  expectVersion(seen, version)
  const devices = await confirmAudience(guard, seen.projectId, seen.audience, confirmed)
  return await inDeed(pool, async (tx, note) => {
    const { schedule, local, decided } = await lockRun(tx, id, at)
    expectVersion(schedule, version)
    const problem = problemOf(schedule)
    if (problem !== null) throw notChangeable(id, at, `its message or audience cannot be sent. ${problem}`)
    if (decided?.outcome === 'skipped') throw notChangeable(id, at, 'it was left out; take it in again first')
    if (decided !== undefined) await takeBack(tx, id, at, decided.campaignId)
    const campaignId = await makeCampaign(tx, note, schedule, { at, local }, schedule.now)
    await recordRun(tx, id, { at, local, outcome: 'made', campaignId, by })
    await settle(tx, schedule, by, schedule.decidedThrough)
    noteSchedule(note, 'schedule.run_sent', next(schedule), {
      seenVersion: version,
      runAt: at,
      campaignId,
      devices,
      confirmedDevices: confirmed ?? null,
    })
    return campaignId
  })
}

/** Throws unless it is a run to come, of a schedule that has not ended. */
async function lockRun(tx: Queryable, id: string, at: Date): Promise<Locked> {
  const schedule = await lockSchedule(tx, id)
  // Nobody decides about a run that is further away, and no date is beyond year 9999.
  const isNear = at > schedule.now && at.getTime() < schedule.now.getTime() + MOST_AHEAD_MS
  const [run] = isNear ? findRuns(schedule, new Date(at.getTime() - 1), at) : []
  if (schedule.state === 'ended' || run === undefined || run.isDateMissing) {
    throw new AppError(
      'run_not_found',
      `Schedule ${id} has no run to come at ${at.toISOString()}. GET /v1/schedules/${id} lists the next ones in "nextRuns".`,
    )
  }
  const { rows } = await tx.query<{ outcome: RunOutcome; campaignId: string | null }>({
    name: 'schedule-run-read',
    text: `SELECT outcome, campaign_id AS "campaignId" FROM schedule_runs WHERE schedule_id = $1 AND at = $2`,
    values: [id, at],
  })
  return { schedule, local: run.local, decided: rows[0] }
}

/** The campaign of the run, and the decision about it. Throws if it has started, or a person has taken it in hand. */
async function takeBack(tx: Queryable, id: string, at: Date, campaignId: string | null): Promise<void> {
  if (!(await isGone(tx, campaignId))) {
    const { rowCount } = await tx.query({
      name: 'schedule-take-back-run',
      text: `UPDATE campaigns c SET deleted_at = now() - interval '${RESTORE_SECONDS} s', version = version + 1
             WHERE id = $1 AND ${IS_AS_MADE}`,
      values: [campaignId],
    })
    if (rowCount !== 1) {
      throw notChangeable(
        id,
        at,
        `it is campaign ${campaignId}, which has started, has ended, or was changed by a person. Send, cancel or delete that one`,
      )
    }
  }
  await forgetRun(tx, id, at)
}

/** A person has deleted the campaign of the run. */
async function isGone(tx: Queryable, campaignId: string | null): Promise<boolean> {
  const { rowCount } = await tx.query({
    name: 'schedule-run-campaign',
    text: 'SELECT FROM campaigns WHERE id = $1 AND deleted_at IS NULL',
    values: [campaignId],
  })
  return rowCount === 0
}

async function forgetRun(tx: Queryable, id: string, at: Date): Promise<void> {
  await tx.query({
    name: 'schedule-forget-run',
    text: 'DELETE FROM schedule_runs WHERE schedule_id = $1 AND at = $2',
    values: [id, at],
  })
}

async function settle(tx: Queryable, schedule: Schedule, by: string | null, through: Date): Promise<void> {
  await moveOn(tx, schedule, through)
  await tx.query({
    name: 'schedule-run-changed',
    text: 'UPDATE schedules SET version = version + 1, changed_by = $2, updated_at = now() WHERE id = $1',
    values: [schedule.id, by],
  })
}

/** As `settle` leaves it. */
function next(schedule: Schedule): Schedule {
  return { ...schedule, version: schedule.version + 1 }
}

function notChangeable(id: string, at: Date, why: string): AppError {
  return new AppError(
    'run_not_changeable',
    `The run of schedule ${id} at ${at.toISOString()} cannot be changed: ${why}.`,
  )
}
