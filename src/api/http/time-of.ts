/** A time as a body has it, once its schema has let it pass. */
import { AppError } from '../../domain/errors.ts'

/** The schema lets second 60 pass, which JavaScript does not know, and offsets that lead out of the calendar. */
export function timeOf(field: string, text: string | null): Date | null {
  if (text === null) return null
  const time = new Date(text)
  if (!Number.isNaN(time.getTime()) && /^\d{4}-/.test(time.toISOString())) return time
  throw new AppError('invalid_request', `${field} is ${JSON.stringify(text)}, which is no time of day.`, {
    fields: [{ field: `/${field}`, problem: 'is no time of day' }],
  })
}
