/** The form fields of all steps, and the request body made from them. */
import type { Static } from 'typebox'
import type { CampaignReply, NewCampaignBody } from '../../../../src/api/campaigns/campaign-schemas.ts'
import type { Guarantee } from '../../../../src/domain/campaign.ts'
import { type AudienceForm, audienceFormOf, emptyAudience, readAudience } from './audience-form.ts'
import { emptyMessage, headlineOf, type MessageForm, messageFormOf, readMessage } from './message-form.ts'
import type { Step } from './steps.ts'
import { clockIn, momentOf } from './zoned-time.ts'

export type CampaignBody = Static<typeof NewCampaignBody>

export interface ScheduleForm {
  when: 'now' | 'at'
  date: string
  time: string
  zone: string
}

export interface DraftForm {
  name: string
  message: MessageForm
  audience: AudienceForm
  schedule: ScheduleForm
  ratePerMinute: string
  priority: number
  guarantee: Guarantee
}

const DEFAULT_PRIORITY = 5
const MAX_NAME = 200
/** The limit in src/api/campaigns/campaign-schemas.ts. */
const MAX_RATE = 100_000_000

export function emptyDraft(zone: string): DraftForm {
  return {
    name: '',
    message: emptyMessage,
    audience: emptyAudience,
    schedule: { when: 'now', date: '', time: '', zone },
    ratePerMinute: '',
    priority: DEFAULT_PRIORITY,
    guarantee: 'at_least_once',
  }
}

type Source = Pick<
  CampaignReply,
  'name' | 'message' | 'audience' | 'scheduledAt' | 'ratePerMinute' | 'priority' | 'guarantee'
>

export function draftFormOf(campaign: Source, zone: string): DraftForm {
  const { name, scheduledAt, ratePerMinute, priority, guarantee } = campaign
  return {
    name,
    message: messageFormOf(campaign.message),
    audience: audienceFormOf(campaign.audience),
    schedule:
      scheduledAt === null
        ? { when: 'now', date: '', time: '', zone }
        : { when: 'at', ...clockIn(new Date(scheduledAt), zone), zone },
    ratePerMinute: ratePerMinute === null ? '' : String(ratePerMinute),
    priority,
    guarantee,
  }
}

export interface ReadDraft {
  /** Without scheduledAt, which would schedule it: that happens in the last step. null: cannot be saved yet. */
  body: CampaignBody | null
  message: ReturnType<typeof readMessage>
  audience: ReturnType<typeof readAudience>
  /** There is no name, and no text to use for one. */
  nameIsMissing: boolean
  rateIsWrong: boolean
  /** The start time; null for "now" and for an invalid time. */
  startsAt: ReturnType<typeof momentOf>
  scheduleIsMissing: boolean
  stepsAtFault: Step[]
}

export function readDraft(form: DraftForm): ReadDraft {
  const message = readMessage(form.message)
  const audience = readAudience(form.audience)
  const ratePerMinute = readRate(form.ratePerMinute)
  const rateIsWrong = ratePerMinute === undefined
  const { when, date, time, zone } = form.schedule
  const startsAt = when === 'at' ? momentOf(date, time, zone) : null
  const scheduleIsMissing = when === 'at' && startsAt === null
  const nameIsMissing = nameOf(form) === ''
  const stepsAtFault: Step[] = []
  if (message.problems.length > 0 || nameIsMissing) stepsAtFault.push('message')
  if (audience.audience === null) stepsAtFault.push('audience')
  if (scheduleIsMissing) stepsAtFault.push('when')
  if (rateIsWrong) stepsAtFault.push('speed')
  const canBeSaved =
    message.problems.length === 0 && !nameIsMissing && audience.audience !== null && !rateIsWrong
  return {
    body:
      canBeSaved && audience.audience !== null
        ? {
            name: nameOf(form),
            message: message.message,
            audience: audience.audience,
            ratePerMinute: ratePerMinute ?? null,
            priority: form.priority,
            guarantee: form.guarantee,
          }
        : null,
    message,
    audience,
    nameIsMissing,
    rateIsWrong,
    startsAt,
    scheduleIsMissing,
    stepsAtFault,
  }
}

/** Defaults to the first text that is shown; a silent message has none. */
export function nameOf({ name, message }: Pick<DraftForm, 'name' | 'message'>): string {
  return (name.trim() || headlineOf(message)).slice(0, MAX_NAME).toWellFormed()
}

/** null: no limit; undefined: invalid. */
function readRate(text: string): number | null | undefined {
  if (text.trim() === '') return null
  const rate = Number(text.replaceAll(/[\s,_]/g, ''))
  return Number.isInteger(rate) && rate >= 1 && rate <= MAX_RATE ? rate : undefined
}
