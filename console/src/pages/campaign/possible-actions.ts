/**
 * The actions that a campaign allows now, by the server's own table of transitions and the user's role. Actions that
 * the server would refuse are not offered. Pure.
 */
import { canDo, EDITABLE_STATES, RESENT } from '../../../../src/domain/campaign.ts'
import type { Permission } from '../../../../src/domain/permissions.ts'
import type { Campaign } from '../../api/campaigns.ts'
import { countOf } from '../../progress-figures.ts'

export type Action =
  | 'pause'
  | 'resume'
  | 'correct'
  | 'unschedule'
  | 'cancel'
  | 'duplicate'
  | 'repeat'
  | 'tags'
  | 'archive'
  | 'unarchive'
  | 'remove'

export interface Possible {
  canEdit: boolean
  /** The review before a resend says to whom exactly. Only once the campaign is closed. */
  canResend: boolean
  /** Buttons of the page, and what is in the menu behind them. */
  actions: Action[]
  more: Action[]
}

type Facts = Pick<
  Campaign,
  | 'state'
  | 'pauseReason'
  | 'closedAt'
  | 'progress'
  | 'cancelAt'
  | 'archivedAt'
  | 'resultsDeletedAt'
  | 'resendOf'
  | 'message'
  | 'audienceSummary'
>

export function possibleActions(campaign: Facts, permissions: readonly Permission[]): Possible {
  const { state, pauseReason, closedAt, progress, cancelAt, archivedAt, resultsDeletedAt, resendOf } =
    campaign
  const isWritten = campaign.message !== null && campaign.audienceSummary !== null
  const mayWrite = permissions.includes('campaigns:write')
  const maySend = permissions.includes('campaigns:send')
  // Until a cancel is final there is one thing to decide: whether to keep the campaign.
  const isCanceling = cancelAt !== null && state !== 'canceled'
  const canSend = (action: 'pause' | 'resume' | 'cancel') =>
    maySend &&
    !isCanceling &&
    canDo(action, state) &&
    !(action === 'resume' && pauseReason === 'message_refused')
  const actions: Action[] = (['pause', 'resume'] as const).filter(canSend)
  // What has a time, or is on its way, is sent as it is: changing it takes both permissions.
  const mayChange = mayWrite && (maySend || state === 'draft')
  if (mayChange && state === 'paused' && !isCanceling) actions.push('correct')
  if (mayChange && state === 'scheduled' && !isCanceling) actions.push('unschedule')
  // Dangerous, and last.
  if (canSend('cancel')) actions.push('cancel')
  const more: Action[] = []
  if (mayWrite) more.push('duplicate')
  // A resend goes to those who did not get the first one: there is nothing to repeat.
  if (mayWrite && maySend && resendOf === null && isWritten) more.push('repeat')
  if (mayWrite) more.push('tags')
  if (mayWrite && archivedAt !== null) more.push('unarchive')
  else if (mayWrite && (state === 'draft' || closedAt !== null)) more.push('archive')
  if (mayWrite && state === 'draft') more.push('remove')
  return {
    canEdit: mayChange && !isCanceling && (EDITABLE_STATES as readonly string[]).includes(state),
    canResend:
      maySend &&
      closedAt !== null &&
      resultsDeletedAt === null &&
      RESENT.some((only) => countOf(progress, only) > 0),
    actions,
    more,
  }
}
