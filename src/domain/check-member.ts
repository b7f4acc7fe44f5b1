/** Checks what a person changes about a member. The values are written as registration and import write them. */
import { MAX_ATTRIBUTES_BYTES } from './device-row.ts'
import { AppError } from './errors.ts'
import { canonicalLocale } from './locale.ts'
import { isStillToCome, pointInTime } from './point-in-time.ts'
import { shorten } from './rejection.ts'
import { canonicalTimezone } from './timezone.ts'

export interface MemberChanges {
  optedOut?: boolean
  /** When the member said so. Only together with `optedOut`; without it, now. */
  consentAt?: Date
  /** Null takes it away. The same for `timezone`. */
  locale?: string | null
  timezone?: string | null
  /** Replaces all attributes, as registration and import do. */
  attributes?: Record<string, unknown>
}

const utf8 = new TextEncoder()

/** Returns the changes as they are stored. Throws `invalid_request` for the first one that is not valid. */
export function checkMemberChanges(changes: MemberChanges, now = Date.now()): MemberChanges {
  const { optedOut, consentAt, locale, timezone, attributes } = changes
  if (consentAt !== undefined && optedOut === undefined) {
    throw invalid('consentAt', 'says when a statement was made, but there is none; send optedOut with it')
  }
  if (consentAt !== undefined && isStillToCome(consentAt.getTime(), now)) {
    throw invalid('consentAt', `is ${consentAt.toISOString()}, which is in the future`)
  }
  if (consentAt !== undefined && pointInTime(consentAt.toISOString(), now) === undefined) {
    throw invalid('consentAt', `is ${consentAt.toISOString()}; expected a time since 2000, as in imports`)
  }
  if (attributes !== undefined) {
    const bytes = utf8.encode(JSON.stringify(attributes)).length
    if (bytes > MAX_ATTRIBUTES_BYTES) {
      throw invalid('attributes', `have ${bytes} bytes as JSON; expected at most ${MAX_ATTRIBUTES_BYTES}`)
    }
  }
  return {
    ...changes,
    ...(typeof locale === 'string' && {
      locale: canonical('locale', locale, canonicalLocale, 'a language tag such as "de" or "de-AT"'),
    }),
    ...(typeof timezone === 'string' && {
      timezone: canonical('timezone', timezone, canonicalTimezone, 'a name such as "Europe/Berlin"'),
    }),
  }
}

function canonical(
  field: string,
  value: string,
  find: (text: string) => string | undefined,
  expected: string,
): string {
  const found = find(value)
  if (found !== undefined) return found
  throw invalid(field, `is ${shorten(JSON.stringify(value))}; expected ${expected}, or null for none`)
}

function invalid(field: string, problem: string): AppError {
  return new AppError('invalid_request', `/${field} ${problem}.`, {
    fields: [{ field: `/${field}`, problem }],
  })
}
