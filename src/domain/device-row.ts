/**
 * Checks one device, field by field. Registration and import use the same rules. An invalid field is a return value with
 * a code, a sentence and the value, not an exception.
 */
import { ADDRESS_KINDS, type AddressKind, kindOf } from './address.ts'
import { PLATFORMS, type Platform } from './campaign.ts'
import { canonicalLocale, canonicalTimezone } from './locale.ts'

/** In every optional field, null leaves the value of an existing member unchanged. */
export interface DeviceRow {
  address: string
  kind: AddressKind
  externalId: string
  platform: Platform
  /** The empty string deletes the value. The same for `timezone`. */
  locale: string | null
  timezone: string | null
  /** JSON of an object; replaces the old value. */
  attributes: string | null
  optedOut: boolean | null
  /** When the member said what `optedOut` says: ISO 8601. */
  consentAt: string | null
  /** The address the app had before: it is retired, and the device stays the same. */
  replaces: string | null
  /** The app's own name for its installation: a device that has it already, with another address, is this one. */
  installationId: string | null
  /** ISO 8601. */
  lastSeenAt: string | null
}

export const DEVICE_FIELDS = [
  'address',
  'externalId',
  'platform',
  'locale',
  'timezone',
  'attributes',
  'optedOut',
  'kind',
  'consentAt',
  'replaces',
  'installationId',
] as const
export type DeviceField = (typeof DEVICE_FIELDS)[number]

export const REJECTION_CODES = [
  'invalid_address',
  'invalid_external_id',
  'invalid_platform',
  'invalid_locale',
  'invalid_timezone',
  'invalid_attributes',
  'invalid_opted_out',
  'invalid_kind',
  'invalid_consent_at',
  'invalid_replaces',
  'invalid_installation_id',
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

/** A FID has 22 characters, a token about 160 and no documented limit. An index row of PostgreSQL is limited to 2,704 bytes. */
export const MAX_ADDRESS_LENGTH = 2_048
export const MAX_EXTERNAL_ID_LENGTH = 255
const MAX_INSTALLATION_ID_LENGTH = 255
/** Clocks of phones and servers differ by that much. */
const CLOCK_SKEW_MS = 300_000
export const MAX_ATTRIBUTES_BYTES = 8_192

/** No spaces, no control characters. */
const ADDRESS = /^[\x21-\x7e]+$/
const AN_ADDRESS = `1 to ${MAX_ADDRESS_LENGTH} ASCII characters without spaces`
/** ISO 8601 with a zone: without one it could be any of 38 instants. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: the expression searches for control characters
const CONTROL = /[\u0000-\u001f\u007f]/
/** Escapes in the output of JSON.stringify that PostgreSQL refuses to store: NUL and lone surrogates. */
const UNSTORABLE = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/

export function checkDevice(input: Partial<Record<DeviceField, unknown>>): DeviceRow | Rejection {
  const { address, externalId, platform, locale, timezone, attributes, optedOut } = input
  if (!isAddress(address)) return reject('invalid_address', 'address', address, AN_ADDRESS)
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
    address,
    kind: kindOf(address),
    externalId,
    platform,
    locale: null,
    timezone: null,
    attributes: null,
    optedOut: null,
    consentAt: null,
    replaces: null,
    installationId: null,
    lastSeenAt: null,
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
  return checkIdentity(row, input) ?? row
}

/** What says which installation this is, and when its owner said what. Returns what is wrong, if anything is. */
function checkIdentity(row: DeviceRow, input: Partial<Record<DeviceField, unknown>>): Rejection | undefined {
  const { kind, consentAt, replaces, installationId } = input
  if (kind !== undefined && kind !== null) {
    if (!isKind(kind)) return reject('invalid_kind', 'kind', kind, `one of ${ADDRESS_KINDS.join(', ')}`)
    row.kind = kind
  }
  if (consentAt !== undefined && consentAt !== null) {
    if (typeof consentAt !== 'string' || !TIME.test(consentAt) || Number.isNaN(Date.parse(consentAt))) {
      return reject('invalid_consent_at', 'consentAt', consentAt, 'a time such as "2026-11-29T10:00:00Z"')
    }
    if (Date.parse(consentAt) > Date.now() + CLOCK_SKEW_MS) {
      return reject('invalid_consent_at', 'consentAt', consentAt, 'a time that is not in the future')
    }
    row.consentAt = consentAt
  }
  if (replaces !== undefined && replaces !== null) {
    if (!isAddress(replaces)) return reject('invalid_replaces', 'replaces', replaces, AN_ADDRESS)
    // An app that names its own address has replaced nothing.
    row.replaces = replaces === row.address ? null : replaces
  }
  if (installationId !== undefined && installationId !== null) {
    if (!isInstallationId(installationId)) {
      const expected = `8 to ${MAX_INSTALLATION_ID_LENGTH} ASCII characters without spaces, different for each phone`
      return reject('invalid_installation_id', 'installationId', installationId, expected)
    }
    row.installationId = installationId
  }
  return undefined
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

function isAddress(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_ADDRESS_LENGTH && ADDRESS.test(value)
}

function isKind(value: unknown): value is AddressKind {
  return (ADDRESS_KINDS as readonly unknown[]).includes(value)
}

/** One value for many phones would make one device of them all: such as the advertising id of those who forbid one. */
function isInstallationId(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.length >= 8 &&
    value.length <= MAX_INSTALLATION_ID_LENGTH &&
    ADDRESS.test(value) &&
    !/^[0-]*$/.test(value) &&
    !/^(undefined|unknown|anonymous|installationid|deviceid)$/i.test(value)
  )
}

function isPlatform(value: unknown): value is Platform {
  return (PLATFORMS as readonly unknown[]).includes(value)
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
