/** The campaign editor: steps, message, schedule and sending options. */
import type { Guarantee } from '../../../../src/domain/campaign.ts'
import type { Step } from '../../pages/new-campaign/steps.ts'
import { format } from './format.ts'

export const draftText = {
  title: 'New campaign',
  editTitle: 'Edit campaign',
  notAllowedTitle: 'You cannot create campaigns',
  notAllowed: 'Your role does not include permission to create campaigns. Ask an admin.',
  stepsLabel: 'Steps',
  steps: { message: 'Message', audience: 'Audience', review: 'When and review' } satisfies Record<
    Step,
    string
  >,
  stepOf: (n: number, all: number, name: string) => `Step ${n} of ${all}: ${name}`,
  stepIncomplete: 'incomplete',
  back: 'Back',
  next: 'Next',
  saved: {
    new: 'Saved as a draft as soon as you type',
    saving: 'Saving…',
    saved: 'Draft saved',
    unchecked: 'Draft saved. The server cannot say now whether someone else has changed it.',
    unsaved: 'Unsaved changes',
    failed: 'Not saved. Keep this window open: saving is tried again.',
    failedTitle: 'Your last changes are not saved',
    signedOut: 'You have been signed out. Sign in in another window, and your changes are saved from here.',
    gone: 'Somebody has deleted this draft',
    startAnew: 'Save as a new draft',
    scheduled: 'Scheduled',
    scheduledChanged: 'Scheduled. Your changes apply when you save them in the last step.',
  },
  notEditableTitle: 'This campaign can no longer be edited',
  notEditable: 'It has been sent or canceled. Duplicate it to create a new campaign.',
  toCampaign: 'View campaign',

  kind: 'Message type',
  kinds: { notification: 'Notification', silent: 'Silent data' },
  kindHint: {
    notification: 'Shown on the device.',
    silent:
      'Not shown. The app receives the data in the background, for example to refresh its content. iOS may delay delivery, and does not deliver to apps the user has force-quit.',
  },
  name: 'Name',
  nameHint: 'Only visible in this console. If empty, the title or the text is used.',
  nameHintSilent: 'Only visible in this console. A silent message has no title to use.',
  nameMissing: 'Enter a name.',
  messageTitle: 'Title',
  body: 'Body',
  bodyHint: 'Title, body, or both.',
  imageUrl: 'Image URL',
  imageHint: 'Starts with https://. Up to 1 MB, 2:1 landscape. On iPhone, the app needs an extension.',
  link: 'Link',
  linkHint:
    'https://… or a link of your app such as myshop://sale. Apps receive it as data under “link”; browsers open an https:// link on tap.',
  linkHintSilent:
    'https://… or a link of your app such as myshop://sale. Apps receive it as data under “link”.',
  appLinkHint:
    'A link of your app. Browsers cannot open it: a tap there opens nothing. For browsers, add a link under webpush in the platform settings: { "fcm_options": { "link": "https://…" } }',
  data: 'Custom data',
  dataHint: 'Sent to the app, not shown to the recipient. All values are sent as text.',
  dataKey: (n: number) => `Key ${n}`,
  dataValue: (n: number) => `Value ${n}`,
  keyPlaceholder: 'key',
  valuePlaceholder: 'value',
  addData: 'Add data',
  removeLine: (n: number) => `Remove data ${n}`,
  advanced: 'Platform settings (JSON)',
  advancedHint:
    'In the format of the FCM HTTP v1 API, for everything that has no field here: sounds, channels, texts of the app (title_loc_key), priorities. These settings override the fields above.',
  part: { android: 'android', apns: 'apns (iPhone and iPad)', webpush: 'webpush (browser)' },
  bytes: (n: number, limit: number) => `${format.number(n)} of ${format.number(limit)} bytes`,
  bytesLeft: (n: number) => `${format.number(n)} bytes left`,
  bytesOver: (n: number) =>
    `${format.number(n)} bytes over the limit: FCM would reject the message. Shorten the text or the data.`,
  bytesHint:
    'Names and contents of the text, the data and the largest platform settings, with what Carillon adds. A Korean character takes 3 bytes, an emoji 4 or more.',
  appleTooLargeTitle: 'Too large for iPhones',
  appleTooLarge: (n: number) =>
    `Android devices and browsers get this message. For Apple it is ${format.number(n)} bytes over the limit, because Apple counts line breaks and quotes twice. Shorten it, or leave iPhones out of the audience.`,
  placeholdersTitle: 'Placeholders are not filled in',
  placeholders: (found: string) =>
    `Every device would show this as it stands: ${found}. Replace it with a text for everyone.`,
  placeholdersMeant: 'Send such texts exactly as written',
  problems: {
    no_text: 'Enter a title or a text.',
    no_data: 'Add data: a silent message without any gives the app nothing to do.',
    image_without_text: 'An image needs a title or a text.',
    shows_something: 'These settings show a notification. Remove them, or choose “Notification” above.',
    not_https: 'Enter an address that starts with https://.',
    not_link: 'Enter an address that starts with https://, or a link of your app such as myshop://sale.',
    not_image:
      'FCM’s SDKs do not take “//”, “&”, “[” or “]” in the path of an image. Write %2F%2F, %26, %5B or %5D.',
    not_an_object: 'Enter a JSON object. It starts with { and ends with }.',
    reserved:
      'This key is reserved by FCM (from, message_type, collapse_key, google.…, gcm.…). Use another key.',
    twice: 'This key is used twice.',
    link_is_taken: 'The link above is sent under this key. Use only one of the two.',
    no_key: 'Every value needs a key.',
  },

  whenTitle: 'Send time',
  now: 'Send now',
  nowHint: 'Sending starts when you click the button below.',
  later: 'Schedule for later',
  laterHint: 'Sending starts automatically. You can edit or cancel the campaign until then.',
  date: 'Date',
  time: 'Time',
  zone: 'Time zone',
  zoneNotFound: 'No matching time zone',
  inZone: (zone: string) => `In ${zone}`,
  inUtc: 'In UTC',
  fromNow: (duration: string) => `in ${duration}`,
  timeMissing: 'Enter a date and a time.',
  timePast: 'This time has passed. Choose a later one.',
  timeSkipped:
    'Clocks move forward on that day, so this time does not exist. Sending starts at the time shown.',
  timeTwice: 'Clocks move back on that day, so this time occurs twice. Sending starts the first time.',
  latestStart: 'If sending is down at that time',
  latestStartHint:
    'A message about an event that is over helps nobody: after this, the campaign is canceled.',
  latestStartOf: (duration: string) => `Start up to ${duration} late`,

  advancedSending: 'Advanced: frequency cap, send rate, priority, lost responses',
  ratePerMinute: (n: string) => `${n} messages per minute`,

  guaranteeTitle: 'If FCM’s response is lost',
  guaranteeIntro:
    'In rare cases the connection breaks after a message has been sent, and it is unknown whether it arrived.',
  guarantee: { at_least_once: 'Send it again', at_most_once: 'Do not send it again' } satisfies Record<
    Guarantee,
    string
  >,
  guaranteeHint: {
    at_least_once:
      'No device is missed. A device that already has the message replaces the first notification with the second, so it is seen once.',
    at_most_once:
      'No device receives the message twice. These few devices are counted as “In doubt”, and you can resend to them later.',
  } satisfies Record<Guarantee, string>,
  speedTitle: 'Send rate',
  speedFull: 'As fast as possible',
  speedFullHint: 'Shares the FCM quota with your other campaigns.',
  speedLimited: 'Limit rate',
  speedLimitedHint: 'Slower, so that your servers can handle the people who open the notification.',
  rate: 'Messages per minute',
  rateInvalid: 'Enter a whole number from 1 to 100,000,000.',
  rateDuration: (devices: string, duration: string) =>
    `Sending to ${devices} takes ${duration} at this rate.`,
  priority: 'Priority',
  priorityHint: 'When several campaigns are sending, lower numbers go first.',
  priorityName: (n: number) =>
    n === 1 ? '1 (highest)' : n === 5 ? '5 (default)' : n === 10 ? '10 (lowest)' : String(n),
}
