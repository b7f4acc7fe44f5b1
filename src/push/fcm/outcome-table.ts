/**
 * What an FCM answer means: one row for each kind of answer, with its reason. Pure.
 *
 * An answer is looked up in the order that FCM documents: by `FcmError.errorCode` in the details, else by `error.status`,
 * else by the HTTP status. Details may be missing and come in any order; a front end may answer in HTML. Two mistakes
 * would be the most expensive: to delete an address because of our own fault (any 404, any 401), and to miss the
 * project's quota because that answer has no FcmError.
 */
import type { Outcome } from '../../domain/outcome.ts'
import { saidByFcm } from './said-by-fcm.ts'

export interface FcmAnswer {
  status: number
  /** The unparsed header: seconds or an HTTP date. */
  retryAfter: string | undefined
  /** The body as text, or already parsed by the SDK. */
  body: unknown
}

/** Google's advice for a 429 without Retry-After. */
const QUOTA_WAIT_MS = 60_000

interface Facts {
  httpStatus: number
  message: string
  retryAfterMs: number | undefined
  details: readonly Detail[]
  /** In FCM's words. */
  said: string
}

interface Detail {
  type: string
  [key: string]: unknown
}

type Row = (facts: Facts) => Outcome

const BY_FCM_ERROR: Record<string, Row> = {
  // The app was removed or the address has expired. No other answer says this with certainty.
  UNREGISTERED: unregistered,
  // An invalid address or an invalid message; the details tell which.
  INVALID_ARGUMENT: badArgument,
  // The address belongs to another Firebase project. It is kept: deleting it would hide that the import was wrong.
  SENDER_ID_MISMATCH: (facts) => rejected('sender_id_mismatch', facts),
  // The APNs or web push key in the Firebase console is wrong. The operator has to fix it; no device is at fault.
  THIRD_PARTY_AUTH_ERROR: (facts) => rejected('third_party_auth_error', facts),
  // The limit of one device (240 a minute) or one topic: other devices must not wait for it. See `quota`.
  QUOTA_EXCEEDED: quota,
  UNAVAILABLE: (facts) => retryLater('unavailable', facts),
  INTERNAL: (facts) => retryLater('internal', facts),
  // Documented as "no more information": attempts are limited, so trying again is safe.
  UNSPECIFIED_ERROR: (facts) => retryLater('unspecified', facts),
}

const BY_HTTP_STATUS: Record<number, Row> = {
  // Without FcmError the message is invalid: that is how Google's page distinguishes the two 400s.
  400: badArgument,
  // Our access token is at fault, not a device. After the first one the sender gets a new token, see access-token.ts.
  401: (facts) => blocked('credential_refused', facts),
  // The service account lacks the role, or the API is disabled: every message would fail in the same way.
  403: (facts) => blocked('credential_refused', facts),
  // A wrong project or endpoint. The SDK reports it as a dead token, which would delete the whole audience.
  404: (facts) => blocked('project_not_found', facts),
  // The answer of a front end to a message that is too large.
  413: (facts) => rejected('invalid_payload', facts),
  // The project's quota: this answer has no FcmError.
  429: quota,
  500: (facts) => retryLater('internal', facts),
  // Google's front end, in HTML, "try again in 30 seconds": the same as 503.
  502: (facts) => retryLater('unavailable', facts),
  // Without Retry-After the delay of the retry policy applies.
  503: (facts) => retryLater('unavailable', facts),
  // The front end timed out waiting for the servers behind it, which may still send the message.
  504: () => ({ kind: 'in_doubt', code: 'deadline_exceeded' }),
}

/**
 * What Apple answered FCM, which answers 400 for it. Source: Apple's "Handling notification responses from APNs". Reasons that
 * are not here are judged by their status: a 400 is about the message, its headers and its payload.
 */
const BY_APNS_REASON: Record<string, Row> = {
  // The app was removed, or its token has expired.
  Unregistered: unregistered,
  ExpiredToken: unregistered,
  // The device has another app, or the message is for another one: see dispatch/platform-watch.ts.
  DeviceTokenNotForTopic: (facts) => rejected('device_token_not_for_topic', facts),
  // Malformed, or of Apple's other environment: one development build, or the wrong key for all.
  BadDeviceToken: (facts) => rejected('bad_device_token', facts),
  MissingDeviceToken: (facts) => rejected('bad_device_token', facts),
  // The bundle id that FCM or the message names. Every iPhone gets the same answer.
  BadTopic: (facts) => rejected('bad_topic', facts),
  MissingTopic: (facts) => rejected('bad_topic', facts),
  TopicDisallowed: (facts) => rejected('topic_disallowed', facts),
  // The key: FCM mostly says THIRD_PARTY_AUTH_ERROR for it.
  BadCertificate: (facts) => rejected('third_party_auth_error', facts),
  BadCertificateEnvironment: (facts) => rejected('third_party_auth_error', facts),
  ExpiredProviderToken: (facts) => rejected('third_party_auth_error', facts),
  Forbidden: (facts) => rejected('third_party_auth_error', facts),
  InvalidProviderToken: (facts) => rejected('third_party_auth_error', facts),
  MissingProviderToken: (facts) => rejected('third_party_auth_error', facts),
  UnrelatedKeyIdInToken: (facts) => rejected('third_party_auth_error', facts),
  BadEnvironmentKeyIdInToken: (facts) => rejected('third_party_auth_error', facts),
  BadEnvironmentKeyInToken: (facts) => rejected('third_party_auth_error', facts),
  // Too many messages to this one device.
  TooManyRequests: deviceQuota,
  // Apple is in trouble, or in FCM's way: neither the device's fault nor ours.
  TooManyProviderTokenUpdates: (facts) => retryLater('unavailable', facts),
  IdleTimeout: (facts) => retryLater('unavailable', facts),
  InternalServerError: (facts) => retryLater('unavailable', facts),
  ServiceUnavailable: (facts) => retryLater('unavailable', facts),
  Shutdown: (facts) => retryLater('unavailable', facts),
}

const BY_APNS_STATUS: Record<string, Row> = {
  // A reason that is newer than this table: with 403, all of them are about the key.
  403: (facts) => rejected('third_party_auth_error', facts),
  410: unregistered,
  429: deviceQuota,
  500: (facts) => retryLater('unavailable', facts),
  503: (facts) => retryLater('unavailable', facts),
}

/** Names of google.rpc.Code in `error.status`. For other names the HTTP status decides. */
const HTTP_OF_STATUS: Record<string, number> = {
  INVALID_ARGUMENT: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  RESOURCE_EXHAUSTED: 429,
  INTERNAL: 500,
  UNAVAILABLE: 503,
  DEADLINE_EXCEEDED: 504,
}

export function outcomeOf({ status, retryAfter, body }: FcmAnswer, now = Date.now()): Outcome {
  if (status === 200) return outcomeOfSuccess(body)
  const error = asObject(asObject(parsed(body)).error)
  const details = (Array.isArray(error.details) ? error.details : []).map((entry): Detail => {
    const detail = asObject(entry)
    return { ...detail, type: textOf(detail['@type']).replace(/^.*[./]/s, '') }
  })
  const facts: Facts = {
    httpStatus: status,
    message: textOf(error.message),
    retryAfterMs: parseRetryAfter(retryAfter, now),
    details,
    said: saidOf(status, textOf(error.message), details, body),
  }
  const fcmError = find(details, 'FcmError')?.errorCode
  const row =
    own(BY_FCM_ERROR, textOf(fcmError)) ??
    BY_HTTP_STATUS[own(HTTP_OF_STATUS, textOf(error.status)) ?? status] ??
    BY_HTTP_STATUS[status]
  // An undocumented answer (a proxy, a redirect, a new code): attempts are limited, then an operator sees the failures.
  return row === undefined ? retryLater('unspecified', facts) : row(facts)
}

/** `{"name":"projects/P/messages/ID"}`. Runs for every message, so without a regular expression. */
function outcomeOfSuccess(body: unknown): Outcome {
  const name = asObject(parsed(body)).name
  // Not an answer of FCM but of a captive portal or a proxy: the message may or may not have reached FCM.
  if (typeof name !== 'string' || name === '' || !isStorable(name))
    return { kind: 'in_doubt', code: 'answer_lost' }
  return { kind: 'sent', messageId: name.slice(name.lastIndexOf('/') + 1) }
}

function saidOf(httpStatus: number, message: string, details: readonly Detail[], body: unknown): string {
  const apns = find(details, 'ApnsError')
  return saidByFcm({
    httpStatus,
    message,
    body: textOf(body),
    violations: violationsOf(details),
    apns: apns && { reason: textOf(apns.reason), statusCode: numeralOf(apns.statusCode) },
  })
}

function violationsOf(details: readonly Detail[]): { field: string; description: string }[] {
  const violations = find(details, 'BadRequest')?.fieldViolations
  return (Array.isArray(violations) ? violations : []).map((entry) => {
    const { field, description } = asObject(entry)
    return { field: textOf(field), description: textOf(description) }
  })
}

function badArgument(facts: Facts): Outcome {
  const { details, message } = facts
  const hasFcmError = find(details, 'FcmError') !== undefined
  const apns = find(details, 'ApnsError')
  if (apns !== undefined) {
    const byStatus = own(BY_APNS_STATUS, numeralOf(apns.statusCode))
    // Whatever the reason: the device is gone.
    const row = byStatus === unregistered ? byStatus : (own(BY_APNS_REASON, textOf(apns.reason)) ?? byStatus)
    return row === undefined ? rejected('invalid_payload', facts) : row(facts)
  }
  const fields = violationsOf(details).map(({ field }) => field)
  const namesAddress =
    fields.length > 0
      ? fields.every((field) => ADDRESS_FIELDS.includes(field))
      : // "Request contains an invalid argument." can be about one platform's part of the message and would then
        // kill all addresses of that platform. So the text must mention the address.
        hasFcmError && /\b(token|fid|installation id)\b/i.test(message)
  // Google says to delete an address on this answer only if the payload is certainly valid. Hence not certain.
  return namesAddress
    ? { kind: 'token_gone', code: 'invalid_address', isCertain: false, detail: facts.said }
    : rejected('invalid_payload', facts)
}

const ADDRESS_FIELDS: readonly string[] = ['message.token', 'message.fid']

/**
 * One answer with two scopes. The project's quota slows every dispatcher down. The limit of one device must not: a single
 * busy device would hold up the campaign. FcmError QUOTA_EXCEEDED is about the device (or topic) unless it says
 * otherwise; without FcmError it is about the project.
 */
function quota(facts: Facts): Outcome {
  const { details, retryAfterMs, said: detail } = facts
  const isOneDevice =
    find(details, 'FcmError') !== undefined &&
    !/project/i.test(JSON.stringify([find(details, 'QuotaFailure'), find(details, 'ErrorInfo')]))
  if (isOneDevice) return deviceQuota(facts)
  const afterMs = retryAfterMs ?? QUOTA_WAIT_MS
  return { kind: 'retry_later', code: 'quota_exceeded', scope: 'project', afterMs, detail }
}

type CodeOfKind<K extends Outcome['kind']> = Extract<Outcome, { kind: K; code: unknown }>['code']

function deviceQuota({ retryAfterMs, said: detail }: Facts): Outcome {
  const afterMs = retryAfterMs ?? QUOTA_WAIT_MS
  return { kind: 'retry_later', code: 'device_quota_exceeded', scope: 'device', afterMs, detail }
}

function unregistered({ said: detail }: Facts): Outcome {
  return { kind: 'token_gone', code: 'unregistered', isCertain: true, detail }
}

function rejected(code: CodeOfKind<'rejected'>, { said: detail }: Facts): Outcome {
  return { kind: 'rejected', code, detail }
}

function retryLater(code: CodeOfKind<'retry_later'>, { retryAfterMs, said: detail }: Facts): Outcome {
  return {
    kind: 'retry_later',
    code,
    scope: 'device',
    ...(retryAfterMs !== undefined && { afterMs: retryAfterMs }),
    detail,
  }
}

function blocked(code: CodeOfKind<'blocked'>, { httpStatus, message, said }: Facts): Outcome {
  const words = message.trim() === '' ? 'and gave no reason' : `and said: ${said}`
  return { kind: 'blocked', code, detail: `FCM answered ${httpStatus} ${words}` }
}

/** One answer must not stop a project for a day: FCM is asked again after at most this long. */
const LONGEST_RETRY_AFTER_MS = 600_000

/** Converts seconds or an HTTP date to milliseconds from now, at most ten minutes. A date in the past gives 0. */
export function parseRetryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined || header.trim() === '') return undefined
  const isSeconds = /^\s*\d+(\.\d+)?\s*$/.test(header)
  const ms = isSeconds ? Math.ceil(Number(header) * 1000) : Date.parse(header) - now
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(0, ms), LONGEST_RETRY_AFTER_MS)
}

function parsed(body: unknown): unknown {
  if (typeof body !== 'string') return body
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

/** PostgreSQL stores neither NUL nor lone surrogates; a batch must not fail because of what a proxy wrote. */
function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}

/** Not String(value): an object parsed from JSON may have a `toString` that is not a function. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function numeralOf(value: unknown): string {
  return Number.isInteger(value) ? String(value) : textOf(value)
}

/** Own properties only, and not what every object inherits ("constructor"). */
function own<T>(rows: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(rows, name) ? rows[name] : undefined
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function find(details: readonly Detail[], type: string): Detail | undefined {
  return details.find((detail) => detail.type === type)
}
