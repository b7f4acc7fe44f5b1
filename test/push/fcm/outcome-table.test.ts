/** The bodies are literal: as in Google's reference, or as senders have captured them. */
import { describe, expect, test } from 'vitest'
import { outcomeOf, parseRetryAfter } from '../../../src/push/fcm/outcome-table.ts'

/** Without what FCM said, which decides nothing: said-by-fcm.test.ts. */
function answer(status: number, body: unknown, retryAfter?: string) {
  const outcome = outcomeOf({ status, retryAfter, body })
  if (outcome.kind !== 'blocked' && 'detail' in outcome) delete outcome.detail
  return outcome
}

const FCM_ERROR = 'type.googleapis.com/google.firebase.fcm.v1.FcmError'
const NOT_FOUND = '{"error":{"code":404,"message":"Requested entity was not found.","status":"NOT_FOUND"'
const BAD_TOKEN =
  '{"error":{"code":400,"message":"The registration token is not a valid FCM registration token","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.firebase.fcm.v1.FcmError","errorCode":"INVALID_ARGUMENT"}]}}'
const BAD_PAYLOAD = `{"error":{"code":400,"message":"Invalid value at 'message.data[0].value' (TYPE_STRING), 12","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":"message.data[0].value","description":"Invalid value at 'message.data[0].value' (TYPE_STRING), 12"}]}]}}`
const PROJECT_QUOTA = `{"error":{"code":429,"message":"Quota exceeded for quota metric 'Send requests' and limit 'Send requests per minute' of service 'fcm.googleapis.com' for consumer 'project_number:xxx'.","status":"RESOURCE_EXHAUSTED",
 "details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"RATE_LIMIT_EXCEEDED","domain":"googleapis.com","metadata":{"quota_limit_value":"xxx","consumer":"projects/xxx","quota_metric":"fcm.googleapis.com/send_requests","quota_unit":"1/min/{project}","service":"fcm.googleapis.com","quota_location":"global","quota_limit":"SendsPerMinutePerProject"}},
 {"@type":"type.googleapis.com/google.rpc.Help","links":[{"description":"Request a higher quota limit.","url":"https://cloud.google.com/docs/quotas/help/request_increase"}]}]}}`

function fcm(code: number, status: string, errorCode: string, message = 'x', ...more: object[]) {
  return { error: { code, status, message, details: [...more, { '@type': FCM_ERROR, errorCode }] } }
}

describe('success', () => {
  test('is sent, under the last part of the name', () => {
    const body = '{"name":"projects/demo/messages/0:1763700000000000%1a2b3c4d1a2b3c4d"}'
    expect(answer(200, body)).toEqual({ kind: 'sent', messageId: '0:1763700000000000%1a2b3c4d1a2b3c4d' })
  })

  test.each([
    '',
    '{}',
    '{"name":""}',
    '{"name":7}',
    '{"name":"proj',
    '<html>Sign in to this network</html>',
    null,
  ])('without a name (%j) is in doubt', (body) => {
    expect(answer(200, body)).toEqual({ kind: 'in_doubt', code: 'answer_lost' })
  })
})

describe('a token', () => {
  test('is dead for certain when FCM says UNREGISTERED', () => {
    const body = `${NOT_FOUND},"details":[{"@type":"${FCM_ERROR}","errorCode":"UNREGISTERED"}]}}`
    expect(answer(404, body)).toEqual({ kind: 'token_gone', code: 'unregistered', isCertain: true })
  })

  test('is not dead because of a 404 that does not say so: the project is unknown', () => {
    expect(answer(404, `${NOT_FOUND}}}`)).toEqual({
      kind: 'blocked',
      code: 'project_not_found',
      detail: 'FCM answered 404 and said: Requested entity was not found.',
    })
    expect(answer(404, '<html>Error 404</html>')).toMatchObject({
      kind: 'blocked',
      code: 'project_not_found',
    })
  })

  test('is doubtful when FCM calls it invalid, with or without the field', () => {
    const gone = { kind: 'token_gone', code: 'invalid_address', isCertain: false }
    expect(answer(400, BAD_TOKEN)).toEqual(gone)
    for (const field of ['message.token', 'message.fid']) {
      const violations = { '@type': 'google.rpc.BadRequest', fieldViolations: [{ field }] }
      expect(answer(400, fcm(400, 'INVALID_ARGUMENT', 'INVALID_ARGUMENT', 'bad', violations))).toEqual(gone)
    }
    const sentence = 'The Firebase installation ID is not valid'
    expect(answer(400, fcm(400, 'INVALID_ARGUMENT', 'INVALID_ARGUMENT', sentence))).toEqual(gone)
  })

  test('is dead when Apple says so through FCM', () => {
    const apns = {
      '@type': 'type.googleapis.com/google.firebase.fcm.v1.ApnsError',
      statusCode: 410,
      reason: 'Unregistered',
    }
    const body = fcm(400, 'INVALID_ARGUMENT', 'INVALID_ARGUMENT', 'APNs device token is disabled.', apns)
    expect(answer(400, body)).toEqual({ kind: 'token_gone', code: 'unregistered', isCertain: true })
  })

  test('survives what Apple says about the app, and a BadDeviceToken, which can be a wrong environment', () => {
    const apns = (statusCode: number, reason: string) =>
      fcm(400, 'INVALID_ARGUMENT', 'INVALID_ARGUMENT', 'token', {
        '@type': 'x/fcm.v1.ApnsError',
        statusCode,
        reason,
      })
    expect(answer(400, apns(400, 'BadDeviceToken'))).toEqual({ kind: 'rejected', code: 'bad_device_token' })
    expect(answer(400, apns(400, 'BadTopic'))).toEqual({ kind: 'rejected', code: 'bad_topic' })
  })

  test.each([
    // [Apple's answer, whose fault, code]
    [410, 'ExpiredToken', 'token_gone', 'unregistered'],
    [undefined, 'ExpiredToken', 'token_gone', 'unregistered'],
    [undefined, 'Unregistered', 'token_gone', 'unregistered'],
    [400, 'DeviceTokenNotForTopic', 'rejected', 'device_token_not_for_topic'],
    [400, 'MissingDeviceToken', 'rejected', 'bad_device_token'],
    [400, 'MissingTopic', 'rejected', 'bad_topic'],
    [400, 'TopicDisallowed', 'rejected', 'topic_disallowed'],
    [403, 'InvalidProviderToken', 'rejected', 'third_party_auth_error'],
    [403, 'BadCertificateEnvironment', 'rejected', 'third_party_auth_error'],
    [403, 'BadEnvironmentKeyIdInToken', 'rejected', 'third_party_auth_error'],
    [403, 'BadEnvironmentKeyInToken', 'rejected', 'third_party_auth_error'],
    [undefined, 'BadEnvironmentKeyInToken', 'rejected', 'third_party_auth_error'],
    // Newer than the table: its status tells whose fault it is.
    [403, 'ANewReason', 'rejected', 'third_party_auth_error'],
    ['403', 'ANewReason', 'rejected', 'third_party_auth_error'],
    [410, 'ANewReason', 'token_gone', 'unregistered'],
    [429, 'ANewReason', 'retry_later', 'device_quota_exceeded'],
    [500, 'ANewReason', 'retry_later', 'unavailable'],
    [503, '', 'retry_later', 'unavailable'],
    [400, 'BadCollapseId', 'rejected', 'invalid_payload'],
    [400, 'BadExpirationDate', 'rejected', 'invalid_payload'],
    [400, 'BadPriority', 'rejected', 'invalid_payload'],
    [400, 'InvalidPushType', 'rejected', 'invalid_payload'],
    [400, 'PayloadEmpty', 'rejected', 'invalid_payload'],
    [413, 'PayloadTooLarge', 'rejected', 'invalid_payload'],
    [400, 'SomethingNew', 'rejected', 'invalid_payload'],
    [400, 'toString', 'rejected', 'invalid_payload'],
    [429, 'TooManyRequests', 'retry_later', 'device_quota_exceeded'],
    [429, 'TooManyProviderTokenUpdates', 'retry_later', 'unavailable'],
    [500, 'InternalServerError', 'retry_later', 'unavailable'],
    [503, 'Shutdown', 'retry_later', 'unavailable'],
  ])('what Apple answers, %s %s, is %s with %s', (statusCode, reason, kind, code) => {
    const apns = { '@type': 'x/fcm.v1.ApnsError', statusCode, reason }
    expect(answer(400, fcm(400, 'INVALID_ARGUMENT', 'INVALID_ARGUMENT', 'x', apns))).toMatchObject({
      kind,
      code,
    })
  })

  test.each(['message.token', 'message.fid'])('is doubtful when FCM names the field %s', (field) => {
    const violations = { '@type': 'google.rpc.BadRequest', fieldViolations: [{ field }] }
    expect(answer(400, fcm(400, 'INVALID_ARGUMENT', 'INVALID_ARGUMENT', 'bad', violations))).toMatchObject({
      code: 'invalid_address',
      isCertain: false,
    })
  })

  test('of another project stays', () => {
    expect(answer(403, fcm(403, 'PERMISSION_DENIED', 'SENDER_ID_MISMATCH'))).toEqual({
      kind: 'rejected',
      code: 'sender_id_mismatch',
    })
  })
})

describe('a message that FCM refuses', () => {
  test.each([
    ['with the field named', BAD_PAYLOAD],
    [
      'as too large, without details',
      '{"error":{"code":400,"message":"Message too big","status":"INVALID_ARGUMENT"}}',
    ],
    [
      'with a field named beside the FcmError',
      fcm(400, 'INVALID_ARGUMENT', 'INVALID_ARGUMENT', 'bad token?', {
        '@type': 'google.rpc.BadRequest',
        fieldViolations: [{ field: 'message.android.ttl' }],
      }),
    ],
    [
      'without naming anything: one platform’s part may be at fault',
      fcm(400, 'INVALID_ARGUMENT', 'INVALID_ARGUMENT', 'Request contains an invalid argument.'),
    ],
  ])('%s costs no token', (_, body) => {
    expect(answer(400, body)).toEqual({ kind: 'rejected', code: 'invalid_payload' })
  })
})

describe('a quota', () => {
  test('of the project, whose answer has no FcmError, slows the project for Retry-After or a minute', () => {
    const later = { kind: 'retry_later', code: 'quota_exceeded', scope: 'project' }
    expect(answer(429, PROJECT_QUOTA)).toEqual({ ...later, afterMs: 60_000 })
    expect(answer(429, PROJECT_QUOTA, '17')).toEqual({ ...later, afterMs: 17_000 })
    expect(answer(429, '')).toEqual({ ...later, afterMs: 60_000 })
  })

  test('of one device concerns that device alone', () => {
    const failure = {
      '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
      violations: [{ subject: 'device', description: 'Device message rate exceeded.' }],
    }
    const later = { kind: 'retry_later', code: 'device_quota_exceeded', scope: 'device', afterMs: 60_000 }
    expect(answer(429, fcm(429, 'RESOURCE_EXHAUSTED', 'QUOTA_EXCEEDED', 'x', failure))).toEqual(later)
    expect(answer(429, fcm(429, 'RESOURCE_EXHAUSTED', 'QUOTA_EXCEEDED'))).toEqual(later)
  })

  test('with an FcmError that names the project is the project’s', () => {
    const failure = { '@type': 'google.rpc.QuotaFailure', violations: [{ subject: 'project:123' }] }
    expect(answer(429, fcm(429, 'RESOURCE_EXHAUSTED', 'QUOTA_EXCEEDED', 'x', failure))).toMatchObject({
      code: 'quota_exceeded',
      scope: 'project',
    })
  })
})

describe('a fault of ours', () => {
  test('is a 401 or 403 that names no device', () => {
    expect(answer(401, '{"error":{"code":401,"message":"Expired.","status":"UNAUTHENTICATED"}}')).toEqual({
      kind: 'blocked',
      code: 'credential_refused',
      detail: 'FCM answered 401 and said: Expired.',
    })
    expect(answer(403, '')).toEqual({
      kind: 'blocked',
      code: 'credential_refused',
      detail: 'FCM answered 403 and gave no reason',
    })
  })

  test('is not the key for Apple, which is the operator’s and spares Android', () => {
    expect(answer(401, fcm(401, 'UNAUTHENTICATED', 'THIRD_PARTY_AUTH_ERROR'))).toEqual({
      kind: 'rejected',
      code: 'third_party_auth_error',
    })
  })
})

describe('trouble at FCM', () => {
  const html = '<!DOCTYPE html><title>Error 502 (Server Error)!!1</title> Please try again in 30 seconds.'

  test.each([
    ['503', 503, fcm(503, 'UNAVAILABLE', 'UNAVAILABLE'), 'unavailable'],
    ['503 without FcmError', 503, '{"error":{"code":503,"status":"UNAVAILABLE"}}', 'unavailable'],
    ['502 in HTML', 502, html, 'unavailable'],
    ['500', 500, fcm(500, 'INTERNAL', 'INTERNAL'), 'internal'],
    ['UNSPECIFIED_ERROR', 500, fcm(500, 'UNKNOWN', 'UNSPECIFIED_ERROR'), 'unspecified'],
    ['a status nobody documents', 418, 'teapot', 'unspecified'],
    ['a redirect', 302, '', 'unspecified'],
  ])('%s is tried again, after a time that is not ours to choose', (_, status, body, code) => {
    expect(answer(status, body)).toEqual({ kind: 'retry_later', code, scope: 'device' })
    expect(answer(status, body, '5')).toEqual({ kind: 'retry_later', code, scope: 'device', afterMs: 5_000 })
  })

  test('an FcmError that is new falls back to the HTTP status', () => {
    expect(answer(503, fcm(503, 'UNAVAILABLE', 'SOMETHING_NEW'))).toMatchObject({ code: 'unavailable' })
  })

  test('the FcmError counts wherever it stands, and before the status', () => {
    const help = { '@type': 'type.googleapis.com/google.rpc.Help', links: [] }
    expect(answer(400, fcm(400, 'NOT_FOUND', 'UNREGISTERED', 'x', help))).toMatchObject({
      code: 'unregistered',
    })
  })

  test('a gateway that gave up waiting leaves doubt: the message may still be sent behind it', () => {
    expect(answer(504, '')).toEqual({ kind: 'in_doubt', code: 'deadline_exceeded' })
  })

  test.each([null, 'x', 7, [], { error: 7 }, { error: { details: 'x' } }, { error: { details: [null, 7] } }])(
    'a body like %j is survived',
    (body) => {
      expect(answer(503, body)).toMatchObject({ kind: 'retry_later', code: 'unavailable' })
    },
  )
})

describe('Retry-After', () => {
  const now = Date.parse('2026-11-21T09:00:00Z')

  test.each([
    ['7', 7_000],
    ['0', 0],
    ['1.5', 1_500],
    ['Sat, 21 Nov 2026 09:00:30 GMT', 30_000],
    ['Sat, 21 Nov 2026 08:00:00 GMT', 0],
    ['soon', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%j is %j milliseconds', (header, expected) => {
    expect(parseRetryAfter(header, now)).toBe(expected)
  })
})
