import { AppError } from '../../domain/errors.ts'

/**
 * Parses a time that has passed the schema's "date-time" format. That format also accepts second 60, which Date cannot
 * represent, and offsets that lead outside years 0 to 9999; both are refused here.
 */
export function timeOf(field: string, text: string | null): Date | null {
  if (text === null) return null
  const time = new Date(text)
  if (!Number.isNaN(time.getTime()) && /^\d{4}-/.test(time.toISOString())) return time
  throw new AppError('invalid_request', `${field} is ${JSON.stringify(text)}, which is not a valid time.`, {
    fields: [{ field: `/${field}`, problem: 'is not a valid time' }],
  })
}
