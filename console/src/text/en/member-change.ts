/** What people do to a member: consent, attributes, erasure; and the export of devices. */
import type { ConsentSource } from '../../../../src/audience/read-members.ts'
import { format } from './format.ts'

export const memberChangeText = {
  details: 'Details',
  consent: 'Consent',
  optedOutAt: (time: string) => `Opted out on ${time}`,
  optedInAt: (time: string) => `Opted in on ${time}`,
  optedOutSometime: 'Opted out; when is not known',
  noStatement: 'No statement recorded',
  consentOf: { marketing: 'Advertising', night: 'Advertising at night' },
  consentGiven: (time: string) => `Consents since ${time}`,
  consentGone: (time: string) => `Refused or withdrawn on ${time}`,
  consentGoneSometime: 'Refused or withdrawn; when is not known',
  giveConsent: 'Record consent',
  withdrawConsent: 'Withdraw consent',
  giveTitle: 'Record this consent?',
  giveBody: 'Campaigns that advertise may reach this member then. Only do this if they have said so.',
  withdrawTitle: 'Withdraw this consent?',
  withdrawBody: 'No advertising reaches this member then, including campaigns that are being sent now.',
  consentRecorded: 'Recorded.',
  source: (source: ConsentSource, name: string | null): string =>
    ({
      person: name === null ? 'recorded by a user who no longer exists' : `recorded by ${name}`,
      import: name === null ? 'from an imported file' : `from a file imported by ${name}`,
      registration: 'from the app',
    })[source],
  edited: 'Last edited',
  editedBy: (time: string, name: string | null) => `${time}, by ${name ?? 'a user who no longer exists'}`,

  optOut: 'Opt out',
  optOutTitle: 'Opt this member out?',
  optOutBody: 'No campaign reaches this member any more, including campaigns that are being sent now.',
  optIn: 'Opt back in',
  optInTitle: 'Opt this member back in?',
  optInBody: 'Campaigns reach this member again. Only do this if they asked for it.',
  saidAt: 'When did they say so?',
  saidAtHint: 'Leave empty if they say it now. If a later statement is known, that one counts.',
  saidAtUnlikely: 'This time is in the future, or before there were push notifications. Check the date.',
  optedOutDone: 'Opted out.',
  optedInDone: 'Opted back in.',

  edit: 'Edit',
  editTitle: 'Edit member',
  locale: 'Language',
  localeHint: 'A language tag such as ko or en-US. Leave empty for none.',
  timezone: 'Time zone',
  timezoneHint: 'A name such as Asia/Seoul. Leave empty for none.',
  attributes: 'Attributes',
  attributesHint: 'A JSON object. It replaces all attributes: what you remove here is gone.',
  notJson: 'This is not valid JSON. Check quotes and commas.',
  notAnObject: 'Attributes are an object: { "plan": "gold" }',
  refused: {
    locale: 'This is not a language tag. Examples: ko, en-US.',
    timezone: 'This is not a time zone. Examples: Asia/Seoul, Europe/London.',
    attributes:
      'These attributes cannot be stored: they are longer than 8 kB, or have invisible control characters.',
  },
  save: 'Save',
  saved: 'Saved.',
  changedTitle: 'Someone else changed this member',
  changedBody: 'This is stored now. Saving again replaces it with what you entered.',
  changedConsent: 'This is recorded now. If you are sure, press the button again.',

  erase: 'Erase',
  eraseTitle: 'Erase this member?',
  eraseBody: 'This cannot be undone.',
  eraseGone:
    'Erased: the member, consent, attributes, all devices and addresses, and the ID in the audiences of campaigns.',
  eraseStays: 'Kept: the counts of past campaigns, and their results without a name.',
  eraseAgain:
    'If an app registers the member again, or a file that is imported still has it, it is added as new, without the opt-out.',
  eraseConfirm: 'Type the external ID to confirm',
  erased: (devices: number, campaigns: number) =>
    `Erased, with ${devices === 1 ? '1 device' : `${format.number(devices)} devices`}, and removed from ${campaigns === 1 ? '1 campaign' : `${format.number(campaigns)} campaigns`}.`,

  exportDevices: 'Export',
  exportAll: 'All devices (CSV)',
  exportGone: 'Inactive devices (CSV)',
  exportMasked: 'Addresses are shortened',
  exportAllFull: 'All devices with full addresses (CSV)',
  exportAllFullHint: 'Can be imported again',
  exportGoneFull: 'Inactive devices with full addresses (CSV)',
  exportGoneFullHint: 'To clean up your own database',
}
