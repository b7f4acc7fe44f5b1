/**
 * The states of a campaign. TRANSITIONS is the only place that says which state may follow which: the API, the workers
 * and the console all use it.
 *
 *   draft ──> scheduled ──> sending <──> paused ──> canceled
 *     └──────────────────────^  └──> finished          (cancel: from scheduled, sending, paused; miss: from scheduled)
 *
 * A cancel that can be undone waits until `cancel_at`: a sending campaign is paused for so long, a scheduled or paused one
 * stays as it is. Until then nothing may start it again but `keep`. A deleted campaign is hidden and starts nothing until
 * it is restored or removed. Both are columns beside the state; transition.ts has their guards.
 *
 * Every transition is one UPDATE that names the states it may leave (invariant 11; campaigns/transition.ts writes the
 * SQL). `closed_at` is set when the counts of a finished or canceled campaign reconcile. A canceled campaign may still
 * have messages in flight before that.
 */
import type { ListedState } from './delivery-result.ts'

export const CAMPAIGN_STATES = ['draft', 'scheduled', 'sending', 'paused', 'canceled', 'finished'] as const
export type CampaignState = (typeof CAMPAIGN_STATES)[number]

export const TRANSITIONS = {
  /** An edit sets a time, or another time. */
  schedule: { from: ['draft', 'scheduled'], to: 'scheduled' },
  /** An edit removes the time. */
  unschedule: { from: ['draft', 'scheduled'], to: 'draft' },
  /** An operator sends now. */
  send: { from: ['draft', 'scheduled'], to: 'sending' },
  /** The scheduled time is reached. */
  start: { from: ['scheduled'], to: 'sending' },
  /** It was reached while nothing could start the campaign, and its latest start has passed. */
  miss: { from: ['scheduled'], to: 'canceled' },
  /** An operator pauses, or the campaign pauses itself with a reason. */
  pause: { from: ['sending'], to: 'paused' },
  resume: { from: ['paused'], to: 'sending' },
  cancel: { from: ['scheduled', 'sending', 'paused'], to: 'canceled' },
  /** Every device has a result, and the counts reconcile. */
  finish: { from: ['sending'], to: 'finished' },
} as const satisfies Record<string, { from: readonly CampaignState[]; to: CampaignState }>

export type CampaignAction = keyof typeof TRANSITIONS

/** States in which a campaign may still be edited or deleted. */
export const EDITABLE_STATES = ['draft', 'scheduled'] as const satisfies readonly CampaignState[]

export function canDo(action: CampaignAction, state: CampaignState): boolean {
  return (TRANSITIONS[action].from as readonly CampaignState[]).includes(state)
}

/** A cancel can be undone for so long at most: what is held back meanwhile waits for a person who is looking. */
export const MOST_UNDO_SECONDS = 60
/** A deleted campaign can be restored for so long; then its rows are removed. Enough for the first of 300 that are deleted one by one. */
export const RESTORE_SECONDS = 300

export const GUARANTEES = ['at_least_once', 'at_most_once'] as const
export type Guarantee = (typeof GUARANTEES)[number]

/** Why a campaign is paused. Except for `by_operator`, `pause_detail` has a sentence that says what to do. */
export const PAUSE_REASONS = [
  'by_operator',
  /** It is canceled, which can still be undone: `cancel_at`. */
  'canceling',
  'credential_refused',
  'project_not_found',
  'project_misconfigured',
  'platform_refused',
  'too_many_errors',
  /** FCM refuses the message: it can be resumed only once the message is corrected. */
  'message_refused',
  /** It was, and now it can. */
  'message_corrected',
  /** FCM calls the addresses invalid, and has accepted none: a fault of the list. */
  'addresses_refused',
  'audience_empty',
  'counts_mismatch',
  'cannot_record',
  'database_failed_over',
] as const
export type PauseReason = (typeof PAUSE_REASONS)[number]

/** Why a campaign is canceled, if no person has canceled it. */
export const CANCEL_REASONS = ['missed_start'] as const
export type CancelReason = (typeof CANCEL_REASONS)[number]

/** A campaign that could not start at its time still starts for so long, if nothing else was said. */
export const LATEST_START_MINUTES = 60
/** A week. */
export const MOST_LATEST_START_MINUTES = 10_080

/** What a resend sends again: the devices that have this result in the original campaign. */
export const RESENT = ['failed', 'in_doubt', 'canceled'] as const satisfies readonly ListedState[]
export type Resent = (typeof RESENT)[number]

/** `{all: true}`, named members, or the devices that match every given condition. */
export type Audience =
  | { all: true }
  | { externalIds: string[] }
  | {
      filter: {
        platforms?: Platform[]
        locales?: string[]
        attributes?: Record<string, unknown>
        seenWithinDays?: number
      }
    }

export const PLATFORMS = ['android', 'ios', 'web'] as const
export type Platform = (typeof PLATFORMS)[number]
