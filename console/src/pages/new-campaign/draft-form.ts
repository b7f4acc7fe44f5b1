/** The form fields of all steps, and the request body made from them. */
import type { WholeCampaignReply } from '../../../../src/api/campaigns/campaign-schemas.ts'
import { type Audience, type Guarantee, LATEST_START_MINUTES } from '../../../../src/domain/campaign.ts'
import { isBlank } from '../../../../src/domain/clean-text.ts'
import type { LatePolicy, LocalTime, UnknownZonePolicy } from '../../../../src/domain/local-time.ts'
import type { CampaignMessage } from '../../../../src/domain/message.ts'
import { type AudienceForm, audienceFormOf, emptyAudience, readAudience } from './audience-form.ts'
import { clockIn, momentOf } from './local-time.ts'
import { emptyMessage, headlineOf, type MessageForm, messageFormOf, readMessage } from './message-form.ts'
import {
  emptyRules,
  type RulesBody,
  type RulesForm,
  type RulesShown,
  readRules,
  rulesFormOf,
} from './rules-form.ts'
import type { Step } from './steps.ts'
import { formOfUnfinished, type Unfinished, unfinishedOf } from './unfinished.ts'

/** All that a campaign needs, without its time, which alone would schedule it. */
export interface CampaignBody extends RulesBody {
  name: string
  message: CampaignMessage
  audience: Audience
  ratePerMinute: number | null
  latestStartMinutes: number
  priority: number
  guarantee: Guarantee
}

/** What the server keeps of a draft. With `unfinished` it cannot be sent. */
export interface DraftContent extends Partial<RulesBody> {
  name?: string
  message: CampaignMessage | null
  audience: Audience | null
  ratePerMinute?: number | null
  latestStartMinutes: number
  priority: number
  guarantee: Guarantee
  unfinished: Unfinished | null
}

export interface ScheduleForm {
  /** `local`: at each member's local time. */
  when: 'now' | 'at' | 'local'
  date: string
  time: string
  /** Of the time; at local times, of members without one. */
  zone: string
  /** The time as the server has it: the fields lose its seconds, and which of two equal times on a clock was meant. */
  stored?: string
  late: LatePolicy
  unknownZone: UnknownZonePolicy
}

export interface DraftForm {
  name: string
  message: MessageForm
  audience: AudienceForm
  schedule: ScheduleForm
  latestStartMinutes: number
  ratePerMinute: string
  priority: number
  guarantee: Guarantee
  rules: RulesForm
}

export const DEFAULT_PRIORITY = 5
const MAX_NAME = 200
/** The limit in src/api/campaigns/campaign-schemas.ts. */
const MAX_RATE = 100_000_000

const NO_TIME = { when: 'now', date: '', time: '', late: 'skip', unknownZone: 'default' } as const

/** `day`: on which it is to be sent; undefined: that is not said yet. */
export function emptyDraft(zone: string, day?: string): DraftForm {
  return {
    name: '',
    message: emptyMessage,
    audience: emptyAudience,
    schedule: { ...NO_TIME, zone, ...(day !== undefined && { when: 'at', date: day }) },
    latestStartMinutes: LATEST_START_MINUTES,
    ratePerMinute: '',
    priority: DEFAULT_PRIORITY,
    guarantee: 'at_least_once',
    rules: emptyRules,
  }
}

type Source = RulesShown &
  Pick<
    WholeCampaignReply,
    | 'name'
    | 'message'
    | 'audience'
    | 'unfinished'
    | 'scheduledAt'
    | 'localAt'
    | 'late'
    | 'unknownZone'
    | 'defaultZone'
    | 'latestStartMinutes'
    | 'ratePerMinute'
    | 'priority'
    | 'guarantee'
  >

/** As it was typed, if the server has it so. */
export function draftFormOf(campaign: Source, zone: string): DraftForm {
  const typed = campaign.unfinished === null ? null : formOfUnfinished(campaign.unfinished, emptyDraft(zone))
  if (typed !== null) return typed
  const { name, latestStartMinutes, ratePerMinute, priority, guarantee } = campaign
  const message = campaign.message === null ? emptyMessage : messageFormOf(campaign.message)
  const schedule = scheduleOf(campaign, zone)
  return {
    // One that was taken from the text goes on following it.
    name: name === nameOf({ name: '', message }) ? '' : name,
    message,
    audience: campaign.audience === null ? emptyAudience : audienceFormOf(campaign.audience),
    schedule,
    latestStartMinutes,
    ratePerMinute: ratePerMinute === null ? '' : String(ratePerMinute),
    priority,
    guarantee,
    rules: rulesFormOf(campaign, schedule.zone),
  }
}

function scheduleOf(campaign: Source, zone: string): ScheduleForm {
  const { scheduledAt, localAt, late, unknownZone, defaultZone } = campaign
  if (localAt !== null) {
    const [date = '', time = ''] = localAt.split('T')
    return {
      when: 'local',
      date,
      time,
      zone: defaultZone ?? zone,
      late: late ?? NO_TIME.late,
      unknownZone: unknownZone ?? NO_TIME.unknownZone,
    }
  }
  if (scheduledAt === null) return { ...NO_TIME, zone }
  return { ...NO_TIME, when: 'at', ...clockIn(new Date(scheduledAt), zone), zone, stored: scheduledAt }
}

export interface ReadDraft {
  /** null: no campaign yet. */
  body: CampaignBody | null
  content: DraftContent
  message: ReturnType<typeof readMessage>
  audience: ReturnType<typeof readAudience>
  rules: ReturnType<typeof readRules>
  /** There is no name, and no text to use for one. */
  nameIsMissing: boolean
  rateIsWrong: boolean
  /** The start time; null for "now", for local times and for an invalid time. */
  startsAt: ReturnType<typeof momentOf>
  /** At each member's local time; null for all others, and for an invalid time. */
  localTime: LocalTime | null
  /** Sent later, by itself. */
  isForLater: boolean
  scheduleIsMissing: boolean
  stepsAtFault: Step[]
}

export function readDraft(form: DraftForm): ReadDraft {
  const message = readMessage(form.message)
  const audience = readAudience(form.audience)
  const ratePerMinute = readRate(form.ratePerMinute)
  const rateIsWrong = ratePerMinute === undefined
  const { when, date, time, zone } = form.schedule
  const startsAt = when === 'at' ? (storedTime(form.schedule) ?? momentOf(date, time, zone)) : null
  const localTime = localTimeOf(form.schedule)
  const rules = readRules(form.rules, { zone, isLocal: when === 'local', startsAt: startsAt?.at ?? null })
  const isForLater = startsAt !== null || localTime !== null
  const scheduleIsMissing = when !== 'now' && !isForLater
  const nameIsMissing = nameOf(form) === ''
  const stepsAtFault: Step[] = []
  const isRuleMissing = rules.kindIsMissing || rules.advertiserIsMissing
  if (message.problems.length > 0 || nameIsMissing || isRuleMissing) stepsAtFault.push('message')
  if (audience.audience === null) stepsAtFault.push('audience')
  if (scheduleIsMissing || rateIsWrong || rules.windowIsWrong || rules.notAfterIsWrong)
    stepsAtFault.push('review')
  const { latestStartMinutes, priority, guarantee } = form
  const whole = message.problems.length === 0 ? message.message : null
  const body: CampaignBody | null =
    whole === null || nameIsMissing || audience.audience === null || rateIsWrong || rules.rules === null
      ? null
      : {
          name: nameOf(form),
          message: whole,
          audience: audience.audience,
          ratePerMinute,
          latestStartMinutes,
          priority,
          guarantee,
          ...rules.rules,
        }
  // A time that is chosen and not confirmed is kept with the form: `scheduledAt` would put it on its way.
  const content: DraftContent =
    body !== null && when === 'now'
      ? { ...body, unfinished: null }
      : {
          ...(!nameIsMissing && { name: nameOf(form) }),
          message: whole,
          audience: audience.audience,
          ...(!rateIsWrong && { ratePerMinute }),
          latestStartMinutes,
          priority,
          guarantee,
          ...rules.rules,
          unfinished: unfinishedOf(form),
        }
  return {
    body,
    content,
    message,
    audience,
    rules,
    nameIsMissing,
    rateIsWrong,
    startsAt,
    localTime,
    isForLater,
    scheduleIsMissing,
    stepsAtFault,
  }
}

/** The stored time, as long as the fields still say it. */
function storedTime({ date, time, zone, stored }: ScheduleForm): ReturnType<typeof momentOf> {
  if (stored === undefined) return null
  const at = new Date(stored)
  const clock = clockIn(at, zone)
  return clock.date === date && clock.time === time ? { at, kind: 'once' } : null
}

function localTimeOf({ when, date, time, zone, late, unknownZone }: ScheduleForm): LocalTime | null {
  if (when !== 'local' || momentOf(date, time, 'UTC') === null) return null
  return { localAt: `${date}T${time}`, late, unknownZone, defaultZone: zone }
}

/**
 * A test needs the message alone. What else is unfinished is left out for it, since the server tests nothing that is still
 * being typed; the next save puts it back. null: there is no message to test.
 */
export function contentToTest({ content }: ReadDraft): DraftContent | null {
  return content.message === null ? null : { ...content, unfinished: null }
}

/** Defaults to the first text that is shown; a silent message has none. */
export function nameOf({ name, message }: Pick<DraftForm, 'name' | 'message'>): string {
  return (isBlank(name) ? headlineOf(message) : name.trim()).slice(0, MAX_NAME).toWellFormed()
}

/** null: no limit; undefined: invalid. */
function readRate(text: string): number | null | undefined {
  if (text.trim() === '') return null
  const rate = Number(text.replaceAll(/[\s,_]/g, ''))
  return Number.isInteger(rate) && rate >= 1 && rate <= MAX_RATE ? rate : undefined
}
