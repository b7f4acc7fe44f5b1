import { AppError } from '../../domain/errors.ts'
import { canonicalTimezone } from '../../domain/timezone.ts'

/** The time zone that a query names as `timezone`, in its one spelling. Throws `invalid_request`. */
export function zoneOf(given: string): string {
  const zone = canonicalTimezone(given)
  if (zone !== undefined) return zone
  const problem = `is ${JSON.stringify(given)}, which is no time zone. Give a name as IANA lists it, such as "Asia/Seoul" or "UTC"`
  throw new AppError('invalid_request', `timezone ${problem}.`, {
    fields: [{ field: '/timezone', problem }],
  })
}
