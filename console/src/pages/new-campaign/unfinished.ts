/**
 * The form as it was typed, as the server keeps it while it is no campaign yet. What comes back may be of an older version
 * of the console, or of another program: whatever is not of its kind is left out, and nothing breaks.
 */
import { GUARANTEES, PLATFORMS } from '../../../../src/domain/campaign.ts'
import { LATE_POLICIES, UNKNOWN_ZONE_POLICIES } from '../../../../src/domain/local-time.ts'
import { CAMPAIGN_KINDS, NIGHT_RULES, OUTSIDE_RULES } from '../../../../src/domain/send-rules.ts'
import { isZone } from '../../zones.ts'
import { ATTRIBUTE_KINDS, AUDIENCE_KINDS, type AudienceForm, emptyAudience } from './audience-form.ts'
import type { DraftForm, ScheduleForm } from './draft-form.ts'
import { emptyMessage, type MessageForm } from './message-form.ts'
import type { RulesForm } from './rules-form.ts'

/** Increased when DraftForm changes; `formOfUnfinished` then also reads the one before. */
const FORMAT = 1

export type Unfinished = Record<string, unknown>

export function unfinishedOf(form: DraftForm): Unfinished {
  return { format: FORMAT, form }
}

/** `empty`: what stands where nothing is given. null: not of this console. */
export function formOfUnfinished(unfinished: Unfinished, empty: DraftForm): DraftForm | null {
  if (unfinished.format !== FORMAT || !isObject(unfinished.form)) return null
  const form = unfinished.form
  return {
    name: text(form.name),
    message: messageOf(objectOf(form.message)),
    audience: audienceOf(objectOf(form.audience)),
    schedule: scheduleOf(objectOf(form.schedule), empty.schedule.zone),
    ratePerMinute: text(form.ratePerMinute),
    latestStartMinutes:
      typeof form.latestStartMinutes === 'number' ? form.latestStartMinutes : empty.latestStartMinutes,
    priority: typeof form.priority === 'number' ? form.priority : empty.priority,
    guarantee: oneOf(GUARANTEES, form.guarantee) ?? empty.guarantee,
    rules: rulesOf(objectOf(form.rules), empty.rules),
  }
}

function messageOf(given: Unfinished): MessageForm {
  return {
    kind: oneOf(['notification', 'silent'] as const, given.kind) ?? emptyMessage.kind,
    title: text(given.title),
    body: text(given.body),
    imageUrl: text(given.imageUrl),
    link: text(given.link),
    data: listOf(given.data, (line) => ({ key: text(line.key), value: text(line.value) })),
    android: text(given.android),
    apns: text(given.apns),
    webpush: text(given.webpush),
    isLiteral: given.isLiteral === true,
  }
}

function audienceOf(given: Unfinished): AudienceForm {
  return {
    kind: oneOf(AUDIENCE_KINDS, given.kind) ?? emptyAudience.kind,
    platforms: textsOf(given.platforms).flatMap((platform) => oneOf(PLATFORMS, platform) ?? []),
    locales: textsOf(given.locales),
    attributes: listOf(given.attributes, (line) => ({
      name: text(line.name),
      kind: oneOf(ATTRIBUTE_KINDS, line.kind) ?? 'text',
      value: text(line.value),
    })),
    seenWithinDays: text(given.seenWithinDays),
    externalIds: text(given.externalIds),
  }
}

function scheduleOf(given: Unfinished, zone: string): ScheduleForm {
  return {
    when: oneOf(['at', 'local'] as const, given.when) ?? 'now',
    date: text(given.date),
    time: text(given.time),
    zone: typeof given.zone === 'string' && isZone(given.zone) ? given.zone : zone,
    late: oneOf(LATE_POLICIES, given.late) ?? 'skip',
    unknownZone: oneOf(UNKNOWN_ZONE_POLICIES, given.unknownZone) ?? 'default',
  }
}

function rulesOf(given: Unfinished, empty: RulesForm): RulesForm {
  return {
    kind: oneOf(CAMPAIGN_KINDS, given.kind) ?? empty.kind,
    advertiserName: text(given.advertiserName),
    optOutHint: text(given.optOutHint),
    night: oneOf(NIGHT_RULES, given.night) ?? empty.night,
    hasWindow: given.hasWindow === true,
    windowFrom: text(given.windowFrom) || empty.windowFrom,
    windowUntil: text(given.windowUntil) || empty.windowUntil,
    outside: oneOf(OUTSIDE_RULES, given.outside) ?? empty.outside,
    notAfterDate: text(given.notAfterDate),
    notAfterTime: text(given.notAfterTime),
    defaultZone: typeof given.defaultZone === 'string' && isZone(given.defaultZone) ? given.defaultZone : '',
    ignoresCaps: given.ignoresCaps === true,
    countsTowardCaps: given.countsTowardCaps !== false,
    oncePerMember: given.oncePerMember === true,
  }
}

function isObject(value: unknown): value is Unfinished {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const objectOf = (value: unknown): Unfinished => (isObject(value) ? value : {})
const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const textsOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []

function listOf<T>(value: unknown, read: (each: Unfinished) => T): T[] {
  return Array.isArray(value) ? value.filter(isObject).map(read) : []
}

function oneOf<T extends string>(all: readonly T[], value: unknown): T | undefined {
  return all.find((each) => each === value)
}
