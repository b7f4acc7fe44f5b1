/** The campaign editor: the test, and the summary before sending. */

import type { LatePolicy, UnknownZonePolicy } from '../../../../src/domain/local-time.ts'
import type { TestResult } from '../../api/drafts.ts'
import { format } from './format.ts'

const devices = (n: number) => (n === 1 ? '1 device' : `${format.number(n)} devices`)

export const draftSendText = {
  devices,
  /** `roles`: "Operator or Admin". */
  notAllowed: (roles: string) =>
    `Your role cannot send, schedule or test. Somebody with the role ${roles} can: the draft is saved, and they find it in the list of campaigns.`,
  testTitle: 'Send a test',
  testIntro:
    'Sent only to the devices you enter. Tests are not counted and do not start the campaign. Who sent them to whom is recorded below.',
  testRefused: 'A test sends the message on your screen. Complete it first:',
  testScheduled:
    'A test sends what is saved. Changes to a scheduled campaign are saved only when you say so: save them in the last step, or make the campaign a draft again, then test.',
  tested: (clock: string, version: number) =>
    `Sent: the message on your screen, saved at ${clock} (version ${format.number(version)}).`,
  testOutdated: 'The message has been changed since this test.',
  testMembers: 'External IDs',
  testMembersHint: 'One per line, up to 20. All active devices of these members receive the test.',
  testAddresses: 'Device addresses',
  testAddressesHint:
    'Registration tokens or installation IDs (FID), one per line, up to 20. They do not have to be registered here.',
  validateOnly: 'Validate only',
  validateOnlyHint: 'FCM checks whether it would accept the message. Nothing is delivered.',
  sendTest: 'Send test',
  checkTest: 'Validate with FCM',
  testNoRecipient: 'Enter an external ID or a device address.',
  testTooManyRecipients: 'Enter up to 20 external IDs and up to 20 device addresses.',
  testDone: (good: number, all: number) =>
    `FCM accepted ${format.number(good)} of ${all === 1 ? '1 message' : `${format.number(all)} messages`}`,
  addressOnly: 'By address',
  outcome: {
    sent: 'Accepted',
    retry_later: 'Temporary error',
    token_gone: 'Address expired',
    rejected: 'Rejected',
    in_doubt: 'In doubt',
    blocked: 'Blocked',
    skipped: 'Skipped',
    no_device: 'No device',
    unknown: 'No answer yet',
    not_sent: 'Not sent',
  } satisfies Record<TestResult['outcome'], string>,
  testsSent: 'Tests sent',
  noTests: 'No test of this campaign has been sent yet.',
  testBy: (name: string | null, time: string, version: number) =>
    `${time} · ${name ?? 'a deleted user or API key'} · version ${format.number(version)}`,
  testCounts: (good: number, all: number) => `${format.number(good)} of ${format.number(all)} accepted`,
  testValidated: 'validated only',
  forgotten: 'Erased member',
  olderTests: (n: number) => `The last ${format.number(n)} are shown.`,
  /** Null: English shows the server's own sentences. */
  testResult: (_result: TestResult): { meaning: string; advice: string } | null => null,

  sendTitle: 'Summary',
  missingTitle: 'Not ready to send',
  missing: 'See to these steps first:',
  audienceKind: {
    all: 'everyone',
    filter: 'matching the filter',
    externalIds: 'specific members',
  },
  summaryNow: (title: string, audience: string, kind: string) =>
    `“${title}” will be sent to ${audience} (${kind}) as soon as you click the button below.`,
  summaryScheduled: (title: string, audience: string, kind: string, start: ScheduledStart) =>
    `“${title}” will be sent to ${audience} (${kind}) on ${start.time} (${start.zone}). In UTC: ${start.utc}.`,
  summaryLocal: (title: string, audience: string, kind: string, time: string) =>
    `“${title}” will be sent to ${audience} (${kind}) on ${time}, at each member’s local time.`,
  localTime: 'At each member’s local time',
  localTimeHint: 'The same time on everybody’s clock: members further east get it earlier.',
  localTimeOf: (time: string) => `${time}, on the clock of each member`,
  lateTitle: 'If it is later than that where a member is',
  lateChoice: {
    skip: 'Do not send to them',
    now: 'Send to them right away',
    next_day: 'Send at the same time the next day',
  } satisfies Record<LatePolicy, string>,
  late: {
    skip: 'Members in whose time zone it has passed get nothing.',
    now: 'Members in whose time zone it has passed get it right away.',
    next_day: 'Members in whose time zone it has passed get it the next day.',
  } satisfies Record<LatePolicy, string>,
  unknownZoneTitle: 'Members without a time zone',
  unknownZoneChoice: {
    default: 'Use a time zone for them',
    skip: 'Do not send to them',
  } satisfies Record<UnknownZonePolicy, string>,
  unknownZone: {
    default: (zone: string) => `Members without a time zone get it at the time of ${zone}.`,
    skip: (_zone: string) => 'Members without a time zone get nothing.',
  } satisfies Record<UnknownZonePolicy, (zone: string) => string>,
  defaultZone: 'Their time zone',
  forecastTitle: 'When it is sent where',
  forecastWhen: 'In your time zone',
  forecastZones: 'Members in',
  forecastDevices: 'Devices',
  forecast: (n: { devices: number; late: number; unknown: number; skipped: number }) =>
    `${devices(n.devices)}: ${format.number(n.late)} where the time has passed, ${format.number(n.unknown)} without a time zone. ${n.skipped === 0 ? 'All are sent to.' : `${format.number(n.skipped)} get nothing.`}`,
  notSent: (why: string) => `Not sent: ${why}`,
  isLate: 'late',
  noZone: 'no time zone',
  zonesOf: (names: readonly string[], more: number) =>
    more > 0 ? `${names.join(', ')} and ${format.number(more)} more` : names.join(', '),
  audienceUnknown: 'an audience that could not be counted',
  counting: 'Counting the audience…',
  reachable: (reachable: number, skipped: number) =>
    skipped === 0
      ? 'All are reachable.'
      : `${format.number(reachable)} ${reachable === 1 ? 'is' : 'are'} reachable; ${format.number(skipped)} will be skipped because the member has opted out.`,
  duration: (duration: string, limit: string) => `Sending takes ${duration} (${limit}).`,
  rateLimitedBy: {
    own: (n: number) => `limited to ${format.number(n)} messages per minute`,
    rateLimit: (n: number) => `the rate limit is ${format.number(n)} messages per minute`,
    slowed: (n: number) =>
      `FCM has asked to slow down; the rate limit is now ${format.number(n)} messages per minute`,
  },
  rampUp: (duration: string) => `Slower for the first ${duration}: FCM requires a gradual start.`,
  sharedRateLimit: (n: number) =>
    n === 1
      ? 'Another campaign is sending and shares the rate limit, so this may take longer.'
      : `${format.number(n)} other campaigns are sending and share the rate limit, so this may take longer.`,
  durationUnlimited: 'No rate limit is set, so the duration cannot be estimated.',
  durationUnknown: 'The duration cannot be estimated now: the server did not report its rate limit.',
  guarantee: {
    at_least_once: 'If FCM’s response is lost, the message is resent; the device shows one notification.',
    at_most_once:
      'If FCM’s response is lost, the message is not resent, and the device is counted as “In doubt”.',
  },
  afterSending: 'You can pause or cancel at any time. Messages already sent cannot be recalled.',
  noDispatcherTitle: 'Sending is not available right now',
  noDispatcher: 'No dispatcher is running. The campaign waits until one starts.',
  breakerTitle: 'FCM is not responding',
  breaker: 'Sending resumes automatically when FCM responds.',
  blockedTitle: (clock: string) => `FCM has asked to wait until ${clock}`,
  blocked: 'No messages are sent before then.',
  confirmTitle: 'Send this campaign?',
  confirmScheduleTitle: 'Schedule this campaign?',
  confirmChangeTitle: 'Save the changes to this scheduled campaign?',
  audienceChanged: (before: string, now: string) =>
    `The audience has changed: it was ${before}, and is ${now} now. Nothing has been sent.`,
  confirmEmpty: 'Enter the number of devices.',
  version: 'Version',
  hashHint: 'Beginning of the message’s SHA-256: the same message has the same',
  changedBy: (name: string | null, time: string) =>
    name === null ? `Last changed on ${time}` : `Last changed by ${name} on ${time}`,
  unschedule: 'Back to draft',
  unscheduled: 'The campaign is a draft again and does not start by itself.',
  confirm: (n: string) => `To confirm, enter the number of devices: ${n}`,
  confirmHint: 'Prevents sending to a large audience by mistake.',
  confirmWrong: (n: string) => `Does not match ${n}.`,
  sendNow: (audience: string) => `Send to ${audience}`,
  sendUncounted: 'Send',
  noDevices: 'No matching devices. A campaign needs at least one device.',
  scheduleLocal: 'Schedule at local times',
  schedule: (time: string) => `Schedule for ${time}`,
  reschedule: 'Save changes',
  scheduleUnset: 'Schedule',
  failed: 'The campaign was not sent',
}

export interface ScheduledStart {
  /** In `zone`, with the weekday. */
  time: string
  zone: string
  utc: string
}
