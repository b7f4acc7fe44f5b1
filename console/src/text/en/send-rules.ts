/** When a campaign may be sent to whom: its kind, the night, the send window. */
import type { CampaignKind, NightRule, SendWindow } from '../../../../src/domain/send-rules.ts'
import { format } from './format.ts'

export const sendRulesText = {
  kindTitle: 'Kind of campaign',
  kindMissing: 'Choose what this campaign is. The law treats the two differently.',
  kind: { advertising: 'Advertising', service: 'Service' } satisfies Record<CampaignKind, string>,
  kindHint: {
    advertising:
      'Offers, events, news about products. Goes only to members who consent to advertising, at night only to those who consent to that too. Korean members see “(광고)”, who sends it and how to opt out.',
    service:
      'About something the member has ordered, booked or uses: deliveries, payments, security. Goes to everyone who has not opted out, at any hour.',
  } satisfies Record<CampaignKind, string>,
  advertiserName: 'Sender (company or service name)',
  advertiserNameHint: 'Shown to Korean members after “(광고)”, in front of the title.',
  optOutHint: 'How to opt out',
  optOutHintHint: 'The last line for Korean members, for example: 수신거부: 앱 > 설정 > 알림',
  advertiserMissing: 'Enter both: Korean law requires them in every advertisement.',

  nightTitle: 'At night, for members without consent to that',
  night: {
    skip: 'Do not send to them',
    delay: 'Send in their morning',
  } satisfies Record<NightRule, string>,
  nightHint: (from: string, until: string): Record<NightRule, string> => ({
    skip: `Members for whom it is between ${from} and ${until} are left out, and counted as skipped.`,
    delay: `They get the message at ${until} in their time zone.`,
  }),
  nightNow: (from: string, until: string) =>
    `It is between ${from} and ${until} then in the time zone of the server’s settings: most members would be skipped or wait.`,

  windowTitle: 'Send window',
  windowNone: 'At any time',
  windowNoneHint: 'Devices get the message as soon as it is their turn.',
  windowSome: 'Only at certain hours',
  windowSomeHint: 'By the clock of each member. If the zone is not known, the default time zone counts.',
  windowFrom: 'From',
  windowUntil: 'Until',
  outsideTitle: 'Outside of these hours',
  outside: {
    wait: 'Wait, and go on when the window opens again',
    skip: 'Do not send',
  } satisfies Record<SendWindow['outside'], string>,
  windowWrong: 'Enter two different times.',
  windowOf: (from: string, until: string, outside: SendWindow['outside']) =>
    `${from}–${until} in each member’s time zone; outside of it, ${outside === 'wait' ? 'devices wait' : 'devices are skipped'}`,
  /** `devices`: those that are reachable. */
  consentCount: (devices: number, withConsent: number, withNight: number) =>
    withConsent === 0
      ? 'None of these consent to advertising: nobody would get it.'
      : `${format.number(withConsent)} of these consent to advertising and get it; ${format.number(devices - withConsent)} are skipped. At night it goes to ${format.number(withNight)}, who consent to that too.`,
  hoursTitle: 'Some devices may be waiting for their hours',
  hours:
    'Members for whom it is night, or outside of the send window, get the message by the clock where they are. Until then the campaign counts as sending; you can pause or cancel it at any time.',
  notAfter: 'Nothing is sent after',
  notAfterHint: (zone: string) =>
    `Optional, in ${zone}. Devices that would have to wait for longer are skipped at once.`,
  notAfterTime: 'Time',
  notAfterWrong: 'Enter a date and a time after the start, or leave both empty.',
  defaultZone: 'Time zone of members without one',
  defaultZoneOfServer: 'As the server is set',

  asKorean: 'Korean members',
  asOthers: 'Others',
  variant: 'Shown to',

  consentsDue: 'Consents to confirm again',
  consentsDueCount: (n: string) => `${n} consents to confirm again`,
  consentsDueIntro:
    'Korean law asks for a consent to be confirmed every two years from the day it was given. Tell these members who you are, that they have consented and when, and how to keep or withdraw it. Until then the consent goes on to count.',
  consent: { marketing: 'Advertising', night: 'Advertising at night' },
  consentsNoneTitle: 'Nothing to confirm',
  consentsNone: 'No consent is older than two years.',
  since: (time: string) => `Since ${time}`,
  download: 'Download (CSV)',
}
