/** What Apple takes, header by header and field by field, and what contradicts itself. */
import { test } from 'vitest'
import { aps, expectRefused, headers, inSeconds, type Refused, SHOWN, SYNC } from './some-messages.ts'

const I = '/message/apns'

const REFUSED: Refused[] = [
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
  ['a thread that is a number', aps({ 'thread-id': 7 }), `${I}/payload/aps/thread-id`, '7; expected string'],
  ['a sound without a name', aps({ sound: { critical: 1 } }), `${I}/payload/aps/sound/name`, 'is missing'],
  ['a sound too loud', aps({ sound: { name: 'x', volume: 1.1 } }), `${I}/payload/aps/sound/volume`, '0 … 1'],
  ['an alert that is a list', aps({ alert: [] }), `${I}/payload/aps/alert`, 'string or object'],
  [
    'too much for Apple',
    { ...SHOWN, body: '\n'.repeat(2_000), ...aps({ badge: 1 }, {}) },
    `${I}/payload`,
    'at most 4096',
  ],
]

test.each(REFUSED)('refused, with field, value and rule: %s', (_, message, field, says) => {
  expectRefused(message, field, says)
})
