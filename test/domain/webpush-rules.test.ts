/** What browsers and their push services take. */
import { test } from 'vitest'
import { expectRefused, inBrowsers, type Refused, SHOWN } from './some-messages.ts'

const W = '/message/webpush'

const REFUSED: Refused[] = [
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
  ['a TTL of 29 days', { ...SHOWN, webpush: { headers: { TTL: '2505600' } } }, `${W}/headers/TTL`, '28 days'],
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
]

test.each(REFUSED)('refused, with field, value and rule: %s', (_, message, field, says) => {
  expectRefused(message, field, says)
})
