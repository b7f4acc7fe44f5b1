/** Messages after public reports: which are taken, and with which words the others are refused. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are placeholders in texts.
import { describe, expect, test } from 'vitest'
import { checkMessage } from '../../src/domain/check-message.ts'
import { AppError } from '../../src/domain/errors.ts'
import type { CampaignMessage } from '../../src/domain/message.ts'
import { messageBytes } from '../../src/domain/message-size.ts'

const NOW = Date.UTC(2026, 10, 29)
const SHOWN: CampaignMessage = { title: 'x', body: 'y' }
const SYNC: CampaignMessage = { data: { type: 'sync' } }
const inSeconds = (seconds: number) => String(Math.floor(NOW / 1000) + seconds)

const headers = (given: Record<string, unknown>, message = SHOWN): CampaignMessage => ({
  ...message,
  apns: { ...message.apns, headers: given },
})
const aps = (given: Record<string, unknown>, message = SHOWN): CampaignMessage => ({
  ...message,
  apns: { ...message.apns, payload: { aps: given } },
})
const onAndroid = (notification: Record<string, unknown>): CampaignMessage => ({
  ...SHOWN,
  android: { notification },
})
const inBrowsers = (notification: Record<string, unknown>): CampaignMessage => ({
  ...SHOWN,
  webpush: { notification },
})

function refusalOf(message: CampaignMessage): AppError {
  try {
    checkMessage(message, NOW)
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
  throw new Error('the message was taken')
}

const LOC_KEYS: CampaignMessage = {
  android: { notification: { title_loc_key: 't', body_loc_key: 'b', body_loc_args: ['1'] } },
  apns: { payload: { aps: { alert: { 'title-loc-key': 't', 'loc-key': 'b', 'loc-args': ['1'] } } } },
}
const LIGHTS = { color: { red: 1 }, light_on_duration: '0.2s', light_off_duration: '1s' }

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

describe('refused, with field, value and rule:', () => {
  const A = '/message/android'
  const I = '/message/apns'
  const W = '/message/webpush'
  test.each<[string, CampaignMessage, field: string, says: string]>([
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
    [
      'an empty pattern',
      onAndroid({ vibrate_timings: [] }),
      `${A}/notification/vibrate_timings`,
      'not empty',
    ],
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
    // Apple
    [
      'a priority in words',
      headers({ 'apns-priority': 'high' }),
      `${I}/headers/apns-priority`,
      'one of 10, 5, 1',
    ],
    [
      'a background push with a text',
      headers({ 'apns-push-type': 'background', 'apns-priority': '5' }, { title: 'x' }),
      `${I}/headers/apns-push-type`,
      'shows something (title)',
    ],
    [
      'a background push with a sound',
      headers({ 'Apns-Push-Type': 'background' }, aps({ sound: 'default' }, SYNC)),
      `${I}/headers/Apns-Push-Type`,
      'aps.sound',
    ],
    [
      'a background push in a hurry',
      headers({ 'apns-push-type': 'background', 'apns-priority': '10' }, SYNC),
      `${I}/headers/apns-priority`,
      'only "5"',
    ],
    [
      'silent data in a hurry',
      headers({ 'apns-priority': '10' }, SYNC),
      `${I}/headers/apns-priority`,
      'only "5"',
    ],
    [
      'an alert that shows nothing',
      headers({ 'apns-push-type': 'alert' }, SYNC),
      `${I}/headers/apns-push-type`,
      'no text, sound or badge',
    ],
    [
      'a push type of another kind',
      headers({ 'apns-push-type': 'voip' }),
      `${I}/headers/apns-push-type`,
      'FCM does not have',
    ],
    [
      'a push type that is none',
      headers({ 'apns-push-type': 'silent' }),
      `${I}/headers/apns-push-type`,
      'alert, background',
    ],
    [
      'a Live Activity token',
      { ...SHOWN, apns: { live_activity_token: 'abc' } },
      `${I}/live_activity_token`,
      'one device',
    ],
    [
      'a Live Activity payload',
      aps({ event: 'update', 'content-state': {} }),
      `${I}/payload/aps/content-state`,
      'Live Activity',
    ],
    [
      'an id for all pushes',
      headers({ 'apns-id': '0198c0de-1234-7abc-8def-0123456789ab' }),
      `${I}/headers/apns-id`,
      'one device',
    ],
    [
      'a collapse id of 65 bytes',
      headers({ 'apns-collapse-id': 'x'.repeat(65) }),
      `${I}/headers/apns-collapse-id`,
      '64 bytes',
    ],
    [
      'a collapse id that is no header',
      headers({ 'apns-collapse-id': '봄세일' }),
      `${I}/headers/apns-collapse-id`,
      'ASCII',
    ],
    [
      'a header twice',
      headers({ 'apns-collapse-id': 'a', 'Apns-Collapse-Id': 'b' }),
      `${I}/headers/Apns-Collapse-Id`,
      'given twice',
    ],
    [
      'an expiration in milliseconds',
      headers({ 'apns-expiration': `${inSeconds(60)}000` }),
      `${I}/headers/apns-expiration`,
      'seconds since 1970',
    ],
    [
      'a lifetime for an expiration',
      headers({ 'apns-expiration': '3600' }),
      `${I}/headers/apns-expiration`,
      'not past',
    ],
    [
      'an expiration that is past',
      headers({ 'apns-expiration': inSeconds(-1) }),
      `${I}/headers/apns-expiration`,
      'not past',
    ],
    [
      'a topic with a space',
      headers({ 'apns-topic': 'my app' }),
      `${I}/headers/apns-topic`,
      'bundle identifier',
    ],
    ['a badge as a text', aps({ badge: '1' }), `${I}/payload/aps/badge`, '"1"; expected number'],
    [
      'the spelling of the SDK',
      aps({ contentAvailable: true }),
      `${I}/payload/aps/contentAvailable`,
      '"content-available"',
    ],
    [
      'a flag as a truth value',
      aps({ 'mutable-content': true }),
      `${I}/payload/aps/mutable-content`,
      'one of 1',
    ],
    ['an own field in aps', aps({ screen: 'sale' }), `${I}/payload/aps/screen`, 'is unknown'],
    ['a relevance of 2', aps({ 'relevance-score': 2 }), `${I}/payload/aps/relevance-score`, '0 … 1'],
    [
      'an interruption level that is none',
      aps({ 'interruption-level': 'loud' }),
      `${I}/payload/aps/interruption-level`,
      'time-sensitive',
    ],
    [
      'a thread that is a number',
      aps({ 'thread-id': 7 }),
      `${I}/payload/aps/thread-id`,
      '7; expected string',
    ],
    ['a sound without a name', aps({ sound: { critical: 1 } }), `${I}/payload/aps/sound/name`, 'is missing'],
    [
      'a sound too loud',
      aps({ sound: { name: 'x', volume: 1.1 } }),
      `${I}/payload/aps/sound/volume`,
      '0 … 1',
    ],
    ['an alert that is a list', aps({ alert: [] }), `${I}/payload/aps/alert`, 'string or object'],
    [
      'too much for Apple',
      { ...SHOWN, body: '\n'.repeat(2_000), ...aps({ badge: 1 }, {}) },
      `${I}/payload`,
      'at most 4096',
    ],
    // browsers
    [
      'a link over http',
      { ...SHOWN, webpush: { fcm_options: { link: 'http://shop.example/a' } } },
      `${W}/fcm_options/link`,
      'http://shop.example/a',
    ],
    [
      'a topic of 13',
      { ...SHOWN, webpush: { headers: { Topic: 'breaking-news' } } },
      `${W}/headers/Topic`,
      'base64',
    ],
    [
      'a topic of 33',
      { ...SHOWN, webpush: { headers: { topic: 'x'.repeat(33) } } },
      `${W}/headers/topic`,
      '32',
    ],
    [
      'an urgency that is none',
      { ...SHOWN, webpush: { headers: { Urgency: 'urgent' } } },
      `${W}/headers/Urgency`,
      'very-low',
    ],
    [
      'a TTL of 29 days',
      { ...SHOWN, webpush: { headers: { TTL: '2505600' } } },
      `${W}/headers/TTL`,
      '28 days',
    ],
    [
      'a header of another thing',
      { ...SHOWN, webpush: { headers: { image: 'https://a.example/i.png' } } },
      `${W}/headers/image`,
      'TTL, Topic, Urgency',
    ],
    [
      'a button without a title',
      inBrowsers({ actions: [{ action: 'a' }] }),
      `${W}/notification/actions/0/title`,
      'is missing',
    ],
    [
      'silent and vibrating',
      inBrowsers({ silent: true, vibrate: 200 }),
      `${W}/notification/vibrate`,
      '"silent": true',
    ],
    [
      'snake_case for browsers',
      inBrowsers({ require_interaction: true }),
      `${W}/notification/require_interaction`,
      '"requireInteraction"',
    ],
  ])('%s', (_, message, field, says) => {
    const refusal = refusalOf(message)
    expect(refusal.code).toBe('invalid_message')
    expect(refusal.fields.map((entry) => entry.field)).toContain(field)
    expect(refusal.message).toContain(says)
  })

  test.each([
    ['{{name}}', '{{name}}'],
    ['Hi {{ user.first_name | default: "you" }}!', '{{ user.first_name | default: "you" }}'],
    ['Hi {{name', '{{name'],
    ['{% if a %}x{% endif %}', '{% if a %}'],
    ['Hi ${first_name}', '${first_name}'],
    ['Hi {{${first_name}}}', '{{${first_name}}}'],
    ['Hi <%= name %>', '<%= name %>'],
    ['Hi *|FNAME|*', '*|FNAME|*'],
    ['Hi %%First Name%%', '%%First Name%%'],
    ['Hi %first_name%, 50% off', '%first_name%'],
  ])('the placeholder in %j, unless it is meant', (body, found) => {
    const refusal = refusalOf({ body })
    expect(refusal.code).toBe('message_has_placeholders')
    expect(refusal.message).toContain(`/message/body has the placeholder ${JSON.stringify(found)}`)
    expect(refusal.message).toContain('"placeholders": "literal"')
    expect(checkMessage({ body, placeholders: 'literal' })).toEqual({ body, placeholders: 'literal' })
  })

  test('a placeholder in any text, however deep', () => {
    const message = {
      ...SHOWN,
      link: 'https://a.example/{{id}}',
      ...aps({ alert: { 'loc-key': 'b', 'loc-args': ['{{name}}'] } }, {}),
    }
    expect(refusalOf(message).fields.map(({ field }) => field)).toEqual([
      '/message/link',
      '/message/apns/payload/aps/alert/loc-args/0',
    ])
  })

  test.each([
    '100%',
    '50% off, 20% back',
    '{name}',
    '%s of %d',
    '$5 {only}',
    'https://a.example/?q=%EA%B0%80%25',
    'caf%C3%A9tat%20',
    'a * | b',
    '100%리얼%',
  ])('but not the ordinary text %j', (body) => {
    expect(checkMessage({ body })).toEqual({ body })
  })

  test('a title that a campaign of a hundred thousand characters would make slow to look at', () => {
    const before = performance.now()
    for (const unit of ['{{', '{%', '${a', '%a', '%%a', '*|', '<%']) refusalOf({ body: unit.repeat(100_000) })
    expect(performance.now() - before).toBeLessThan(5_000)
  })
})
