import { AppError } from '../domain/errors.ts'
import { type LocalTime, spanOf } from '../domain/local-time.ts'
import { canonicalTimezone } from '../domain/timezone.ts'
import { isWallTime } from '../domain/zoned-time.ts'

/**
 * Returns it with the zone in its one spelling. Throws `invalid_local_time`, or `local_time_past` if it is in nobody's future:
 * whatever becomes of who is late, that is a mistake in the date.
 */
export function checkLocalTime(time: LocalTime, now: Date): LocalTime {
  if (!isWallTime(time.localAt)) {
    throw new AppError(
      'invalid_local_time',
      `localAt is ${JSON.stringify(time.localAt)}; expected a date that exists and a time without a zone, such as "2026-12-24T20:00". Nothing was changed.`,
      { fields: [{ field: '/localAt', problem: 'is no date and time such as "2026-12-24T20:00"' }] },
    )
  }
  const defaultZone = canonicalTimezone(time.defaultZone)
  if (defaultZone === undefined) {
    throw new AppError(
      'invalid_local_time',
      `defaultZone is ${JSON.stringify(time.defaultZone)}, which is no time zone; for example "Asia/Seoul". Nothing was changed.`,
      { fields: [{ field: '/defaultZone', problem: 'is no time zone' }] },
    )
  }
  const { latest } = spanOf(time.localAt)
  if (latest <= now) throw localTimePast(time.localAt, `since ${latest.toISOString()} it has been everywhere`)
  return { ...time, defaultZone }
}

export function localTimePast(localAt: string, why: string): AppError {
  return new AppError(
    'local_time_past',
    `localAt is ${localAt}, which is in nobody's future: ${why}. Nothing was changed. Give a later time, or leave it out and POST …/send.`,
    { fields: [{ field: '/localAt', problem: 'has passed everywhere' }] },
  )
}
