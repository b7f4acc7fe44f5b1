/**
 * The actions that a campaign allows now, by the server's own table of transitions and the user's role. Actions that
 * the server would refuse are not offered. Pure.
 */
import { canDo, EDITABLE_STATES, RESENT, type Resent } from '../../../../src/domain/campaign.ts'
import type { Permission } from '../../../../src/domain/permissions.ts'
import type { Campaign } from '../../api/campaigns.ts'
import { countOf } from '../../progress-figures.ts'

export type Action = 'pause' | 'resume' | 'correct' | 'cancel' | 'remove' | 'duplicate'

export interface Possible {
  canEdit: boolean
  actions: Action[]
  /** Which devices can be resent to, and how many. Only once the campaign is closed, and each state once. */
  resends: { only: Resent; count: number }[]
}

type Facts = Pick<Campaign, 'state' | 'pauseReason' | 'closedAt' | 'resends' | 'progress'>

export function possibleActions(campaign: Facts, permissions: readonly Permission[]): Possible {
  const { state, pauseReason, closedAt, resends, progress } = campaign
  const mayWrite = permissions.includes('campaigns:write')
  const maySend = permissions.includes('campaigns:send')
  const canSend = (action: 'pause' | 'resume' | 'cancel') =>
    maySend && canDo(action, state) && !(action === 'resume' && pauseReason === 'message_refused')
  // Actions that cannot be undone come last.
  const actions: Action[] = (['pause', 'resume'] as const).filter(canSend)
  if (mayWrite && state === 'paused') actions.push('correct')
  if (mayWrite) actions.push('duplicate')
  if (canSend('cancel')) actions.push('cancel')
  if (mayWrite && state === 'draft') actions.push('remove')
  const left = RESENT.map((only) => ({ only, count: countOf(progress, only) })).filter(
    ({ only, count }) => count > 0 && !resends.some((resend) => resend.only === only),
  )
  return {
    canEdit: mayWrite && (EDITABLE_STATES as readonly string[]).includes(state),
    actions,
    resends: closedAt === null || !maySend ? [] : left,
  }
}
