/** What FCM takes for Android, field by field. */
import { test } from 'vitest'
import { expectRefused, LIGHTS, onAndroid, type Refused, SHOWN } from './some-messages.ts'

const A = '/message/android'
const W = '/message/webpush'
const I = '/message/apns'

const REFUSED: Refused[] = [
  // Android
  [
    'a misspelt field',
    onAndroid({ channelID: 'promo' }),
    `${A}/notification/channelID`,
    'did you mean "channelId"?',
  ],
  [
    'an unknown field',
    onAndroid({ colour: '#ffffff' }),
    `${A}/notification/colour`,
    'allowed are title, body',
  ],
  [
    'a count as a text',
    onAndroid({ notification_count: '3' }),
    `${A}/notification/notification_count`,
    '"3"; expected number',
  ],
  ['a count below 0', onAndroid({ notification_count: -1 }), `${A}/notification/notification_count`, '-1'],
  [
    'half a count',
    onAndroid({ notification_count: 1.5 }),
    `${A}/notification/notification_count`,
    'whole number',
  ],
  [
    'a label with a space',
    { ...SHOWN, android: { fcm_options: { analytics_label: 'spring sale 50% !' } } },
    `${A}/fcm_options/analytics_label`,
    '"spring sale 50% !"',
  ],
  [
    'a label of 51',
    { ...SHOWN, apns: { fcm_options: { analytics_label: 'a'.repeat(51) } } },
    `${I}/fcm_options/analytics_label`,
    '1 to 50',
  ],
  ['a colour by name', onAndroid({ color: 'red' }), `${A}/notification/color`, '#rrggbb'],
  ['a ttl of 29 days', { ...SHOWN, android: { ttl: '2505600s' } }, `${A}/ttl`, '28 days'],
  ['a ttl below 0', { ...SHOWN, android: { ttl: '-1s' } }, `${A}/ttl`, '"-1s"'],
  [
    'a priority of another thing',
    onAndroid({ notification_priority: 'HIGH' }),
    `${A}/notification/notification_priority`,
    'PRIORITY_HIGH',
  ],
  [
    'a visibility in small letters',
    onAndroid({ visibility: 'public' }),
    `${A}/notification/visibility`,
    'PUBLIC',
  ],
  [
    'a day that is none',
    onAndroid({ event_time: '2026-02-30T09:00:00Z' }),
    `${A}/notification/event_time`,
    'a time with its offset',
  ],
  [
    'a time without an offset',
    onAndroid({ event_time: '2026-11-29 09:00' }),
    `${A}/notification/event_time`,
    'a time with its offset',
  ],
  [
    'a pattern in milliseconds',
    onAndroid({ vibrate_timings: [200] }),
    `${A}/notification/vibrate_timings/0`,
    '200; expected string',
  ],
  ['an empty pattern', onAndroid({ vibrate_timings: [] }), `${A}/notification/vibrate_timings`, 'not empty'],
  [
    'lights without a colour',
    onAndroid({ light_settings: { light_on_duration: '1s', light_off_duration: '1s' } }),
    `${A}/notification/light_settings/color`,
    'is missing',
  ],
  [
    'a light of 255',
    onAndroid({ light_settings: { ...LIGHTS, color: { red: 255 } } }),
    `${A}/notification/light_settings/color/red`,
    '0 … 1',
  ],
  [
    'arguments without their key',
    onAndroid({ title_loc_args: ['a'] }),
    `${A}/notification/title_loc_args`,
    '"titleLocKey"',
  ],
  [
    'an image over http',
    onAndroid({ image: 'http://a.example/i.png' }),
    `${A}/notification/image`,
    'https://',
  ],
  [
    'a package that is none',
    { ...SHOWN, android: { restricted_package_name: 'shop' } },
    `${A}/restricted_package_name`,
    'package name',
  ],
  [
    'a key that the Android SDK drops',
    { ...SHOWN, data: { collapse_key: 'x' } },
    '/message/data/collapse_key',
    'reserved',
  ],
  [
    'a reserved key for browsers',
    { ...SHOWN, webpush: { data: { 'google.x': 'y' } } },
    `${W}/data/google.x`,
    'reserved',
  ],
  [
    'a reserved key beside aps',
    { ...SHOWN, apns: { payload: { 'gcm.message_id': '1' } } },
    `${I}/payload/gcm.message_id`,
    'reserved',
  ],
]

test.each(REFUSED)('refused, with field, value and rule: %s', (_, message, field, says) => {
  expectRefused(message, field, says)
})
