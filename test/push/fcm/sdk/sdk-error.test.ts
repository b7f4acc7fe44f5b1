import { expect, test } from 'vitest'
import { outcomeOfSdkError } from '../../../../src/push/fcm/sdk/sdk-error.ts'

const failed = (code: string, message = 'x', cause?: unknown) =>
  Object.assign(new Error(message, { cause }), { code })

test.each([
  ['messaging/invalid-payload', 'x', { kind: 'rejected', code: 'invalid_payload' }],
  ['messaging/payload-size-limit-exceeded', 'x', { kind: 'rejected', code: 'invalid_payload' }],
  ['app/network-timeout', 'timeout of 15000ms exceeded', { kind: 'in_doubt', code: 'deadline_exceeded' }],
  ['app/network-error', 'socket hang up', { kind: 'in_doubt', code: 'answer_lost' }],
  [
    'app/network-error',
    'connect ECONNREFUSED',
    { kind: 'retry_later', code: 'connection_failed', scope: 'device' },
  ],
  [
    'messaging/unknown-error',
    'NGHTTP2_REFUSED_STREAM',
    { kind: 'retry_later', code: 'unavailable', scope: 'device' },
  ],
  ['app/invalid-credential', 'bad key', { kind: 'blocked', code: 'credential_refused' }],
])('without an answer, %s (%s) is told by the SDK’s code and words', (code, message, expected) => {
  expect(outcomeOfSdkError(failed(code, message))).toMatchObject({ outcome: expected, status: 0 })
})

test('a cause several errors deep is found', () => {
  const inner = new AggregateError([failed('ENOTFOUND', 'getaddrinfo')], 'several')
  expect(outcomeOfSdkError(failed('app/network-error', 'x', inner)).outcome).toMatchObject({
    code: 'connection_failed',
  })
})

test('a 404 without FcmError is not a dead token, whatever the SDK calls it', () => {
  const error = failed('messaging/registration-token-not-registered')
  const httpResponse = { status: 404, headers: {}, data: { error: { status: 'NOT_FOUND', message: 'x' } } }
  expect(outcomeOfSdkError(Object.assign(error, { httpResponse }))).toMatchObject({
    outcome: { kind: 'blocked', code: 'project_not_found' },
    status: 404,
  })
})

test.each([undefined, null, 'text', {}])('an error like %j is doubt', (error) => {
  expect(outcomeOfSdkError(error)).toEqual({ outcome: { kind: 'in_doubt', code: 'answer_lost' }, status: 0 })
})
