/**
 * Checks one device, field by field. Registration and import use the same rules. An invalid field is a return value with
 * a code, a sentence and the value, not an exception.
 *
 * Values are brought to one form first (see clean-text.ts, locale.ts, timezone.ts, platform-name.ts), so that the same
 * person is not stored under two spellings.
 */

import { ADDRESS_KINDS, type Address, type AddressKind, kindOf } from './address.ts'
import type { Platform } from './campaign.ts'
import { addressProblem, isUsualAddress } from './check-address.ts'
import { cleanText, isEmptyWord, isRuinedNumber } from './clean-text.ts'
import { canonicalLocale } from './locale.ts'
import { platformOf } from './platform-name.ts'
import { isStillToCome, latestPointInTime, pointInTime } from './point-in-time.ts'
import { type DeviceField, type Rejection, type RejectionCode, reject } from './rejection.ts'
import { canonicalTimezone } from './timezone.ts'
import { saysOptedIn, saysOptedOut } from './yes-no.ts'

/** What a list says about a member. In every optional field, null leaves the stored value unchanged. */
export interface MemberRow {
  externalId: string
  /** The empty string deletes the value. The same for `timezone`. */
  locale: string | null
  timezone: string | null
  /** JSON of an object; replaces the old value. */
  attributes: string | null
  optedOut: boolean | null
  /** When the person said so. RFC 3339, as `lastSeenAt`. */
  consentAt: string | null
  /** What is said about consent to advertising, and to advertising at night; null: nothing. */
  marketing: ConsentRow | null
  night: ConsentRow | null
}

export interface ConsentRow {
  /** False: refused, or withdrawn. */
  isGiven: boolean
  /** When the person said so. */
  at: string | null
}

export interface DeviceRow extends MemberRow, Address {
  platform: Platform
  /** The address that this device had before. */
  replaces: string | null
  /** The same for each address of one installed app. */
  installationId: string | null
  lastSeenAt: string | null
}

export type DeviceInput = Partial<Record<DeviceField, unknown>>

export { MAX_ADDRESS_LENGTH } from './check-address.ts'

export const MAX_EXTERNAL_ID_LENGTH = 255
export const MAX_ATTRIBUTES_BYTES = 8_192
const MIN_INSTALLATION_ID_LENGTH = 8
const MAX_INSTALLATION_ID_LENGTH = 255
/** One value for many phones would make one device of them all: such as the advertising id of those who forbid one. */
const OF_MANY = /^(?:[0-]*|undefined|unknown|anonymous|installationid|deviceid)$/i

// biome-ignore lint/suspicious/noControlCharactersInRegex: the expression searches for control characters
const UNUSABLE = /[\u0000-\u001f\u007f-\u009f\ufffd]/
const PLAIN_ID = /^[\x21-\x7e]+$/
/** Escapes in the output of JSON.stringify that PostgreSQL refuses to store: NUL and lone surrogates. */
const UNSTORABLE = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/

/**
 * With `dropped`, an invalid optional field is added to it and left out, and the device is used without it. Not an
 * unreadable `optedOut`, though: it may be the wish not to receive anything.
 */
export function checkDevice(input: DeviceInput, dropped?: Rejection[]): DeviceRow | Rejection {
  let { address } = input
  if (!isUsualAddress(address)) {
    if (typeof address === 'string') address = cleanText(address)
    const problem = addressProblem(address)
    if (problem !== undefined) return problem
  }
  const member = checkMember(input, dropped)
  if (isRejection(member)) return member
  const platform = platformOf(input.platform)
  if (platform === undefined)
    return reject('invalid_platform', 'platform', input.platform, 'android, ios or web')
  const stated = statedKind(input.kind, address as string)
  if (typeof stated !== 'string' && dropped === undefined) return stated
  if (typeof stated !== 'string') dropped?.push(stated)
  const kind = typeof stated === 'string' ? stated : kindOf(address as string)
  const row: DeviceRow = {
    address: address as string,
    kind,
    externalId: member.externalId,
    platform,
    locale: member.locale,
    timezone: member.timezone,
    attributes: member.attributes,
    optedOut: member.optedOut,
    consentAt: member.consentAt,
    marketing: member.marketing,
    night: member.night,
    replaces: null,
    installationId: null,
    lastSeenAt: null,
  }
  for (const field of OPTIONAL_OF_DEVICE) {
    if (input[field] === undefined || input[field] === null) continue
    const value = CHECKS[field](input[field])
    if (typeof value === 'string') row[field] = value
    else if (dropped === undefined) return value
    else dropped.push(value)
  }
  return row
}

/** The part of it that is about the member: also of a device whose address cannot be used. */
export function checkMember(input: DeviceInput, dropped?: Rejection[]): MemberRow | Rejection {
  const externalId = typeof input.externalId === 'string' ? cleanText(input.externalId) : input.externalId
  const problem = externalIdProblem(externalId)
  if (problem !== undefined) return problem
  const row: MemberRow = {
    externalId: externalId as string,
    locale: null,
    timezone: null,
    attributes: null,
    optedOut: null,
    consentAt: null,
    marketing: null,
    night: null,
  }
  for (const field of OPTIONAL_OF_MEMBER) {
    if (input[field] === undefined || (input[field] === null && !MAY_BE_TAKEN_AWAY.has(field))) continue
    const value = CHECKS[field](input[field])
    if (typeof value === 'string') row[field] = value
    else if (dropped === undefined) return value
    else dropped.push(value)
  }
  if (input.optedOut !== undefined && input.optedOut !== null) {
    const optedOut = saysOptedOut(input.optedOut)
    if (optedOut === undefined)
      return reject('invalid_opted_out', 'optedOut', input.optedOut, 'true or false')
    row.optedOut = optedOut
  }
  if (row.consentAt !== null)
    row.consentAt = timeOfStatement(
      'consentAt',
      input.consentAt,
      row.consentAt,
      row.optedOut === true,
      dropped,
    )
  for (const name of CONSENTS) {
    const given = input[`${name}Consent`]
    const saidAt = input[`${name}ConsentAt`]
    if (isNone(given) && isNone(saidAt)) continue
    const consent = consentOf(name, given, saidAt, dropped)
    if (consent !== null && 'reason' in consent) return consent
    row[name] = consent
  }
  return row
}

const CONSENTS = ['marketing', 'night'] as const

function isNone(value: unknown): value is null | undefined {
  return value === undefined || value === null
}

/**
 * An answer that cannot be read may be a withdrawal: the row is refused, as with `optedOut`. A time without an answer is none: it
 * may be when somebody refused.
 */
function consentOf(
  name: (typeof CONSENTS)[number],
  given: unknown,
  saidAt: unknown,
  dropped: Rejection[] | undefined,
): ConsentRow | Rejection | null {
  const atField = `${name}ConsentAt` as const
  if (isNone(given)) {
    const reason = `${atField} says when, but not what was said; ${name}Consent has to say it`
    const problem: Rejection = { code: 'invalid_consent_at', field: atField, reason }
    if (dropped === undefined) return problem
    dropped.push(problem)
    return null
  }
  const isGiven = saysOptedIn(given)
  if (isGiven === undefined) return reject('invalid_consent', `${name}Consent`, given, 'true or false')
  if (isNone(saidAt)) return { isGiven, at: null }
  const time = timeOr('invalid_consent_at', atField, saidAt)
  if (typeof time === 'string') {
    return { isGiven, at: timeOfStatement(atField, saidAt, time, !isGiven, dropped) }
  }
  if (dropped === undefined) return time
  dropped.push(time)
  return { isGiven, at: null }
}

/**
 * What is doubtful about a time does not lift an opt-out. A list with one that is still to come has it from another zone or
 * from a wrong clock: then the time is not known. An app may have a wrong clock too, but it speaks now. And an opt-out of
 * some day holds to its end.
 */
function timeOfStatement(
  field: DeviceField,
  given: unknown,
  time: string,
  isRefusal: boolean,
  dropped: Rejection[] | undefined,
): string | null {
  if (dropped !== undefined && isStillToCome(Date.parse(time))) {
    const expected = 'a past time, with its zone, such as "2026-11-01T10:00:00+09:00"; without one it is UTC'
    dropped.push(reject('invalid_consent_at', field, given, expected))
    return null
  }
  return (isRefusal && latestPointInTime(given)) || time
}

export function isRejection(checked: object): checked is Rejection {
  return 'reason' in checked
}

function externalIdProblem(id: unknown): Rejection | undefined {
  const expected = `1 to ${MAX_EXTERNAL_ID_LENGTH} characters without control characters`
  if (typeof id !== 'string' || id === '' || id.length > MAX_EXTERNAL_ID_LENGTH) {
    return reject('invalid_external_id', 'externalId', id, expected)
  }
  if (isEmptyWord(id)) {
    const reason = `externalId is ${id}, which stands for an empty value; every row with it would be the same member`
    return { code: 'empty_word', field: 'externalId', value: id, reason }
  }
  if (isRuinedNumber(id)) {
    const reason = `externalId is ${id}, a number that a spreadsheet has rounded; format the column as text and export again`
    return { code: 'ruined_number', field: 'externalId', value: id, reason }
  }
  if (PLAIN_ID.test(id)) return undefined
  if (UNUSABLE.test(id) || !id.isWellFormed())
    return reject('invalid_external_id', 'externalId', id, expected)
  return undefined
}

function statedKind(kind: unknown, address: string): AddressKind | Rejection {
  // An installation id has 22 characters: most addresses need not be looked at.
  if (kind === undefined || kind === null) return address.length === 22 ? kindOf(address) : 'token'
  const known = ADDRESS_KINDS.find((each) => each === String(kind).trim().toLowerCase())
  if (known === undefined) return reject('invalid_kind', 'kind', kind, ADDRESS_KINDS.join(' or '))
  // Eleven characters are those of the time before Firebase's installations.
  if (known === 'fid' && !/^[\w-]{11}(?:[\w-]{11})?$/.test(address)) {
    return reject(
      'invalid_kind',
      'kind',
      kind,
      'token: an installation id has 22 (or 11) letters, digits, "-" and "_"',
    )
  }
  return known
}

const OPTIONAL_OF_MEMBER = ['locale', 'timezone', 'attributes', 'consentAt'] as const
const OPTIONAL_OF_DEVICE = ['replaces', 'installationId', 'lastSeenAt'] as const

const MAY_BE_TAKEN_AWAY: ReadonlySet<DeviceField> = new Set(['locale', 'timezone'])

type Check = (value: unknown) => string | Rejection

/** null takes a locale or time zone away: only a registration sends it, an import leaves it out. */
const CHECKS: Record<(typeof OPTIONAL_OF_MEMBER)[number] | (typeof OPTIONAL_OF_DEVICE)[number], Check> = {
  locale: (value) => {
    const found = value === null ? '' : typeof value === 'string' ? canonicalLocale(value) : undefined
    return found ?? reject('invalid_locale', 'locale', value, 'a language tag such as "de" or "de-AT"')
  },
  timezone: (value) => {
    const found = value === null ? '' : typeof value === 'string' ? canonicalTimezone(value) : undefined
    return found ?? reject('invalid_timezone', 'timezone', value, 'a name such as "Europe/Berlin"')
  },
  attributes: (value) => {
    const json = isObject(value) ? JSON.stringify(value) : undefined
    if (json !== undefined && hasAtMost(MAX_ATTRIBUTES_BYTES, json) && !UNSTORABLE.test(json)) return json
    return reject(
      'invalid_attributes',
      'attributes',
      value,
      `a JSON object of at most ${MAX_ATTRIBUTES_BYTES} bytes, without NUL`,
    )
  },
  consentAt: (value) => timeOr('invalid_consent_at', 'consentAt', value),
  lastSeenAt: (value) => timeOr('invalid_last_seen_at', 'lastSeenAt', value),
  replaces: (value) => {
    const address = typeof value === 'string' ? cleanText(value) : value
    return addressProblem(address, 'replaces') ?? (address as string)
  },
  installationId: (value) => {
    const id = typeof value === 'string' ? cleanText(value) : ''
    const isUsable =
      id.length >= MIN_INSTALLATION_ID_LENGTH &&
      id.length <= MAX_INSTALLATION_ID_LENGTH &&
      !isEmptyWord(id) &&
      !OF_MANY.test(id) &&
      !UNUSABLE.test(id) &&
      id.isWellFormed()
    return isUsable
      ? id
      : reject(
          'invalid_installation_id',
          'installationId',
          value,
          `${MIN_INSTALLATION_ID_LENGTH} to ${MAX_INSTALLATION_ID_LENGTH} characters, different for each phone`,
        )
  },
}

function timeOr(code: RejectionCode, field: DeviceField, value: unknown): string | Rejection {
  return pointInTime(value) ?? reject(code, field, value, 'a past time such as "2026-11-01T10:00:00Z"')
}

/** A UTF-16 unit is one to three bytes, so the exact number is asked for only in between. */
function hasAtMost(bytes: number, text: string): boolean {
  return text.length * 3 <= bytes || (text.length <= bytes && new TextEncoder().encode(text).length <= bytes)
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
