import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { outcomeOf } from '../../../src/push/fcm/outcome-table.ts'
import { withoutAddress } from '../../../src/push/fcm/said-by-fcm.ts'
import { ANSWERS } from '../../../testing/fake-fcm/answers.ts'
import { tokenFor } from '../../../testing/fake-fcm/token.ts'

const TOKEN = tokenFor(7)
const FID = 'cR2x4b9LQUu0n1zXyW_k-a'

function said(status: number, body: unknown): string | undefined {
  const outcome = outcomeOf({ status, retryAfter: undefined, body })
  return 'detail' in outcome ? outcome.detail : undefined
}
const refused = (message: string, ...details: object[]) =>
  said(400, { error: { code: 400, status: 'INVALID_ARGUMENT', message, details } })

describe('what FCM said', () => {
  test('is its sentence, once, with the fields it names', () => {
    expect(said(400, ANSWERS.bad_payload.body)).toBe(
      "Invalid value at 'message.data[0].value' (TYPE_STRING), 12",
    )
    expect(said(400, ANSWERS.bad_token_field.body)).toBe(
      'The registration token is not a valid FCM registration token · message.token: Invalid registration token',
    )
  })

  test('has what Apple answered', () => {
    const apns = { '@type': 'x/fcm.v1.ApnsError', statusCode: 400, reason: 'DeviceTokenNotForTopic' }
    expect(refused('Request contains an invalid argument.', apns)).toBe(
      'Request contains an invalid argument. · APNs: DeviceTokenNotForTopic, 400',
    )
  })

  test('is the status and the text of an answer that is not FCM’s', () => {
    expect(said(502, ANSWERS.bad_gateway.body)).toMatch(/^HTTP 502: <!DOCTYPE html> <html lang=en>/)
    expect(said(503, '')).toBe('HTTP 503')
  })

  test('keeps quotes and HTML as they are, in one line without control characters', () => {
    expect(refused('Unknown name "<b>x</b>":\n Cannot\u0000 find\u202e field.')).toBe(
      'Unknown name "<b>x</b>": Cannot find field.',
    )
  })

  test('is cut between two words', () => {
    const long = refused(`${'word '.repeat(98)}${'x'.repeat(39)} end`) as string
    expect(long).toMatch(/word …$/)
    expect(long.length).toBeLessThanOrEqual(502)
  })

  test.each([
    ['a registration token', TOKEN],
    ['a token as an address bar has it', encodeURIComponent(TOKEN)],
    ['an installation id', FID],
    ['an APNs token', 'a1b2c3d4'.repeat(8)],
    ['half a token, at the end of what is read', `${'. '.repeat(1_900)}${TOKEN}${TOKEN}`],
  ])('never quotes %s', (_, address) => {
    const text = refused(`"${address}" is not valid: ${address}`) as string
    for (const part of TOKEN.split(':')) expect(text).not.toContain(part.slice(0, 12))
    expect(text).not.toContain(FID)
    expect(text).not.toContain('a1b2c3d4')
  })

  test('of long names that are no addresses is kept', () => {
    const message =
      "Quota exceeded: SendsPerMinutePerProject of 'project_number:123456789012', cloudmessaging.messages.create"
    expect(refused(message)).toBe(message)
  })

  test('does not quote the device’s own address, whatever it looks like', () => {
    expect(withoutAddress('The token "ExponentPushToken[xyz]" is bad', 'ExponentPushToken[xyz]')).toBe(
      'The token "[address]" is bad',
    )
    expect(withoutAddress('nothing is quoted', '')).toBe('nothing is quoted')
  })

  test('can always be stored and is short, whatever the answer', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 300, max: 599 }),
        fc.oneof(fc.string({ unit: 'binary', maxLength: 5_000 }), fc.jsonValue()),
        (status, body) => {
          const text = said(status, typeof body === 'string' ? { error: { message: body } } : body)
          if (text === undefined) return
          expect(text.isWellFormed() && !text.includes('\0')).toBe(true)
          // A blocked project has a few words before it.
          expect(text.length).toBeLessThanOrEqual(540)
        },
      ),
    )
  })
})
