/** Properties of what checks the values of requests: whatever comes is taken or refused with a code, and nothing breaks. */
import fc from 'fast-check'
import Type from 'typebox'
import { expect, test } from 'vitest'
import { parseApiKey } from '../../../src/access/api-key.ts'
import { checkIdempotencyKey } from '../../../src/access/idempotency.ts'
import { AudienceBody, MessageBody } from '../../../src/api/campaigns/content-schemas.ts'
import { Exact, Id } from '../../../src/api/http/common-schemas.ts'
import { cursorOf } from '../../../src/api/http/cursor.ts'
import { compileCheck, findUnstorable } from '../../../src/api/http/validation.ts'
import { audiencePredicate } from '../../../src/audience/audience-predicate.ts'
import type { Audience } from '../../../src/domain/campaign.ts'
import { checkMessage } from '../../../src/domain/check-message.ts'
import { AppError } from '../../../src/domain/errors.ts'
import { isTooDeep, MAX_JSON_DEPTH } from '../../../src/domain/json-depth.ts'
import type { CampaignMessage } from '../../../src/domain/message.ts'
import { MESSAGE_LIMIT_BYTES, messageBytes } from '../../../src/domain/message-size.ts'
import { compileMessage } from '../../../src/push/fcm/fcm-message.ts'
import { MessageChecker } from '../../../testing/fake-fcm/check-message.ts'
import { tokenFor } from '../../../testing/fake-fcm/token.ts'
import { createTestDatabase } from '../../support/database.ts'
import { createDevices } from '../../support/factories.ts'

const TOKEN = tokenFor(0)
const text = fc.string({ unit: 'binary', maxLength: 300 })
const name = fc.oneof(
  text,
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toString',
    'data',
    'notification',
    'priority',
    'ttl',
    'headers',
    'collapse_key',
    '',
  ),
)
const object = fc.dictionary(name, fc.oneof(fc.jsonValue(), text, fc.dictionary(name, text)), { maxKeys: 6 })

/** What `work` gives, or the code it refuses with; anything else it throws is a failure. */
function attempt<T>(work: () => T): { value: T } | { code: string } {
  try {
    return { value: work() }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    expect(error.message).not.toBe('')
    expect(error.status).toBeLessThan(500)
    return { code: error.code }
  }
}

test('what PostgreSQL cannot store is no position, whoever has made the cursor', () => {
  const cursors = cursorOf(Exact({ name: Type.String() }))
  for (const name of ['a\0b', '\ud83d']) {
    const cursor = cursors.encode('a', { name }) ?? ''
    expect(attempt(() => cursors.decode('a', cursor))).toEqual({ code: 'invalid_cursor' })
  }
})

test('any text is a cursor of the list it was made for, or none', () => {
  const cursors = cursorOf(Exact({ id: Id, at: Type.Integer() }))
  const forged = fc
    .record({
      v: fc.oneof(fc.constant(1), fc.jsonValue()),
      list: fc.constantFrom('a', 'b'),
      at: fc.jsonValue(),
    })
    .map((value) => Buffer.from(JSON.stringify(value)).toString('base64url'))
  fc.assert(
    fc.property(fc.oneof(text, forged, fc.base64String()), (cursor) => {
      expect(attempt(() => cursors.decode('a', cursor))).toEqual({ code: 'invalid_cursor' })
    }),
    { numRuns: 1_000 },
  )
  fc.assert(
    fc.property(
      fc.record({ id: fc.uuid(), at: fc.maxSafeInteger() }),
      text,
      text,
      (position, list, other) => {
        const cursor = cursors.encode(list, position) ?? ''
        expect(cursors.decode(list, cursor)).toEqual(position)
        if (other !== list)
          expect(attempt(() => cursors.decode(other, cursor))).toEqual({ code: 'invalid_cursor' })
      },
    ),
  )
})

test('any message is one that FCM takes by size and form, or is refused', () => {
  const isMessage = compileCheck<CampaignMessage>(MessageBody)
  // Half of each would do, or nearly none of the whole did.
  const word = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 300 }).map((given) => `a${given}`)
  const long = fc.nat({ max: 5_000 }).map((length) => 'ü'.repeat(length))
  const mostly = <T, U>(good: fc.Arbitrary<T>, bad: fc.Arbitrary<U>) =>
    fc.oneof({ weight: 9, arbitrary: good }, { weight: 1, arbitrary: bad })
  const words = fc.dictionary(word, word, { maxKeys: 5 })
  const message = fc.record(
    {
      title: mostly(word, fc.oneof(text, long)),
      body: mostly(word, fc.oneof(text, long)),
      imageUrl: mostly(fc.webUrl({ validSchemes: ['https'] }), text),
      link: mostly(fc.webUrl({ validSchemes: ['https'] }), text),
      data: mostly(words, fc.dictionary(name, text)),
      android: mostly(fc.record({ ttl: fc.constant('60s'), data: words, collapse_key: word }), object),
      apns: mostly(fc.record({ payload: fc.record({ own: fc.jsonValue() }) }), object),
      webpush: mostly(fc.record({ notification: fc.record({ title: word, data: fc.jsonValue() }) }), object),
    },
    { requiredKeys: [] },
  )
  let taken = 0
  fc.assert(
    fc.property(message, (given) => {
      if (!isMessage(given) || findUnstorable(given) !== undefined) return
      const result = attempt(() => checkMessage(given))
      if ('code' in result) {
        expect(['invalid_message', 'message_too_large', 'message_has_placeholders']).toContain(result.code)
        return
      }
      taken += 1
      expect(messageBytes(result.value)).toBeLessThanOrEqual(MESSAGE_LIMIT_BYTES)
      expect(checkMessage(result.value)).toEqual(result.value)
      const body = JSON.parse(
        compileMessage({ content: result.value, collapseId: 'x'.repeat(22) }).bodyFor(
          { address: 'token"\\', kind: 'token' },
          false,
        ),
      )
      expect(body.message.token).toBe('token"\\')
      const { title, body: text } = given
      expect(body.message.notification?.title).toBe(title)
      expect(body.message.notification?.body).toBe(text)
      // What the rules take, the fake takes: they are written apart.
      const { problem } = new MessageChecker().check(
        JSON.stringify({ message: { ...body.message, token: TOKEN } }),
      )
      expect(problem?.body).toBeUndefined()
    }),
    { numRuns: 1_000 },
  )
  expect(taken).toBeGreaterThan(100)
})

test('any audience that its schema takes is a condition PostgreSQL can answer', async () => {
  const { pool } = await createTestDatabase()
  await createDevices(pool, 5, { member: { locale: 'de', attributes: { plan: 'pro' } } })
  const isAudience = compileCheck<Audience>(AudienceBody)
  const list = (item: fc.Arbitrary<unknown>) => fc.array(item, { minLength: 1, maxLength: 5 })
  const filter = fc.record(
    {
      platforms: list(fc.constantFrom('ios', 'android', 'web')),
      locales: list(
        fc.oneof(fc.constantFrom('de', 'de-AT', "'"), fc.string({ maxLength: 64, minLength: 1 })),
      ),
      attributes: fc.dictionary(name, fc.jsonValue(), { minKeys: 1, maxKeys: 5 }),
      seenWithinDays: fc.integer({ min: 1, max: 3_650 }),
    },
    { requiredKeys: [] },
  )
  const audience = fc.oneof(
    fc.record({ externalIds: list(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 255 })) }),
    { weight: 3, arbitrary: fc.record({ filter }) },
  )
  let asked = 0
  await fc.assert(
    fc.asyncProperty(audience, fc.nat({ max: 3 }), async (given, offset) => {
      if (!isAudience(given) || findUnstorable(given) !== undefined) return
      asked += 1
      const { sql, values } = audiencePredicate(1, given, offset)
      const before = Array.from({ length: offset }, (_, index) => `$${index + 1}::int = 0 AND `).join('')
      await pool.query(
        `SELECT count(*) FROM devices d JOIN members m ON m.id = d.member_id WHERE ${before}(${sql})`,
        [...Array(offset).fill(0), ...values],
      )
    }),
    { numRuns: 300 },
  )
  expect(asked).toBeGreaterThan(100)
})

test('any Idempotency-Key is taken or refused, and any API key is one of ours or none', () => {
  fc.assert(
    fc.property(fc.oneof(text, fc.string({ maxLength: 300 }), fc.uuid()), (key) => {
      const isFit = /^[\x21-\x7e]+$/.test(key) && key.length <= 255
      const result = attempt(() => checkIdempotencyKey(key))
      expect(result).toEqual(isFit ? { value: undefined } : { code: 'invalid_idempotency_key' })
      expect(parseApiKey(key)).toBeUndefined()
    }),
    { numRuns: 1_000 },
  )
})

test('what cannot be stored is found, wherever in a body it is', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      // In what JSON.stringify wrote, NUL and half characters are the only escapes of this form.
      const isBad = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/.test(JSON.stringify(value))
      expect(findUnstorable(value) !== undefined).toBe(isBad)
    }),
    { numRuns: 1_000 },
  )
  expect(findUnstorable({ a: [1, Number.POSITIVE_INFINITY] })).toBe('/a/1')
})

test('the depth of JSON is what it is, whatever its texts hold', () => {
  const depthOf = (value: unknown): number =>
    typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0
  const nested = fc.nat({ max: 2 * MAX_JSON_DEPTH }).map((depth) => {
    let value: unknown = '[{"\\'
    for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? [value] : { '{[': value }
    return value
  })
  fc.assert(
    fc.property(fc.oneof(nested, fc.jsonValue({ maxDepth: 80, stringUnit: 'binary' })), (value) => {
      expect(isTooDeep(JSON.stringify(value))).toBe(depthOf(value) > MAX_JSON_DEPTH)
    }),
    { numRuns: 1_000 },
  )
})
