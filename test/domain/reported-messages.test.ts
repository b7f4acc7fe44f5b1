/** Messages after public reports, as they were given: which are taken, and with which words the others are refused. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkMessage } from '../../src/domain/check-message.ts'
import type { CampaignMessage } from '../../src/domain/message.ts'
import { compileMessage } from '../../src/push/fcm/fcm-message.ts'
import { refusalOf } from './some-messages.ts'

const TAKEN = 'taken'
/** The field and the rule that it is refused with. */
const VERDICTS: Record<string, string> = {
  'data-only': TAKEN,
  'silent-ios': TAKEN,
  'body-only': TAKEN,
  'loc-key-only': TAKEN,
  'unknown-android-field': '/message/android/notification/channelID is unknown; did you mean "channelId"?',
  'count-as-text': '/message/android/notification/notification_count is "3"; expected number',
  'bad-label':
    '/message/android/fcm_options/analytics_label is "spring sale 50% !"; expected an analytics label',
  'bad-color': '/message/android/notification/color is "red"; expected a colour as #rrggbb',
  'ttl-29-days': '/message/android/ttl is "2505600s"; expected seconds with an "s"',
  'http-link': '/message/webpush/fcm_options/link is "http://shop.example/a"; expected an https:// address',
  'bad-apns-priority': '/message/apns/headers/apns-priority is "high"; expected one of 10, 5, 1',
  'background-with-alert':
    '/message/apns/headers/apns-push-type is "background", but the message shows something (title, body)',
  'topic-lower-case': TAKEN,
  'topic-13-chars': '/message/webpush/headers/Topic is "breaking-news"; expected at most 32 characters',
  placeholders: '/message/title has the placeholder "{{name}}", and nothing fills it in',
  'live-activity-constant':
    '/message/apns/live_activity_token is for a Live Activity, whose token belongs to one device',
  'badge-as-text': '/message/apns/payload/aps/badge is "1"; expected number',
  'sdk-spelling': '/message/apns/payload/aps/contentAvailable is unknown; did you mean "content-available"?',
  'many-newlines': TAKEN,
}

const lines = readFileSync(join(import.meta.dirname, 'fixtures/reported-messages.ndjson'), 'utf8')
const cases = lines
  .split('\n')
  .filter((line) => line !== '')
  .map((line): { case: string; message: CampaignMessage } => JSON.parse(line))

test('there is a verdict for each', () => {
  expect(cases.map((each) => each.case)).toEqual(Object.keys(VERDICTS))
})

test.each(cases)('$case', ({ case: name, message }) => {
  // The file says what its body is, and does not spell it out.
  const given =
    name === 'many-newlines' ? { ...message, body: `${'\n'.repeat(1_500)}${'x'.repeat(1_200)}` } : message
  if (VERDICTS[name] !== TAKEN) {
    expect(refusalOf(given).message).toContain(VERDICTS[name])
    return
  }
  const taken = checkMessage(given)
  const sent = compileMessage({ content: taken, collapseId: 'x'.repeat(22) }).message
  // A silent message stays one, and one that has a topic gets no second one.
  if (message.title === undefined && message.body === undefined) expect(sent.notification).toBeUndefined()
  if (name === 'data-only') expect(sent.android).toEqual({ collapseKey: 'x'.repeat(22) })
  if (name === 'topic-lower-case') expect(sent.webpush).toMatchObject({ headers: { Topic: 'mine' } })
})
