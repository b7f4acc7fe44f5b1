/** Whatever comes back instead of FCM's answer is an outcome, one that can be stored, and kills no token by mistake. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DELIVERY_CODES } from '../../../src/domain/delivery-result.ts'
import { outcomeOf, parseRetryAfter } from '../../../src/push/fcm/outcome-table.ts'
import { collapseIdOf } from '../../../src/push/push-message.ts'

const KINDS = ['sent', 'retry_later', 'token_gone', 'rejected', 'in_doubt', 'blocked']
/** Names every object has, and what throws when it is made text. */
const trap = fc.constantFrom<unknown>(
  'constructor',
  'toString',
  '__proto__',
  { toString: 1, valueOf: 2 },
  null,
  [],
)
const anything = fc.oneof(fc.jsonValue(), trap, fc.string({ unit: 'binary' }))
const status = fc.oneof(
  fc.integer({ min: 100, max: 999 }),
  fc.constantFrom(200, 400, 401, 403, 404, 429, 500, 502, 503, 504),
)
const word = fc.oneof(
  anything,
  fc.constantFrom('UNREGISTERED', 'INVALID_ARGUMENT', 'QUOTA_EXCEEDED', 'NOT_FOUND'),
)
const detail = fc.record(
  {
    '@type': fc.oneof(
      fc.constantFrom(
        'type.googleapis.com/google.firebase.fcm.v1.FcmError',
        'type.googleapis.com/google.firebase.fcm.v1.ApnsError',
        'type.googleapis.com/google.rpc.BadRequest',
        'type.googleapis.com/google.rpc.QuotaFailure',
      ),
      anything,
    ),
    errorCode: word,
    statusCode: fc.oneof(fc.constantFrom(410, '410'), anything),
    reason: fc.oneof(fc.constantFrom('Unregistered', 'BadDeviceToken'), anything),
    fieldViolations: fc.oneof(fc.array(fc.oneof(fc.record({ field: word }), anything)), anything),
  },
  { requiredKeys: [] },
)
const fcmBody = fc.record(
  {
    name: anything,
    error: fc.record(
      {
        code: anything,
        message: fc.oneof(anything, fc.constant('not a valid FCM registration token')),
        status: word,
        details: fc.oneof(fc.array(fc.oneof(detail, anything)), anything),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
)
const body = fc.oneof(
  fcmBody,
  fcmBody.map((value) => JSON.stringify(value)),
  anything,
  fc.constant(undefined),
)
const header = fc.option(fc.string({ unit: 'binary' }), { nil: undefined })

describe('an answer', () => {
  test('of any status, with any body, is an outcome that can be stored', () => {
    fc.assert(
      fc.property(status, header, body, (status, retryAfter, body) => {
        const outcome = outcomeOf({ status, retryAfter, body })
        expect(KINDS).toContain(outcome.kind)
        if (outcome.kind === 'sent') expect(outcome.messageId).not.toContain('\0')
        else expect(Object.keys(DELIVERY_CODES)).toContain(outcome.code)
        for (const text of Object.values(outcome)) {
          if (typeof text === 'string') expect(text.isWellFormed() && !text.includes('\0')).toBe(true)
        }
        if (outcome.kind === 'retry_later' && outcome.afterMs !== undefined) {
          expect(outcome.afterMs).toBeGreaterThanOrEqual(0)
          expect(outcome.afterMs).toBeLessThanOrEqual(600_000)
        }
      }),
      { numRuns: 1_000 },
    )
  })

  test('kills a token only when it names UNREGISTERED, the token, or what Apple says of it', () => {
    fc.assert(
      fc.property(status, body, (status, body) => {
        const outcome = outcomeOf({ status, retryAfter: undefined, body })
        if (outcome.kind !== 'token_gone') return
        expect(typeof body === 'string' ? body : JSON.stringify(body)).toMatch(
          /UNREGISTERED|Unregistered|ExpiredToken|410|token|fid|installation id/i,
        )
      }),
      { numRuns: 1_000 },
    )
  })

  test.each([
    [
      'an error code that every object has',
      { error: { details: [{ '@type': 'x/FcmError', errorCode: 'toString' }] } },
    ],
    ['a status that cannot be made text', { error: { status: { toString: 1, valueOf: 2 } } }],
    ['a type that cannot be made text', { error: { details: [{ '@type': { toString: 1 } }] } }],
    ['a reason with NUL and half a character', { error: { message: 'a\0b\ud800' } }],
  ])('with %s is survived', (_what, body) => {
    expect(outcomeOf({ status: 403, retryAfter: undefined, body })).toMatchObject({
      kind: 'blocked',
      code: 'credential_refused',
    })
  })

  test('that is accepted under a name nobody could store is in doubt', () => {
    const outcome = outcomeOf({
      status: 200,
      retryAfter: undefined,
      body: { name: 'projects/p/messages/a\0' },
    })
    expect(outcome).toEqual({ kind: 'in_doubt', code: 'answer_lost' })
  })
})

test('any Retry-After is nothing, or at most ten minutes', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.bigInt({ min: 0n }).map(String),
    fc.double().map(String),
    fc.date().map((date) => date.toString()),
  )
  fc.assert(
    fc.property(text, fc.integer({ min: 0, max: 4e12 }), (header, now) => {
      const ms = parseRetryAfter(header, now)
      if (ms === undefined) return
      expect(ms).toBeGreaterThanOrEqual(0)
      expect(ms).toBeLessThanOrEqual(600_000)
    }),
    { numRuns: 1_000 },
  )
})

test('collapse identifiers are 22 URL-safe characters, and two campaigns have two', () => {
  fc.assert(
    fc.property(fc.uuid(), fc.uuid(), (one, other) => {
      expect(collapseIdOf(one)).toMatch(/^[\w-]{22}$/)
      expect(collapseIdOf(one) === collapseIdOf(other)).toBe(one === other)
    }),
  )
})
