/**
 * Checks one device, field by field. Registration and import use the same rules. An invalid field is a return value with
 * a code, a sentence and the value, not an exception.
 */
import { PLATFORMS, type Platform } from './campaign.ts'
import { canonicalLocale, canonicalTimezone } from './locale.ts'

/** In every optional field, null leaves the value of an existing member unchanged. */
export interface DeviceRow {
  token: string
  externalId: string
  platform: Platform
  /** The empty string deletes the value. The same for `timezone`. */
  locale: string | null
  timezone: string | null
  /** JSON of an object; replaces the old value. */
  attributes: string | null
  optedOut: boolean | null
}

export const DEVICE_FIELDS = [
  'token',
  'externalId',
  'platform',
  'locale',
  'timezone',
  'attributes',
  'optedOut',
] as const
export type DeviceField = (typeof DEVICE_FIELDS)[number]

export const REJECTION_CODES = [
  'invalid_token',
  'invalid_external_id',
  'invalid_platform',
  'invalid_locale',
  'invalid_timezone',
  'invalid_attributes',
  'invalid_opted_out',
  'unknown_field',
  'invalid_json',
  'invalid_csv',
  'invalid_utf8',
  'line_too_long',
] as const
export type RejectionCode = (typeof REJECTION_CODES)[number]

export interface Rejection {
  code: RejectionCode
  field?: DeviceField
  reason: string
}

/** FCM's tokens have about 160 characters and no documented limit. An index row of PostgreSQL is limited to 2,704 bytes. */
export const MAX_TOKEN_LENGTH = 2_048
export const MAX_EXTERNAL_ID_LENGTH = 255
export const MAX_ATTRIBUTES_BYTES = 8_192

/** No spaces, no control characters. */
const TOKEN = /^[\x21-\x7e]+$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: the expression searches for control characters
const CONTROL = /[\u0000-\u001f\u007f]/
/** Escapes in the output of JSON.stringify that PostgreSQL refuses to store: NUL and lone surrogates. */
const UNSTORABLE = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/

export function checkDevice(input: Partial<Record<DeviceField, unknown>>): DeviceRow | Rejection {
  const { token, externalId, platform, locale, timezone, attributes, optedOut } = input
  if (typeof token !== 'string' || token.length > MAX_TOKEN_LENGTH || !TOKEN.test(token)) {
    return reject('invalid_token', 'token', token, `1 to ${MAX_TOKEN_LENGTH} ASCII characters without spaces`)
  }
  if (
    typeof externalId !== 'string' ||
    externalId === '' ||
    externalId.length > MAX_EXTERNAL_ID_LENGTH ||
    CONTROL.test(externalId) ||
    !externalId.isWellFormed()
  ) {
    const expected = `1 to ${MAX_EXTERNAL_ID_LENGTH} characters without control characters`
    return reject('invalid_external_id', 'externalId', externalId, expected)
  }
  if (!isPlatform(platform)) {
    return reject('invalid_platform', 'platform', platform, `one of ${PLATFORMS.join(', ')}`)
  }
  const row: DeviceRow = {
    token,
    externalId,
    platform,
    locale: null,
    timezone: null,
    attributes: null,
    optedOut: null,
  }
  if (locale !== undefined) {
    const found = locale === null ? '' : typeof locale === 'string' ? canonicalLocale(locale) : undefined
    if (found === undefined) {
      return reject('invalid_locale', 'locale', locale, 'a language tag such as "de" or "de-AT"')
    }
    row.locale = found
  }
  if (timezone !== undefined) {
    const found =
      timezone === null ? '' : typeof timezone === 'string' ? canonicalTimezone(timezone) : undefined
    if (found === undefined) {
      return reject('invalid_timezone', 'timezone', timezone, 'a name such as "Europe/Berlin"')
    }
    row.timezone = found
  }
  if (attributes !== undefined) {
    const json = isObject(attributes) ? JSON.stringify(attributes) : undefined
    if (json === undefined || Buffer.byteLength(json) > MAX_ATTRIBUTES_BYTES || UNSTORABLE.test(json)) {
      const expected = `a JSON object of at most ${MAX_ATTRIBUTES_BYTES} bytes, without NUL`
      return reject('invalid_attributes', 'attributes', attributes, expected)
    }
    row.attributes = json
  }
  if (optedOut !== undefined) {
    if (typeof optedOut !== 'boolean') {
      return reject('invalid_opted_out', 'optedOut', optedOut, 'true or false')
    }
    row.optedOut = optedOut
  }
  return row
}

export function isRejection(checked: DeviceRow | Rejection): checked is Rejection {
  return 'reason' in checked
}

/** `locale is "xx_"; expected …`, with the value shortened to a readable length. */
export function reject(code: RejectionCode, field: DeviceField, value: unknown, expected: string): Rejection {
  if (value === undefined || value === '') {
    return { code, field, reason: `${field} is missing; expected ${expected}` }
  }
  return {
    code,
    field,
    reason: `${field} is ${shorten(JSON.stringify(value) ?? String(value))}; expected ${expected}`,
  }
}

export function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60).toWellFormed()}… (${text.length} characters)` : text
}

function isPlatform(value: unknown): value is Platform {
  return (PLATFORMS as readonly unknown[]).includes(value)
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
