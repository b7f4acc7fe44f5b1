/**
 * Edits, pauses, resumes and ends a schedule, in the version that was seen. Runs that were made of it and have not started
 * are taken back in the same transaction, and made anew from what it says then; those that have started, or that a person
 * has changed, stay, and are named in the answer.
 */
import { inDeed, type Note } from '../audit/note-deeds.ts'
import { type AudienceGuard, confirmAudience } from '../campaigns/confirm-audience.ts'
import { messageHash } from '../campaigns/message-hash.ts'
import { checkTags } from '../campaigns/tag-campaign.ts'
import { summarizeAudience } from '../domain/audience-summary.ts'
import { RESTORE_SECONDS } from '../domain/campaign.ts'
import type { LawDefaults } from '../domain/check-send-rules.ts'
import type { DeedName } from '../domain/deeds.ts'
import { AppError } from '../domain/errors.ts'
import type { RunOutcome, ScheduleState, ScheduleTimes } from '../domain/schedule-rule.ts'
import type { Pool, Queryable } from '../postgres/pool.ts'
import { checkScheduleTimes } from './check-schedule-times.ts'
import { checkContent, checkTemplate } from './check-template.ts'
import { findRuns } from './find-runs.ts'
import { decide, findNext, findUndecided, IS_AS_MADE, outcomesOf, problemOf, recordRun } from './make-runs.ts'
import { noteSchedule } from './note-schedule.ts'
import { expectVersion, lockSchedule, readSchedule, type Schedule, type Template } from './read-schedules.ts'

const DAY_MS = 86_400_000

export interface ScheduleEdit {
  version: number
  by: string | null
  confirmAudience?: number | undefined
}

export interface Changed {
  schedule: Schedule
  /** Campaigns of its runs that have not ended and are as they were: they have started, or a person has changed them. */
  keptCampaigns: string[]
}

export type ScheduleChanges = Partial<Template & ScheduleTimes>

export async function editSchedule(
  { pool, guard, law }: { pool: Pool; guard: AudienceGuard; law: LawDefaults },
  id: string,
  changes: ScheduleChanges,
  { version, by, confirmAudience: confirmed }: ScheduleEdit,
): Promise<Changed> {
  const seen = await readSchedule(pool, id)
  expectVersion(seen, version)
  const next = checkTemplate({ ...seen, ...changes }, law)
  const { message, audience, advertiser, sendWindow } = next
  if (changes.audience !== undefined || confirmed !== undefined) {
    // Counted before the transaction, which is about the same version: a count may take seconds.
    await confirmAudience(guard, seen.projectId, audience, confirmed)
  }
  const fields = Object.keys(changes).filter((field) => changes[field as keyof ScheduleChanges] !== undefined)
  const asked = { isEdit: true, deed: 'schedule.edited', fields } as const
  return await change(pool, id, version, by, asked, async (tx, schedule) => {
    if (schedule.state === 'ended') throw notChangeable(schedule, 'edited')
    const times = checkScheduleTimes(next, schedule.now)
    await tx.query({
      name: 'schedule-edit',
      text: `UPDATE schedules SET name = $2, message = $3, audience = $4, tags = $5, guarantee = $6, priority = $7,
               rate_per_minute = $8, latest_start_minutes = $9, rule = $10, timezone = $11, starts_on = $12, ends_on = $13,
               skip_dates = $14, kind = $15, advertiser = $16, night = $17, send_window = $18, not_after_minutes = $19,
               default_zone = $20, ignores_caps = $21, counts_toward_caps = $22, once_per_member = $23, problem = NULL
             WHERE id = $1`,
      values: [
        id,
        next.name,
        JSON.stringify(message),
        JSON.stringify(audience),
        checkTags(next.tags),
        next.guarantee,
        next.priority,
        next.ratePerMinute,
        next.latestStartMinutes,
        JSON.stringify(times.rule),
        times.timezone,
        times.startsOn,
        times.endsOn,
        times.skipDates,
        next.kind,
        advertiser && JSON.stringify(advertiser),
        next.night,
        sendWindow && JSON.stringify(sendWindow),
        next.notAfterMinutes,
        next.defaultZone,
        next.ignoresCaps,
        next.countsTowardCaps,
        next.oncePerMember,
      ],
    })
    return { times, state: schedule.state }
  })
}

const MOVES = {
  pause: { from: ['active'], to: 'paused', done: 'paused', deed: 'schedule.paused' },
  resume: { from: ['paused'], to: 'active', done: 'resumed', deed: 'schedule.resumed' },
  end: { from: ['active', 'paused'], to: 'ended', done: 'ended', deed: 'schedule.ended' },
} as const satisfies Record<
  string,
  { from: readonly ScheduleState[]; to: ScheduleState; done: string; deed: DeedName }
>
export type ScheduleMove = keyof typeof MOVES

/** Runs that passed while it was paused are not made up for. */
export async function moveSchedule(
  pool: Pool,
  id: string,
  move: ScheduleMove,
  { version, by }: ScheduleEdit,
): Promise<Changed> {
  const { from, to, done, deed } = MOVES[move]
  return await change(pool, id, version, by, { isEdit: false, deed, fields: [] }, async (_tx, schedule) => {
    if (!(from as readonly ScheduleState[]).includes(schedule.state)) throw notChangeable(schedule, done)
    // What it says must still be possible: its last day may have passed meanwhile.
    if (move === 'resume') {
      checkScheduleTimes(schedule, schedule.now)
      checkContent(schedule)
    }
    return { times: schedule, state: to }
  })
}

async function change(
  pool: Pool,
  id: string,
  version: number,
  by: string | null,
  { isEdit, deed: name, fields }: { isEdit: boolean; deed: DeedName; fields: readonly string[] },
  deed: (
    tx: Queryable,
    schedule: Schedule & { now: Date },
  ) => Promise<{ times: ScheduleTimes; state: ScheduleState }>,
): Promise<Changed> {
  const keptCampaigns = await inDeed(pool, async (tx, note) => {
    const schedule = await lockSchedule(tx, id)
    expectVersion(schedule, version)
    await settleOverdue(tx, note, schedule, isEdit)
    const { times, state } = await deed(tx, schedule)
    await takeBackRuns(tx, id, schedule.now)
    await keepDates(tx, { ...times, id }, schedule.now)
    await tx.query({
      name: 'schedule-change',
      text: `UPDATE schedules SET state = $2::schedule_state, problem = CASE WHEN $2::schedule_state = 'paused' THEN problem END, decided_through = $3,
               next_at = $4, changed_by = $5, version = version + 1, updated_at = now() WHERE id = $1`,
      values: [
        id,
        state,
        schedule.now,
        state === 'ended' ? null : await findNext(tx, { ...times, id }, schedule.now),
        by,
      ],
    })
    const kept = await openCampaigns(tx, id)
    const before = {
      messageHash: messageHash(schedule.message),
      audience: summarizeAudience(schedule.audience),
    }
    noteSchedule(note, name, await readSchedule(tx, id), {
      seenVersion: version,
      ...(isEdit && { fields, before }),
      keptCampaigns: kept.length,
    })
    return kept
  })
  return { schedule: await readSchedule(pool, id), keptCampaigns }
}

/**
 * What is overdue, because nothing was running, is decided by what the schedule has said until now: an edit must not swallow it, and
 * what it says then must not be made up for. Who pauses or ends the schedule does not want it sent.
 */
async function settleOverdue(
  tx: Queryable,
  note: Note,
  schedule: Schedule & { now: Date },
  isEdit: boolean,
): Promise<void> {
  const { id, state, now, nextAt } = schedule
  if (state !== 'active' || nextAt === null || nextAt > now) return
  if (isEdit && problemOf(schedule) === null) {
    await decide(tx, note, schedule, now)
    return
  }
  for (const { at, local, outcome } of outcomesOf(await findUndecided(tx, schedule, now), now)) {
    const missed = outcome === 'made' ? 'missed' : outcome
    await recordRun(tx, id, { at, local, outcome: missed, campaignId: null, by: null })
  }
}

/**
 * A date that a person has left out, or whose run was sent early, stays so when its run is at another time of that day: it would
 * be sent after all, or twice.
 */
async function keepDates(tx: Queryable, times: ScheduleTimes & { id: string }, now: Date): Promise<void> {
  const { rows } = await tx.query<{ at: Date; local: string; outcome: RunOutcome; by: string }>({
    name: 'schedule-decided-by-hand',
    text: `SELECT at, local, outcome, decided_by AS by FROM schedule_runs
           WHERE schedule_id = $1 AND at > $2 AND decided_by IS NOT NULL ORDER BY at`,
    values: [times.id, now],
  })
  const decided = new Set(rows.map(({ at }) => at.getTime()))
  for (const { at, local, outcome, by } of rows) {
    if (findRuns(times, new Date(at.getTime() - 1), at).length > 0) continue
    const date = local.slice(0, 10)
    const ofTheDay = findRuns(times, new Date(at.getTime() - 2 * DAY_MS), new Date(at.getTime() + 2 * DAY_MS))
    const run = ofTheDay.find(
      (each) =>
        !each.isDateMissing &&
        each.local.startsWith(date) &&
        each.at > now &&
        !decided.has(each.at.getTime()),
    )
    if (outcome === 'skipped') {
      await tx.query({
        name: 'schedule-forget-run',
        text: 'DELETE FROM schedule_runs WHERE schedule_id = $1 AND at = $2',
        values: [times.id, at],
      })
    }
    if (run === undefined) continue
    decided.add(run.at.getTime())
    await recordRun(tx, times.id, { at: run.at, local: run.local, outcome: 'skipped', campaignId: null, by })
  }
}

/**
 * Runs to come that are campaigns already, as they were made. They cannot be restored, as what a person deletes can: another
 * campaign takes the place.
 */
async function takeBackRuns(tx: Queryable, id: string, now: Date): Promise<void> {
  await tx.query({
    name: 'schedule-take-back',
    text: `WITH taken AS (
             UPDATE campaigns SET deleted_at = now() - interval '${RESTORE_SECONDS} s', version = version + 1
             WHERE id IN (SELECT c.id FROM campaigns c
               WHERE c.schedule_id = $1 AND c.schedule_run_at > $2 AND ${IS_AS_MADE}
               ORDER BY c.id FOR NO KEY UPDATE)
             RETURNING id)
           DELETE FROM schedule_runs WHERE schedule_id = $1 AND campaign_id IN (SELECT id FROM taken)`,
    values: [id, now],
  })
}

async function openCampaigns(tx: Queryable, id: string): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>({
    name: 'schedule-open-campaigns',
    text: `SELECT id FROM campaigns WHERE schedule_id = $1 AND closed_at IS NULL AND state <> 'draft' AND deleted_at IS NULL
           ORDER BY id`,
    values: [id],
  })
  return rows.map((row) => row.id)
}

function notChangeable({ id, state }: Schedule, done: string): AppError {
  return new AppError(
    'schedule_not_changeable',
    `Schedule ${id} is "${state}" and cannot be ${done}. ${state === 'ended' ? 'Create a new one.' : 'GET it to see its state.'}`,
  )
}
