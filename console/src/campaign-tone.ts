/**
 * How a campaign is judged at a glance: in the list, on its page and on the overview. The only place that decides it, so that
 * no page shows green over a failure. Pure.
 */
import { CAMPAIGN_STATES, type CampaignState } from '../../src/domain/campaign.ts'
import type { Campaign, Progress } from './api/campaigns.ts'

export type Tone = 'good' | 'warning' | 'bad' | 'neutral' | 'active'

/** What the badge says; `text.states.headline` has the words. */
export const HEADLINES = [
  ...CAMPAIGN_STATES,
  /** Canceled, and it can still be taken back. */
  'canceling',
  /** Canceled, because nothing could start it at its time. */
  'missed',
  'all_failed',
  'all_in_doubt',
  'all_skipped',
  'many_failed',
  'many_in_doubt',
  'few_reached',
  'nobody',
] as const
export type Headline = (typeof HEADLINES)[number]

/** From this share of the devices that FCM was asked for: one in ten. */
const MANY = 0.1
/** Less than half of the audience: whoever planned it expected more, even if every reason is a good one. */
const FEW = 0.5

type Counts = Pick<Progress, 'audience' | 'sent' | 'failed' | 'skipped' | 'inDoubt'>

/** Without counts (a campaign that another one only names) it is judged by its state. */
export interface Judged {
  state: CampaignState
  progress?: Counts
  pauseReason?: Campaign['pauseReason']
  cancelAt?: string | null
  cancelReason?: Campaign['cancelReason']
}

const TONES: Record<Headline, Tone> = {
  draft: 'neutral',
  scheduled: 'neutral',
  sending: 'active',
  paused: 'warning',
  canceled: 'neutral',
  finished: 'good',
  canceling: 'neutral',
  missed: 'bad',
  all_failed: 'bad',
  all_in_doubt: 'warning',
  all_skipped: 'warning',
  many_failed: 'warning',
  many_in_doubt: 'warning',
  few_reached: 'warning',
  nobody: 'warning',
}

/** Paused, and nobody has to do anything about the cause: a person wanted it, or it goes on by itself. */
const CALM_REASONS: readonly Campaign['pauseReason'][] = [
  null,
  'by_operator',
  'message_corrected',
  'database_failed_over',
]

export function toneOf(campaign: Judged): Tone {
  const { state, pauseReason = null, progress } = campaign
  const headline = headlineOf(campaign)
  if (headline === 'paused' && !CALM_REASONS.includes(pauseReason)) return 'bad'
  // How it went is not known here.
  if (state === 'finished' && progress === undefined) return 'neutral'
  if (state === 'sending' && progress !== undefined && isMany(progress.failed, progress)) return 'warning'
  return TONES[headline]
}

export function headlineOf({ state, progress, cancelAt = null, cancelReason = null }: Judged): Headline {
  if (cancelAt !== null && state !== 'canceled') return 'canceling'
  if (cancelReason === 'missed_start') return 'missed'
  if (state !== 'finished' || progress === undefined) return state
  const { audience, sent, failed, inDoubt } = progress
  if (audience === 0) return 'nobody'
  if (sent === 0) return failed > 0 ? 'all_failed' : inDoubt > 0 ? 'all_in_doubt' : 'all_skipped'
  // Together: nine in a hundred failed and as many in doubt are no success either.
  if (isMany(failed + inDoubt, progress)) return failed >= inDoubt ? 'many_failed' : 'many_in_doubt'
  return sent < FEW * audience ? 'few_reached' : state
}

/** Of the devices that FCM was asked for: whoever has opted out says nothing about how sending went. */
function isMany(count: number, { sent, failed, inDoubt }: Counts): boolean {
  return count > 0 && count >= MANY * (sent + failed + inDoubt)
}
