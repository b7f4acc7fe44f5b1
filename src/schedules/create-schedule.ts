import { inDeed } from '../audit/note-deeds.ts'
import type { AudienceGuard } from '../campaigns/confirm-audience.ts'
import { confirmAudience } from '../campaigns/confirm-audience.ts'
import { checkTags } from '../campaigns/tag-campaign.ts'
import type { LawDefaults } from '../domain/check-send-rules.ts'
import type { ScheduleTimes } from '../domain/schedule-rule.ts'
import type { Pool } from '../postgres/pool.ts'
import { checkScheduleTimes } from './check-schedule-times.ts'
import { checkTemplate } from './check-template.ts'
import { nextRuns } from './find-runs.ts'
import { noteSchedule } from './note-schedule.ts'
import { readSchedule, type Schedule, type Template } from './read-schedules.ts'

export interface NewSchedule extends Template, ScheduleTimes {
  id: string
  projectId: number
  /** How many devices the caller means each run to go to, as far as that is known now. */
  confirmAudience?: number | undefined
  createdBy: string | null
}

/** Safe to repeat with the same id: returns the schedule that the first call created. */
export async function createSchedule(
  { pool, guard, law }: { pool: Pool; guard: AudienceGuard; law: LawDefaults },
  given: NewSchedule,
): Promise<Schedule> {
  const { rowCount } = await pool.query('SELECT FROM schedules WHERE id = $1', [given.id])
  // Not checked again: a repeat would be told that nothing was created, because an hour has gone by.
  if (rowCount === 1) return readSchedule(pool, given.id)
  const now = new Date()
  const times = checkScheduleTimes(given, now)
  const template = checkTemplate(given, law)
  const { message, audience, advertiser, sendWindow } = template
  const devices = await confirmAudience(guard, given.projectId, audience, given.confirmAudience)
  const insert = {
    name: 'schedule-create',
    text: `INSERT INTO schedules (id, project_id, name, message, audience, tags, guarantee, priority, rate_per_minute,
             latest_start_minutes, rule, timezone, starts_on, ends_on, skip_dates, decided_through, next_at, created_by,
             kind, advertiser, night, send_window, not_after_minutes, default_zone, ignores_caps, counts_toward_caps, once_per_member)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27)
           ON CONFLICT (id) DO NOTHING`,
    values: [
      given.id,
      given.projectId,
      given.name,
      JSON.stringify(message),
      JSON.stringify(audience),
      checkTags(given.tags),
      given.guarantee,
      given.priority,
      given.ratePerMinute,
      given.latestStartMinutes,
      JSON.stringify(times.rule),
      times.timezone,
      times.startsOn,
      times.endsOn,
      times.skipDates,
      now,
      nextRuns(times, now, 1)[0]?.at ?? null,
      given.createdBy,
      template.kind,
      advertiser && JSON.stringify(advertiser),
      template.night,
      sendWindow && JSON.stringify(sendWindow),
      template.notAfterMinutes,
      template.defaultZone,
      template.ignoresCaps,
      template.countsTowardCaps,
      template.oncePerMember,
    ],
  }
  await inDeed(pool, async (tx, note) => {
    const { rowCount: created } = await tx.query(insert)
    if (created !== 1) return
    const confirmedDevices = given.confirmAudience ?? null
    noteSchedule(note, 'schedule.created', await readSchedule(tx, given.id), { devices, confirmedDevices })
  })
  return readSchedule(pool, given.id)
}
