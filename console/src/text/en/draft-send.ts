/** Writing a campaign: the test, and the last page. */
import type { TestResult } from '../../api/drafts.ts'
import { format } from './format.ts'

const devices = (n: number) => (n === 1 ? '1 device' : `${format.number(n)} devices`)

export const draftSendText = {
  devices,
  notAllowed: 'Sending needs a permission that your role does not have. Ask an admin.',
  testTitle: 'Send a test',
  testIntro: 'To devices you name, and to nobody else. It is not counted, and the campaign stays a draft.',
  testNotSaved: 'A test sends what is saved. Finish message and audience first.',
  testMembers: 'External ids of members',
  testMembersHint: 'One a line, at most 20. Every active device of theirs gets it.',
  testTokens: 'Registration tokens',
  testTokensHint: 'One a line, at most 20. Known here or not.',
  validateOnly: 'Only let FCM check it',
  validateOnlyHint: 'FCM says whether it would take the message. Nothing reaches a device.',
  sendTest: 'Send the test',
  checkTest: 'Let FCM check it',
  testNobody: 'Name a member or a token.',
  testTooMany: 'At most 20 of each.',
  testDone: (good: number, all: number) => `FCM took it for ${format.number(good)} of ${format.number(all)}.`,
  device: 'Device',
  member: 'Member',
  result: 'Result',
  tokenOnly: 'named by its token',
  outcome: {
    sent: 'Accepted',
    retry_later: 'Not now',
    token_gone: 'Device gone',
    rejected: 'Refused',
    in_doubt: 'In doubt',
    blocked: 'Blocked',
    skipped: 'Skipped',
    no_device: 'No device',
  } satisfies Record<TestResult['outcome'], string>,

  sendTitle: 'What will happen',
  missingTitle: 'Something is missing',
  missing: 'Before it can be sent, finish:',
  who: {
    all: 'everybody',
    filter: 'those who fit the conditions',
    externalIds: 'the members you named',
  },
  sayNow: (title: string, audience: string, who: string) =>
    `“${title}” goes to ${audience} (${who}), as soon as you press the button.`,
  sayAt: (title: string, audience: string, who: string, time: string, utc: string) =>
    `“${title}” goes to ${audience} (${who}) at ${time}. In UTC that is ${utc}.`,
  uncounted: 'an audience that could not be counted now',
  sayCounting: 'The audience is being counted …',
  sayReachable: (reachable: number, skipped: number) =>
    skipped === 0
      ? 'All of them can be reached.'
      : `${format.number(reachable)} can be reached; ${format.number(skipped)} ${skipped === 1 ? 'belongs' : 'belong'} to members who opted out and will be skipped.`,
  sayDuration: (duration: string, limit: string) => `Sending takes about ${duration}: ${limit}.`,
  limits: {
    own: (n: number) => `you asked for at most ${format.number(n)} a minute`,
    rateLimit: (n: number) => `the rate limit is ${format.number(n)} a minute`,
    slowed: (n: number) =>
      `FCM has asked to slow down, and the rate limit is ${format.number(n)} a minute now`,
  },
  sayRamp: 'The first minute is slower, because FCM wants a slow start.',
  sayShared: (n: number) =>
    n === 1
      ? 'Another campaign is being sent; they share the rate limit, so it may take longer.'
      : `${format.number(n)} other campaigns are being sent; they share the rate limit, so it may take longer.`,
  sayUnlimited: 'No rate limit is set, so nobody can say beforehand how long it takes.',
  sayUnknownRate: 'How long it takes cannot be said now: the server did not tell its rate limit.',
  sayGuarantee: {
    at_least_once: 'Should an answer of FCM be lost, the device is sent to again; it shows one notification.',
    at_most_once:
      'Should an answer of FCM be lost, the device is not sent to again and counts as “in doubt”.',
  },
  sayAfter: 'You can pause or cancel it at any time. What has left by then cannot be called back.',
  noDispatcherTitle: 'Nothing sends at the moment',
  noDispatcher: 'No dispatcher is running. The campaign will wait until one is.',
  breakerTitle: 'FCM does not answer at the moment',
  breaker: 'Sending goes on by itself as soon as it does.',
  blockedTitle: (clock: string) => `FCM has asked to wait until ${clock}`,
  blocked: 'Nothing leaves before that.',
  confirm: (n: string) => `Type the number of devices, ${n}, to go on`,
  confirmHint: 'So that nobody sends to so many by mistake.',
  confirmName: (name: string) =>
    `The audience could not be counted. Type the name, ${name}, to go on all the same`,
  confirmNameHint: 'It is counted when the campaign is sent.',
  confirmWrong: (n: string) => `This is not ${n}.`,
  sendNow: (audience: string) => `Send to ${audience}`,
  sendUncounted: 'Send',
  nobody: 'No device fits. A campaign for nobody cannot be sent.',
  schedule: (time: string) => `Schedule for ${time}`,
  reschedule: 'Save the changes',
  failed: 'It has not been sent',
}
