/** Names that every object of JavaScript has. Where a list, a file or a member uses one, it is a word like any other. */
import { describe, expect, test } from 'vitest'
import { encodingNamed } from '../../../src/audience/import/encoding.ts'
import { JsonList } from '../../../src/audience/import/json-list.ts'
import { canonicalLocale } from '../../../src/domain/locale.ts'
import { canonicalTimezone } from '../../../src/domain/timezone.ts'

const NAMES = ['constructor', 'toString', 'valueOf', 'hasOwnProperty', '__proto__', 'isPrototypeOf']
const GOOD = { address: 'a'.repeat(140), externalId: 'm1', platform: 'android' }
/** As the exports of other services have them. */
const BRAZE = {
  external_id: 'm1',
  push_tokens: [],
  push_subscribe: 'opted_in',
  time_zone: 'Asia/Seoul',
  language: 'ko',
}
const ONESIGNAL = {
  identifier: 'a'.repeat(140),
  device_type: '1',
  external_user_id: 'm1',
  notification_types: '1',
}

describe.each(NAMES)('%s', (name) => {
  test('is no time zone, no locale and no encoding', () => {
    for (const find of [canonicalTimezone, canonicalLocale, encodingNamed]) expect(find(name)).toBeUndefined()
  })

  test.each([
    ['a list of ours', GOOD],
    ['an export of Braze', BRAZE],
    ['an export of OneSignal', ONESIGNAL],
  ])('is a column of %s, in some lines and not in others', (_what, object) => {
    const lines = [
      `{${JSON.stringify(name)}:{},${JSON.stringify(object).slice(1)}`,
      JSON.stringify(object),
      '{}',
    ].map((text, at) => ({ number: at + 1, text }))
    const list = new JsonList(lines, new Map())
    const found = list.read(lines)
    expect(list.columns).toContainEqual({ name, field: null, attribute: null })
    expect(found.length).toBeGreaterThanOrEqual(2)
  })
})

test('a device type that every object has is none of OneSignal’s', () => {
  const lines = [{ number: 1, text: JSON.stringify({ ...ONESIGNAL, device_type: 'constructor' }) }]
  const [found] = new JsonList(lines, new Map()).read(lines)
  expect(JSON.stringify(found)).not.toContain('native code')
})
