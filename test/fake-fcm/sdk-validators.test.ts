/**
 * What the validators of firebase-admin refuse, the fake FCM refuses too: each row is a message of FCM v1 and the same in the
 * words of the SDK.
 */
import { expect, test } from 'vitest'
import { MessageChecker } from '../../testing/fake-fcm/check-message.ts'
import { tokenFor } from '../../testing/fake-fcm/token.ts'

// Not a part of what the package exports.
const path = '../../node_modules/firebase-admin/lib/messaging/messaging-internal.js'
const { validateMessage } = (await import(new URL(path, import.meta.url).href)) as {
  validateMessage: (message: object) => void
}

const token = tokenFor(0)
const fake = (message: object) => new MessageChecker().check(JSON.stringify({ message })).problem

const onAndroid = (notification: object) => ({ android: { notification } })
const aps = (given: object) => ({ apns: { payload: { aps: given } } })
const image = (rest: string) => ({ notification: { image: `https://${rest}` } })
const LIGHTS = { color: '#ff0000', lightOnDurationMillis: 1, lightOffDurationMillis: 1 }
const COLOR = { red: 1 }

type Row = [what: string, message: object, sdk: object]

const IMAGES: Row[] = [
  '',
  '.',
  '[',
  'a_b.example/',
  '-a.example/',
  'a..example/',
  'a.example./',
  'a.example:99999/',
]
  .concat(['a.example//x', 'a.example/a&b', 'a.example/[x]', 'a.example/é', 'a.example/a b', 'a.example/"'])
  .flatMap((rest): Row[] => [
    [`the image https://${rest}`, image(rest), { notification: { imageUrl: `https://${rest}` } }],
    [
      `on Android, the image https://${rest}`,
      onAndroid({ image: `https://${rest}` }),
      onAndroid({ imageUrl: `https://${rest}` }),
    ],
    [
      `for Apple, the image https://${rest}`,
      { apns: { fcmOptions: { image: `https://${rest}` } } },
      { apns: { fcmOptions: { imageUrl: `https://${rest}` } } },
    ],
  ])

test.each<Row>([
  ...IMAGES,
  [
    'an hour that does not exist',
    onAndroid({ eventTime: '2026-11-29T25:00:00Z' }),
    onAndroid({ eventTimestamp: new Date('x') }),
  ],
  [
    'a day that does not exist',
    onAndroid({ eventTime: '2026-02-30T09:00:00Z' }),
    onAndroid({ eventTimestamp: 'x' }),
  ],
  [
    'an offset that does not exist',
    onAndroid({ eventTime: '2026-02-03T09:00:00+99:99' }),
    onAndroid({ eventTimestamp: 'x' }),
  ],
  ['a sound without a name', aps({ sound: { name: '' } }), aps({ sound: { name: '' } })],
  ['an empty sound', aps({ sound: '' }), aps({ sound: '' })],
  [
    'a volume above 1',
    aps({ sound: { name: 'a', volume: 1.1 } }),
    aps({ sound: { name: 'a', volume: 1.1 } }),
  ],
  ...(['loc', 'title-loc', 'subtitle-loc'] as const).flatMap((name): Row[] => {
    const camel = name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
    return [
      [
        `${name}-args alone`,
        aps({ alert: { [`${name}-args`]: ['a'] } }),
        aps({ alert: { [`${camel}Args`]: ['a'] } }),
      ],
      [
        `${name}-args with an empty key`,
        aps({ alert: { [`${name}-args`]: ['a'], [`${name}-key`]: '' } }),
        aps({ alert: { [`${camel}Args`]: ['a'], [`${camel}Key`]: '' } }),
      ],
    ]
  }),
  ...(['body', 'title'] as const).flatMap((name): Row[] => [
    [
      `${name}LocArgs alone`,
      onAndroid({ [`${name}LocArgs`]: ['a'] }),
      onAndroid({ [`${name}LocArgs`]: ['a'] }),
    ],
    [
      `${name}LocArgs with an empty key`,
      onAndroid({ [`${name}LocArgs`]: ['a'], [`${name}LocKey`]: '' }),
      onAndroid({ [`${name}LocArgs`]: ['a'], [`${name}LocKey`]: '' }),
    ],
  ]),
  ['a short colour', onAndroid({ color: '#fff' }), onAndroid({ color: '#fff' })],
  ['no vibration', onAndroid({ vibrateTimings: [] }), onAndroid({ vibrateTimingsMillis: [] })],
  [
    'a vibration into the past',
    onAndroid({ vibrateTimings: ['-1s'] }),
    onAndroid({ vibrateTimingsMillis: [-1000] }),
  ],
  [
    'lights without a colour',
    onAndroid({ lightSettings: { lightOnDuration: '1s', lightOffDuration: '1s' } }),
    onAndroid({ lightSettings: { ...LIGHTS, color: undefined } }),
  ],
  [
    'lights without an end',
    onAndroid({ lightSettings: { color: COLOR, lightOnDuration: '1s' } }),
    onAndroid({ lightSettings: { ...LIGHTS, lightOffDurationMillis: undefined } }),
  ],
  ['a negative ttl', { android: { ttl: '-1s' } }, { android: { ttl: -1000 } }],
  ['data that is a number', { data: { a: 1 } }, { data: { a: 1 } }],
  ['a header that is a number', { apns: { headers: { a: 1 } } }, { apns: { headers: { a: 1 } } }],
  ['an empty live activity', { apns: { liveActivityToken: '' } }, { apns: { liveActivityToken: '' } }],
])('%s', (_, message, sdk) => {
  expect(() => validateMessage({ ...structuredClone(sdk), token })).toThrow()
  expect(fake({ ...message, token })?.status).toBe(400)
})

test.each(['a b', '한국', '/topics/a b'])('the topic %s', (topic) => {
  expect(() => validateMessage({ topic })).toThrow('Malformed topic name')
  expect(fake({ topic })?.status).toBe(400)
})

test('what they take, and the documentation does not', () => {
  expect(fake({ webpush: { headers: { TTL: '2419200' } }, token })).toBeUndefined()
  expect(fake({ webpush: { headers: { TTL: '2419201' } }, token })?.status).toBe(400)
  const own = { apns: { payload: { aps: { alert: 'x' }, own: '\n'.repeat(2_100) } } }
  expect(() => validateMessage({ ...structuredClone(own), token })).not.toThrow()
  expect(fake({ ...own, token })?.body).toContain('larger than Apple takes')
})
