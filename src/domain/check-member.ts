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
  /** Whether the member consents to advertising, and to advertising at night; and when they said so, as `consentAt`. */
  marketingConsent?: boolean
  marketingConsentAt?: Date
  nightConsent?: boolean
  nightConsentAt?: Date
  /** Null takes it away. The same for `timezone`. */
  locale?: string | null
  timezone?: string | null
  /** Replaces all attributes, as registration and import do. */
  attributes?: Record<string, unknown>
}

const utf8 = new TextEncoder()

/** Returns the changes as they are stored. Throws `invalid_request` for the first one that is not valid. */
export function checkMemberChanges(changes: MemberChanges, now = Date.now()): MemberChanges {
  const { locale, timezone, attributes } = changes
  for (const [field, of] of TIMES) checkTime(field, changes[field], of, changes[of], now)
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

const TIMES = [
  ['consentAt', 'optedOut'],
  ['marketingConsentAt', 'marketingConsent'],
  ['nightConsentAt', 'nightConsent'],
] as const

function checkTime(field: string, at: Date | undefined, of: string, said: boolean | undefined, now: number) {
  if (at === undefined) return
  if (said === undefined) {
    throw invalid(field, `says when a statement was made, but there is none; send ${of} with it`)
  }
  if (isStillToCome(at.getTime(), now)) throw invalid(field, `is ${at.toISOString()}, which is in the future`)
  if (pointInTime(at.toISOString(), now) === undefined) {
    throw invalid(field, `is ${at.toISOString()}; expected a time since 2000, as in imports`)
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
