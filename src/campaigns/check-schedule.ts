import { AppError } from '../domain/errors.ts'

/** As with a local time and a date of a schedule: no calendar shows more, and a year of five digits breaks many a reader. */
const LAST_YEAR = 2199

/** Throws `schedule_in_past` unless the time is in the future, and `invalid_request` if it is centuries away. Null: no schedule. */
export function checkSchedule(scheduledAt: Date | null): void {
  const now = new Date()
  if (scheduledAt === null) return
  checkYear(scheduledAt)
  if (scheduledAt > now) return
  throw new AppError(
    'schedule_in_past',
    `scheduledAt is ${scheduledAt.toISOString()}, which is in the past (it is ${now.toISOString()} now). Give a time in the future, or leave it out and POST …/send.`,
    { fields: [{ field: '/scheduledAt', problem: 'is in the past' }] },
  )
}

/** Throws `invalid_request`. */
export function checkYear(scheduledAt: Date): void {
  if (scheduledAt.getUTCFullYear() <= LAST_YEAR) return
  throw new AppError(
    'invalid_request',
    `scheduledAt is ${scheduledAt.toISOString()}; the last year is ${LAST_YEAR}. Nothing was changed. Give an earlier time.`,
    { fields: [{ field: '/scheduledAt', problem: `is after the year ${LAST_YEAR}` }] },
  )
}
