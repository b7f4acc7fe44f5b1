import { describe, expect, test } from 'vitest'
import { compileMessage } from '../../src/push/fcm/fcm-message.ts'
import { MessageChecker } from '../../testing/fake-fcm/check-message.ts'
import { fidFor, tokenFor } from '../../testing/fake-fcm/token.ts'

const token = tokenFor(0)

function check(message: unknown, more: object = {}) {
  const { problem } = new MessageChecker().check(JSON.stringify({ message, ...more }))
  return problem === undefined ? undefined : JSON.parse(problem.body).error
}

const full = {
  token,
  notification: { title: 'a', body: 'b', image: 'https://x.test/i.png' },
  data: { k: 'v' },
  android: {
    collapse_key: 'c',
    priority: 'HIGH',
    ttl: '3.5s',
    restrictedPackageName: 'p',
    directBootOk: true,
    data: { k: 'v' },
    notification: {
      tag: 't',
      channelId: 'c',
      click_action: 'x',
      notification_priority: 'PRIORITY_LOW',
      bodyLocKey: 'b',
      bodyLocArgs: ['a'],
      notificationCount: 3,
      vibrateTimings: ['0.5s'],
      lightSettings: { color: { red: 0.5 }, lightOnDuration: '1s', light_off_duration: '1s' },
    },
    fcmOptions: { analyticsLabel: 'l' },
  },
  apns: { headers: { 'apns-priority': '10' }, payload: { aps: { anything: [1] }, own: true } },
  webpush: { headers: { TTL: '1' }, notification: { actions: [] }, fcm_options: { link: 'https://x.test' } },
  fcmOptions: { analytics_label: 'l' },
}

describe('FCM takes', () => {
  test.each([
    ['every field of the schema, in either spelling', full],
    ['a token alone', { token }],
    ['a topic instead of a token', { topic: 'news', notification: { title: 'a' } }],
    ['a header in another case', { token, apns: { headers: { 'APNS-Priority': '5' } }, data: { k: 'v' } }],
    ['an alert as a text', { token, apns: { payload: { aps: { alert: 'a', sound: 'default' } } } }],
    ['data keys that only resemble reserved ones', { token, data: { fromage: 'x', google: 'x', gcm: 'x' } }],
  ])('%s', (_, message) => {
    expect(check(message)).toBeUndefined()
    expect(check(message, { validateOnly: true })).toBeUndefined()
    expect(check(message, { validate_only: true })).toBeUndefined()
  })

  test('what compileMessage makes', () => {
    const content = { title: 'a', body: 'b', link: 'https://x.test/', data: { k: 'v' } }
    const message = compileMessage({ content, collapseId: 'same' })
    expect(new MessageChecker().check(message.bodyFor({ address: token, kind: 'token' }, false))).toEqual({
      address: token,
      kind: 'token',
      title: 'a',
      validateOnly: false,
      problem: undefined,
    })
    expect(
      new MessageChecker().check(message.bodyFor({ address: token, kind: 'token' }, true)).validateOnly,
    ).toBe(true)
  })
})

describe('FCM refuses', () => {
  test.each([
    ['an unknown field', { token, sound: 'x' }, 'message', 'Unknown name "sound" at \'message\''],
    [
      'an unknown field deep inside',
      { token, android: { notification: { titel: 'x' } } },
      'message.android.notification',
      '"titel"',
    ],
    [
      'data that is not text',
      { token, data: { k: 12 } },
      'message.data[0].value',
      "Invalid value at 'message.data[0].value' (TYPE_STRING), 12",
    ],
    ['the data key from', { token, data: { from: 'x' } }, 'message.data', 'Invalid data payload key: from'],
    ['the data key message_type', { token, data: { message_type: 'x' } }, 'message.data', 'message_type'],
    ['a data key of Google’s', { token, data: { 'google.x': 'x' } }, 'message.data', 'google.x'],
    [
      'a data key of GCM’s, for Android',
      { token, android: { data: { 'gcm.notification.x': 'x' } } },
      'message.android.data',
      'gcm.notification.x',
    ],
    ['no target', { notification: { title: 'a' } }, 'message', 'Recipient of the message is not set.'],
    ['an empty token', { token: '' }, 'message', 'Recipient'],
    ['two targets', { token, topic: 'news' }, 'message', "Cannot set 'topic'"],
    ['a ttl in milliseconds', { token, android: { ttl: 3_600_000 } }, 'message.android.ttl', 'Duration'],
    [
      'a priority it does not know',
      { token, android: { priority: 'urgent' } },
      'message.android.priority',
      'ENUM',
    ],
    [
      'a header that is not text',
      { token, apns: { headers: { 'apns-priority': 5 } } },
      'message.apns.headers[0].value',
      '5',
    ],
    ['a text where an object belongs', { token, notification: 'Hello' }, 'message.notification', 'Hello'],
    ['a list where a map belongs', { token, data: ['x'] }, 'message.data', 'map'],
    [
      'a number where a truth value belongs',
      { token, android: { directBootOk: 1 } },
      'message.android.directBootOk',
      'TYPE_BOOL',
    ],
  ])('%s', (_, message, field, words) => {
    const error = check(message)
    expect(error).toMatchObject({ code: 400, status: 'INVALID_ARGUMENT' })
    expect(error.message).toContain(words)
    expect(error.details).toMatchObject([
      { '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: [{ field }] },
    ])
  })

  test('a body that is not JSON, or not an object', () => {
    expect(new MessageChecker().check('{"message":').problem?.status).toBe(400)
    expect(new MessageChecker().check('[]').problem?.status).toBe(400)
    expect(new MessageChecker().check('{}').problem?.status).toBe(400)
  })

  test('each kind of address under the other’s name, also where support says that FCM takes it', () => {
    expect(check({ token: fidFor(1) })?.message).toContain('registration token')
    expect(check({ fid: token })?.message).toContain('installation ID')
    expect(check({ fid: fidFor(1) })).toBeUndefined()
    expect(check({ fid: fidFor(1), token })?.message).toContain("Cannot set 'fid'")
  })

  test('a token of no known form, saying that it is the token', () => {
    expect(check({ token: 'short' })).toMatchObject({
      message: 'The registration token is not a valid FCM registration token',
      details: [{ errorCode: 'INVALID_ARGUMENT' }],
    })
  })

  test('more than 4096 bytes of keys and values, counting one platform, without details', () => {
    const value = 'ä'.repeat(2047)
    expect(check({ token, data: { ab: value } })).toBeUndefined()
    expect(check({ token, data: { abc: value } })).toEqual({
      code: 400,
      status: 'INVALID_ARGUMENT',
      message: 'Message too large. Maximum is 4096 bytes.',
    })
    const half = { k: 'x'.repeat(3000) }
    expect(check({ token, android: { data: half }, webpush: { data: half } })).toBeUndefined()
    expect(check({ token, data: half, android: { data: half } })?.message).toContain('too large')
  })
})

describe('as it is documented, FCM refuses', () => {
  const REFUSED: [name: string, message: object, field: string, words: string][] = [
    ['a ttl of 29 days', { android: { ttl: '2505600s' } }, 'message.android.ttl', 'Duration'],
    [
      'a colour by name',
      { android: { notification: { color: 'red' } } },
      'message.android.notification.color',
      'red',
    ],
    [
      'a count as a text',
      { android: { notification: { notification_count: '3' } } },
      'message.android.notification.notification_count',
      'TYPE_INT32',
    ],
    [
      'arguments without their key',
      { android: { notification: { titleLocArgs: ['a'] } } },
      'message.android.notification',
      'titleLocKey',
    ],
    [
      'an empty pattern',
      { android: { notification: { vibrateTimings: [] } } },
      'message.android.notification.vibrateTimings',
      'list',
    ],
    [
      'lights without a colour',
      { android: { notification: { lightSettings: { lightOnDuration: '1s', lightOffDuration: '1s' } } } },
      'message.android.notification.lightSettings',
      'color',
    ],
    [
      'a field in both spellings',
      { android: { collapseKey: 'a', collapse_key: 'b' } },
      'message.android',
      'collapse_key',
    ],
    [
      'an image that is no address',
      { notification: { image: 'a.png' } },
      'message.notification.image',
      'a.png',
    ],
    [
      'a label with a space',
      { fcmOptions: { analyticsLabel: 'a b' } },
      'message.fcmOptions.analyticsLabel',
      'a b',
    ],
    [
      'a link over http',
      { webpush: { fcmOptions: { link: 'http://x.test' } } },
      'message.webpush.fcmOptions.link',
      'http://x.test',
    ],
    [
      'a topic that is no base64',
      { webpush: { headers: { topic: 'breaking-news' } } },
      'message.webpush.headers.topic',
      'breaking-news',
    ],
    [
      'an urgency that is none',
      { webpush: { headers: { Urgency: 'urgent' } } },
      'message.webpush.headers.Urgency',
      'urgent',
    ],
    [
      'a priority in words',
      { apns: { headers: { 'apns-priority': 'high' } } },
      'message.apns.headers.apns-priority',
      'high',
    ],
    [
      'a header twice',
      { apns: { headers: { 'apns-priority': '5', 'Apns-Priority': '5' } } },
      'message.apns.headers',
      'twice',
    ],
    [
      'a collapse id of 65',
      { apns: { headers: { 'apns-collapse-id': 'x'.repeat(65) } } },
      'message.apns.headers.apns-collapse-id',
      'xxx',
    ],
    [
      'a badge as a text',
      { apns: { payload: { aps: { badge: '1' } } } },
      'message.apns.payload.aps.badge',
      'TYPE_INT32',
    ],
    [
      'an empty sound',
      { apns: { payload: { aps: { sound: '' } } } },
      'message.apns.payload.aps.sound',
      'TYPE_STRING',
    ],
    [
      'a sound without a name',
      { apns: { payload: { aps: { sound: { volume: 1 } } } } },
      'message.apns.payload.aps.sound',
      'name',
    ],
    [
      'a sound too loud',
      { apns: { payload: { aps: { sound: { name: 'a', volume: 2 } } } } },
      'message.apns.payload.aps.sound.volume',
      '2',
    ],
    [
      'alert arguments without their key',
      { apns: { payload: { aps: { alert: { 'loc-args': ['a'] } } } } },
      'message.apns.payload.aps.alert',
      'loc-key',
    ],
    [
      'an empty Live Activity token',
      { apns: { liveActivityToken: '' } },
      'message.apns.liveActivityToken',
      'TYPE_STRING',
    ],
    [
      'data alone in a hurry',
      { data: { k: 'v' }, apns: { headers: { 'apns-priority': '10' } } },
      'message.apns.headers',
      'priority 5',
    ],
    [
      'a background push with a text',
      {
        notification: { title: 'a' },
        apns: { headers: { 'apns-push-type': 'background', 'apns-priority': '5' } },
      },
      'message.apns.headers',
      'background',
    ],
    [
      'a background push without its priority',
      { data: { k: 'v' }, apns: { headers: { 'apns-push-type': 'background' } } },
      'message.apns.headers',
      'priority 5',
    ],
    [
      'an alert push of nothing',
      { data: { k: 'v' }, apns: { headers: { 'apns-push-type': 'alert' } } },
      'message.apns.headers',
      'alert',
    ],
  ]

  test.each(REFUSED)('%s', (_, message, field, words) => {
    const error = check({ token, ...message })
    expect(error).toMatchObject({ code: 400, status: 'INVALID_ARGUMENT' })
    expect(error.message).toContain(words)
    expect(error.details).toMatchObject([{ fieldViolations: [{ field }] }])
  })
})

describe('a body like an earlier one', () => {
  const bodyFor = (token: string) => JSON.stringify({ message: { data: { k: 'v' }, token } })

  test('is known by the text around the token', () => {
    const checker = new MessageChecker()
    for (const index of [1, 2, 3])
      expect(checker.check(bodyFor(tokenFor(index))).address).toBe(tokenFor(index))
    expect(checker.check(bodyFor('short')).problem?.status).toBe(400)
  })

  test('is not believed when the token would end elsewhere', () => {
    const checker = new MessageChecker()
    checker.check(bodyFor(token))
    const smuggled = `{"message":{"data":{"k":"v"},"token":"${token}","topic":"news"}}`
    expect(checker.check(smuggled).problem?.body).toContain('oneof')
    expect(checker.check(`{"message":{"data":{"k":"v"},"token":"${token}\\u0041"}}`).address).toBe(
      `${token}A`,
    )
  })

  test('is parsed anew when a token stands in its data too', () => {
    const checker = new MessageChecker()
    const both = (inner: string, outer: string) =>
      JSON.stringify({ message: { data: { token: inner }, token: outer } })
    expect(checker.check(both(tokenFor(1), tokenFor(2))).address).toBe(tokenFor(2))
    expect(checker.check(both(tokenFor(3), tokenFor(2))).address).toBe(tokenFor(2))
    expect(checker.check(both(tokenFor(3), tokenFor(4))).address).toBe(tokenFor(4))
  })
})
