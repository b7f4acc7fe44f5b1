/** What the API says of a problem, after the field: "/message/android/ttl is …". */
import type { MessageProblem, ProblemCode } from './message-problem.ts'

type Sentence = (problem: MessageProblem) => string

const expects =
  (what: string): Sentence =>
  ({ value }) =>
    `is ${value}; expected ${what}`

const SENTENCES: Record<ProblemCode, Sentence> = {
  nothing_to_send: () =>
    'has nothing to send: give a "title" or a "body" for a notification, or "data" for a silent message',
  placeholder: ({ value }) =>
    `has the placeholder ${value}, and nothing fills it in: devices would show it as it stands. Write the text out, or give "placeholders": "literal" in the message if it is meant as it stands`,

  unknown: ({ expected }) => `is unknown; allowed are ${expected}`,
  misspelt: ({ expected }) => `is unknown; did you mean "${expected}"?`,
  twice: ({ expected }) => `is given twice, as "${expected}" too; give it once`,
  wrong_type: ({ value, expected }) => `is ${value}; expected ${expected.replace(', ', ' or ')}`,
  empty: expects('something that is not empty, or leave it out'),
  not_one_of: ({ value, expected }) => `is ${value}; expected one of ${expected}`,
  not_in_range: ({ value, expected }) => `is ${value}; expected a number ${expected}`,
  not_whole: ({ value, expected }) => `is ${value}; expected a whole number ${expected}`,
  missing: () => 'is missing',
  needs: ({ value, expected }) => `is ${value}, which is used with "${expected}" only; give that too`,
  reserved_key: () =>
    'is reserved by FCM ("from", "message_type", "collapse_key", "google.…", "gcm.…"); choose another name',
  nameless_key: () => 'has a key without a name; every value needs a name',
  link_is_taken: () =>
    'is reserved: the "link" of the message is sent under this name. Give only one of the two',

  not_label: expects('an analytics label: 1 to 50 of the characters a-z A-Z 0-9 - _ . ~ %'),
  not_color: expects('a colour as #rrggbb, such as "#0f766e"'),
  not_https: expects('an https:// address'),
  not_link: expects('an https:// address, or a link of your app such as "myshop://sale"'),
  not_image: expects(
    'an address of an image as the Firebase SDKs take it, without "//", "&", "[" and "]" in its path: write "%2F%2F", "%26", "%5B" and "%5D"',
  ),
  not_duration: expects('seconds with an "s", such as "3600s", at most "2419200s" (28 days)'),
  not_time: expects('a time with its offset, such as "2026-01-31T09:00:00Z"'),
  not_seconds: expects('whole seconds as a text, such as "3600", at most "2419200" (28 days)'),
  not_topic: expects(
    'at most 32 characters of URL-safe base64 (a-z A-Z 0-9 - _), and a length that base64 can have',
  ),
  not_expiration: expects(
    'seconds since 1970 as a text, at a time that is not past and within a year, or "0" to try only once',
  ),
  not_collapse_id: expects('1 to 64 bytes of ASCII'),
  not_bundle_id: expects('the bundle identifier of the app, such as "com.example.shop"'),
  not_package_name: expects('the package name of the app, such as "com.example.shop"'),

  live_activity: () =>
    'is for a Live Activity, whose token belongs to one device and one activity: a campaign sends the same to many. Leave it out',
  set_by_fcm: () => 'is set by FCM itself. Leave it out',
  differs_by_device: () => 'identifies the push to one device, and a campaign sends to many. Leave it out',

  push_type_not_for_apps: ({ value }) =>
    `is ${value}, which needs a token or a topic that FCM does not have; expected alert or background`,
  no_text: () => 'makes a notification without a text; give a title or a body, or leave it out',
  image_without_text: () =>
    'is for a notification, and there is none; give a "title" or a "body", or leave the image out',
  background_shows: ({ value, expected }) =>
    `is ${value}, but the message shows something (${expected}); use alert, or leave that out`,
  background_priority: ({ value, expected }) =>
    `is ${value}; Apple takes only "${expected}" for a background push`,
  silent_priority: ({ value, expected }) =>
    `is ${value}; Apple takes only "${expected}" for a push that shows nothing`,
  alert_shows_nothing: ({ value }) =>
    `is ${value}, but there is no text, sound or badge; give one, or use background`,
  silent_vibrates: () => 'cannot be given with "silent": true; browsers refuse the notification',
  apns_too_large: ({ value, expected }) =>
    `makes a push of ${value} bytes for Apple devices, as JSON and with what FCM adds; Apple takes at most ${expected}`,
}

export function sentenceOf(problem: MessageProblem): string {
  return SENTENCES[problem.code](problem)
}

/** A question has its mark already. */
export function ended(sentence: string): string {
  return sentence.endsWith('?') ? sentence : `${sentence}.`
}
