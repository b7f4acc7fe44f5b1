/** Writing a campaign: who it is for. */
import type { AttributeKind } from '../../pages/new-campaign/audience-form.ts'
import { format } from './format.ts'

export const draftAudienceText = {
  title: 'Who is it for?',
  all: 'Everybody',
  allHint: 'Every device of every member.',
  filter: 'Those who fit',
  filterHint: 'Devices and members that fit every condition you give.',
  externalIds: 'Named members',
  externalIdsHint: 'All devices of the members you list.',
  platforms: 'Platforms',
  platformsHint: 'None chosen: all of them.',
  locales: 'Languages',
  localesHint:
    'Language tags: “de” is everybody who reads German, “de-AT” only Austria. Press Enter after each.',
  seenWithinDays: 'Seen in the last (days)',
  seenHint: 'Devices that registered or were refreshed so recently. Empty: whenever.',
  attributes: 'Attributes of the member',
  attributesHint: 'All of them must be exactly so.',
  attributeName: (n: number) => `Name of attribute ${n}`,
  attributeKind: (n: number) => `Kind of attribute ${n}`,
  attributeValue: (n: number) => `Value of attribute ${n}`,
  kinds: { text: 'text', number: 'number', boolean: 'yes or no', json: 'JSON' } satisfies Record<
    AttributeKind,
    string
  >,
  yes: 'yes',
  no: 'no',
  addAttribute: 'Add an attribute',
  removeAttribute: (n: number) => `Remove attribute ${n}`,
  ids: 'External ids',
  idsHint: 'One a line, or pasted from a spreadsheet. At most 10,000.',
  idsCount: (n: number) => (n === 1 ? '1 member named' : `${format.number(n)} members named`),
  problems: {
    kind: 'Choose who it is for. Nobody is chosen beforehand.',
    noCondition: 'Give at least one condition. For everybody, choose “Everybody”.',
    noIds: 'Name at least one member.',
    tooManyIds: (n: number) =>
      `These are ${format.number(n)} members; at most 10,000 can be named. Give them an attribute by import, and filter by it.`,
    idTooLong: (id: string) => `“${id}” is too long: an external id has at most 255 characters.`,
    locale: (locale: string) => `“${locale}” is no language tag. Such as: ko, en, de-AT.`,
    days: 'Give a whole number from 1 to 3,650.',
    no_name: 'Every attribute needs a name.',
    twice: 'This attribute is there twice.',
    not_a_number: 'This is no number.',
    not_json: 'This is no JSON.',
  },

  sizeTitle: 'Its size now',
  sizeWaiting: 'Choose an audience to see how many it has.',
  devices: 'Devices',
  reachable: 'Reachable now',
  reachableHint: 'Not opted out. Tokens that FCM has declared dead are not counted at all.',
  members: 'Members',
  platform: 'Platform',
  asOf: (clock: string) => `Counted at ${clock}. It is counted anew when the campaign is sent.`,
  nobody: 'No device fits. A campaign for nobody cannot be sent.',
  noneReachable: 'Everybody in it has opted out: nobody would get it.',
  countAgain: 'Count again',
}
