/** Every form of a message: what is taken, and that what says nothing is not. */
import { describe, expect, test } from 'vitest'
import { checkMessage } from '../../src/domain/check-message.ts'
import type { CampaignMessage } from '../../src/domain/message.ts'
import { messageBytes } from '../../src/domain/message-size.ts'
import {
  aps,
  expectRefused,
  headers,
  inBrowsers,
  inSeconds,
  LIGHTS,
  NOW,
  onAndroid,
  type Refused,
  SHOWN,
  SYNC,
} from './some-messages.ts'

const LOC_KEYS: CampaignMessage = {
  android: { notification: { title_loc_key: 't', body_loc_key: 'b', body_loc_args: ['1'] } },
  apns: { payload: { aps: { alert: { 'title-loc-key': 't', 'loc-key': 'b', 'loc-args': ['1'] } } } },
}
describe('taken:', () => {
  test.each<[string, CampaignMessage]>([
    ['data only', SYNC],
    ['a link only, as data for apps', { link: 'https://shop.example/' }],
    ['data for one platform', { android: { data: { type: 'sync' } } }],
    ['a push that only wakes the app', { apns: { payload: { aps: { 'content-available': 1 } } } }],
    [
      'silent, as Apple wants it',
      headers(
        { 'apns-push-type': 'background', 'apns-priority': '5' },
        aps({ 'content-available': 1 }, SYNC),
      ),
    ],
    ['silent, in a hurry on Android', { ...SYNC, android: { priority: 'high' } }],
    ['a body only', { body: 'Only a body' }],
    ['a title only', { title: 'Only a title' }],
    ['texts of the app only', LOC_KEYS],
    ['a badge only', { ...SYNC, ...aps({ badge: 3 }, {}) }],
    ['an alert as a text', aps({ alert: 'Hello' }, {})],
    ['a notification in browsers only', { webpush: { notification: { title: 'Hello' } } }],
    [
      'an alert that also wakes the app',
      aps({ alert: 'Hello', 'content-available': 1, 'mutable-content': 1 }),
    ],
    ['the longest ttl', { ...SHOWN, android: { ttl: '2419200s' } }],
    ['a try-once expiration', headers({ 'apns-expiration': '0' })],
    ['an expiration tomorrow', headers({ 'apns-expiration': inSeconds(86_400) })],
    ['the longest label', { ...SHOWN, android: { fcm_options: { analytics_label: `${'a'.repeat(49)}%` } } }],
    ['every alert field', aps({ alert: { title: 'a', subtitle: 'b', body: 'c', 'launch-image': 'd' } })],
    ['a critical sound', aps({ sound: { critical: 1, name: 'bell.caf', volume: 0.5 } })],
    [
      'lights, a pattern and a time',
      onAndroid({
        light_settings: LIGHTS,
        vibrate_timings: ['0.5s', '1s'],
        event_time: '2026-11-29T09:00:00.5+09:00',
      }),
    ],
    [
      'buttons and a pattern in browsers',
      inBrowsers({ actions: [{ action: 'a', title: 'A' }], vibrate: [100, 50], renotify: true }),
    ],
    ['own fields beside aps', { ...SHOWN, apns: { payload: { aps: {}, order: { id: 7 } } } }],
    [
      'web push headers',
      { ...SHOWN, webpush: { headers: { ttl: '3600', URGENCY: 'very-low', topic: 'mine' } } },
    ],
    [
      'ordinary text with braces and percent signs',
      { title: '50% off {today}', body: '100 % cotton, 20%off, %s and {{', placeholders: 'literal' },
    ],
  ])('%s', (_, message) => {
    const taken = checkMessage(message, NOW)
    expect(checkMessage(taken, NOW)).toEqual(taken)
  })

  test('1,500 line breaks, as FCM counts them and not as JSON writes them', () => {
    const message = { title: 'a', body: `${'\n'.repeat(1_500)}${'x'.repeat(1_200)}` }
    expect(JSON.stringify(message).length).toBeGreaterThan(4_096)
    expect(messageBytes(checkMessage(message))).toBeLessThan(2_800)
  })

  test('addresses with letters of any language, as browsers send them', () => {
    const message = {
      ...SHOWN,
      link: 'https://shop.example/여름 세일?q=ü',
      webpush: { fcm_options: { link: 'https://a.example/é' } },
    }
    expect(checkMessage(message)).toMatchObject({
      link: 'https://shop.example/%EC%97%AC%EB%A6%84%20%EC%84%B8%EC%9D%BC?q=%C3%BC',
      webpush: { fcmOptions: { link: 'https://a.example/%C3%A9' } },
    })
  })

  test('links of an app, as they are', () => {
    for (const link of ['myshop://sale/7?from=push', 'com.example.shop://open', 'intent://scan#Intent;end']) {
      expect(checkMessage({ ...SHOWN, link }).link).toBe(link)
    }
  })

  test('and no link that is neither of the web nor of an app', () => {
    for (const link of [
      'http://shop.example/',
      'javascript://%0aalert(1)',
      'file:///etc/passwd',
      'myshop:',
      '7://x',
    ]) {
      expect(() => checkMessage({ ...SHOWN, link })).toThrow('an https:// address, or a link of your app')
    }
  })

  test('in one spelling: camelCase for FCM, headers as they are usually written', () => {
    const message = {
      ...SHOWN,
      android: { notification: { title_loc_key: 't', light_settings: LIGHTS } },
      apns: { headers: { 'APNS-Collapse-ID': 'mine' } },
      webpush: { headers: { topic: 'mine', ttl: '60' }, fcm_options: { analytics_label: 'a' } },
    }
    expect(checkMessage(message)).toEqual({
      ...SHOWN,
      android: {
        notification: {
          titleLocKey: 't',
          lightSettings: { color: { red: 1 }, lightOnDuration: '0.2s', lightOffDuration: '1s' },
        },
      },
      apns: { headers: { 'apns-collapse-id': 'mine' } },
      webpush: { headers: { Topic: 'mine', TTL: '60' }, fcmOptions: { analyticsLabel: 'a' } },
    })
  })
})

const A = '/message/android'
const I = '/message/apns'
const W = '/message/webpush'

const REFUSED: Refused[] = [
  ['nothing', {}, '/message', '"data" for a silent message'],
  ['nothing but settings', { android: { priority: 'high', ttl: '60s' } }, '/message', 'nothing to send'],
  [
    'an image without a text',
    { ...SYNC, imageUrl: 'https://a.example/b.png' },
    '/message/imageUrl',
    '"title" or a "body"',
  ],
  [
    'a notification without a text',
    { ...SYNC, android: { notification: { channel_id: 'x' } } },
    `${A}/notification`,
    'without a text',
  ],
  [
    'an alert without a text',
    { ...SYNC, apns: { payload: { aps: { alert: { 'launch-image': 'x' } } } } },
    `${I}/payload/aps/alert`,
    'without a text',
  ],
  [
    'a browser notification without a text',
    { ...SYNC, webpush: { notification: { icon: 'x' } } },
    `${W}/notification`,
    'without a text',
  ],
]

test.each(REFUSED)('refused, with field, value and rule: %s', (_, message, field, says) => {
  expectRefused(message, field, says)
})
