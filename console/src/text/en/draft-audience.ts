/** The campaign editor: the audience. */
import type { AttributeKind } from '../../pages/new-campaign/audience-form.ts'
import { format } from './format.ts'

export const draftAudienceText = {
  title: 'Audience',
  all: 'Everyone',
  allHint: 'All devices of all members.',
  filter: 'Matching a filter',
  filterHint: 'Devices and members that meet all of the conditions.',
  externalIds: 'Specific members',
  externalIdsHint: 'All devices of the members you list.',
  notChosen: 'Not chosen yet',
  condition: (label: string, value: string) => `${label}: ${value}`,
  andMore: (listed: string) => `${listed}, …`,
  unknownIds: (unknown: number, all: number, ids: string) =>
    unknown === 1
      ? `1 of ${format.number(all)} IDs is not known and gets nothing: ${ids}`
      : `${format.number(unknown)} of ${format.number(all)} IDs are not known and get nothing: ${ids}`,
  platforms: 'Platforms',
  platformsHint: 'If none is selected, all platforms are included.',
  locales: 'Languages',
  localesHint:
    'Language tags: “de” includes everyone with German, “de-AT” only Austria. Press Enter after each tag.',
  seenWithinDays: 'Seen in the last (days)',
  seenHint: 'Devices that were registered or refreshed within this time. Leave empty for no limit.',
  attributes: 'Member attributes',
  attributesHint: 'All attributes must match exactly.',
  attributeName: (n: number) => `Name of attribute ${n}`,
  attributeKind: (n: number) => `Type of attribute ${n}`,
  attributeValue: (n: number) => `Value of attribute ${n}`,
  kinds: { text: 'Text', number: 'Number', boolean: 'Yes or no', json: 'JSON' } satisfies Record<
    AttributeKind,
    string
  >,
  yes: 'Yes',
  no: 'No',
  addAttribute: 'Add attribute',
  removeAttribute: (n: number) => `Remove attribute ${n}`,
  ids: 'External IDs',
  idsHint: 'One per line, or pasted from a spreadsheet. Up to 10,000.',
  idsCount: (n: number) => (n === 1 ? '1 member entered' : `${format.number(n)} members entered`),
  problems: {
    kind: 'Choose an audience.',
    noCondition: 'Add at least one condition, or choose “Everyone”.',
    noIds: 'Enter at least one external ID.',
    tooManyIds: (n: number) =>
      `You entered ${format.number(n)} members; the limit is 10,000. Import an attribute for these members and filter by it instead.`,
    idTooLong: (id: string) => `“${id}” is too long. An external ID has at most 255 characters.`,
    locale: (locale: string) => `“${locale}” is not a valid language tag. Examples: ko, en, de-AT.`,
    days: 'Enter a whole number from 1 to 3,650.',
    no_name: 'Every attribute needs a name.',
    twice: 'This attribute is used twice.',
    not_a_number: 'Enter a number.',
    not_json: 'Enter valid JSON.',
  },

  sizeTitle: 'Estimated audience',
  sizeEmpty: 'Complete the audience settings to see the estimate.',
  devices: 'Devices',
  reachable: 'Reachable',
  reachableHint:
    'Reachable devices have not opted out. Addresses that FCM reported as expired are not counted.',
  members: 'Members',
  platform: 'Platform',
  asOf: (clock: string) => `Counted at ${clock}; counted again when the campaign is sent.`,
  noDevices: 'No matching devices. A campaign needs at least one device.',
  noneReachable: 'All members in this audience have opted out: nobody would receive the message.',
  countAgain: 'Recount',
}
