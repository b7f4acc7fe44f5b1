/**
 * The life of a campaign. This table is the only place that says which state may follow which; the API, the
 * workers and the console all read it.
 *
 *   draft ──> scheduled ──> sending <──> paused ──> canceled
 *     └──────────────────────^  └──> finished          (cancel: from scheduled, sending, paused)
 *
 * Every change is one UPDATE that names the states it may leave (invariant 11). `closed_at` is set when the counts
 * of a finished or canceled campaign reconcile; a canceled one may still have messages on their way before that.
 */
export const CAMPAIGN_STATES = ['draft', 'scheduled', 'sending', 'paused', 'canceled', 'finished'] as const
export type CampaignState = (typeof CAMPAIGN_STATES)[number]

export const TRANSITIONS = {
  schedule: { from: ['draft', 'scheduled'], to: 'scheduled' },
  unschedule: { from: ['scheduled'], to: 'draft' },
  send: { from: ['draft', 'scheduled'], to: 'sending' },
  pause: { from: ['sending'], to: 'paused' },
  resume: { from: ['paused'], to: 'sending' },
  cancel: { from: ['scheduled', 'sending', 'paused'], to: 'canceled' },
  finish: { from: ['sending'], to: 'finished' },
} as const satisfies Record<string, { from: readonly CampaignState[]; to: CampaignState }>

export type CampaignAction = keyof typeof TRANSITIONS

/** States in which message, audience and schedule may still be changed, and the campaign deleted. */
export const EDITABLE_STATES = ['draft', 'scheduled'] as const satisfies readonly CampaignState[]

export function canDo(action: CampaignAction, state: CampaignState): boolean {
  return (TRANSITIONS[action].from as readonly CampaignState[]).includes(state)
}

export const GUARANTEES = ['at_least_once', 'at_most_once'] as const
export type Guarantee = (typeof GUARANTEES)[number]

/** Why a campaign stands still although nobody paused it. `pause_detail` carries the sentence. */
export const PAUSE_REASONS = [
  'by_operator',
  'credential_refused',
  'project_not_found',
  'project_misconfigured',
  'platform_refused',
  'too_many_errors',
  'audience_empty',
  'counts_mismatch',
  'cannot_record',
] as const
export type PauseReason = (typeof PAUSE_REASONS)[number]

/** What a resend sends again: the devices that have this result in the campaign it repeats. */
export const RESENT = ['failed', 'in_doubt', 'canceled'] as const
export type Resent = (typeof RESENT)[number]

/** `{all: true}`, named members, or devices and members that fit every given condition. */
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
