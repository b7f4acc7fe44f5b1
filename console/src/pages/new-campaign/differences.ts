/** In what two versions of a campaign differ, as forms: what has been typed and what is stored are compared alike. Pure. */
import { PLATFORM_PARTS } from '../../../../src/domain/message.ts'
import { readAudience } from './audience-form.ts'
import { type DraftForm, nameOf } from './draft-form.ts'
import { sortedJson } from './draft-saver.ts'
import { momentOf } from './local-time.ts'
import { type MessageForm, readMessage } from './message-form.ts'
import { mayWait } from './rules-form.ts'

const COMPARED = [
  'name',
  'campaignKind',
  'advertiser',
  'kind',
  'title',
  'body',
  'imageUrl',
  'link',
  'data',
  ...PLATFORM_PARTS,
  'placeholders',
  'audience',
  'schedule',
  'latestStart',
  'night',
  'sendWindow',
  'notAfter',
  'defaultZone',
  'rate',
  'priority',
  'guarantee',
  'caps',
  'oncePerMember',
] as const
export type Compared = (typeof COMPARED)[number]

/** In the order in which the fields are on the page. */
export function differingFields(one: DraftForm, other: DraftForm): Compared[] {
  const [first, second] = [valuesOf(one), valuesOf(other)]
  return COMPARED.filter((field) => first[field] !== second[field])
}

/** Equal for what is sent alike, however it was typed. */
function valuesOf(form: DraftForm): Record<Compared, string> {
  const { message, audience, schedule } = form
  const isSilent = message.kind === 'silent'
  const read = readMessage(message)
  const { rules } = form
  const isAdvertising = rules.kind === 'advertising'
  return {
    name: nameOf(form),
    campaignKind: rules.kind,
    advertiser: isAdvertising ? `${rules.advertiserName.trim()}\n${rules.optOutHint.trim()}` : '',
    night: isAdvertising ? rules.night : '',
    sendWindow: rules.hasWindow ? `${rules.windowFrom} ${rules.windowUntil} ${rules.outside}` : '',
    notAfter: mayWait(rules) ? notAfterOf(form) : '',
    defaultZone: schedule.when === 'local' ? '' : rules.defaultZone,
    kind: message.kind,
    title: isSilent ? '' : message.title,
    body: isSilent ? '' : message.body,
    imageUrl: isSilent ? '' : message.imageUrl.trim(),
    link: message.link.trim(),
    data: sortedJson(dataOf(message)),
    ...Object.fromEntries(
      PLATFORM_PARTS.map((part) => [part, sortedJson(read.message[part] ?? message[part].trim())]),
    ),
    placeholders: String(message.isLiteral),
    audience: sortedJson(readAudience(audience).audience ?? audience),
    schedule:
      schedule.when === 'now'
        ? ''
        : schedule.when === 'local'
          ? sortedJson(schedule)
          : String(
              momentOf(schedule.date, schedule.time, schedule.zone)?.at.getTime() ?? sortedJson(schedule),
            ),
    latestStart: String(form.latestStartMinutes),
    rate: form.ratePerMinute.replaceAll(/[\s,_]/g, ''),
    priority: String(form.priority),
    guarantee: form.guarantee,
    caps: `${rules.ignoresCaps} ${rules.countsTowardCaps}`,
    oncePerMember: String(rules.oncePerMember),
  } as Record<Compared, string>
}

/** As an instant; what is none, as it was typed. */
function notAfterOf({ rules: { notAfterDate: date, notAfterTime: time }, schedule: { zone } }: DraftForm) {
  return String(momentOf(date, time, zone)?.at.getTime() ?? `${date}${time}`)
}

export function dataOf({ data }: MessageForm): Record<string, string> {
  return Object.fromEntries(
    data.filter(({ key, value }) => key + value !== '').map(({ key, value }) => [key, value]),
  )
}
