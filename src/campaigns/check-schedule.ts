import { AppError } from '../domain/errors.ts'

/** Throws `schedule_in_past` unless the time is in the future. Null: no schedule. */
export function checkSchedule(scheduledAt: Date | null): void {
  const now = new Date()
  if (scheduledAt === null || scheduledAt > now) return
  throw new AppError(
    'schedule_in_past',
    `scheduledAt is ${scheduledAt.toISOString()}, which is in the past (it is ${now.toISOString()} now). Give a time in the future, or leave it out and POST …/send.`,
    { fields: [{ field: '/scheduledAt', problem: 'is in the past' }] },
  )
}
