/**
 * The actions that a campaign allows now, by the server's own table of transitions and the user's role. Actions that
 * the server would refuse are not offered. Pure.
 */
import { canDo, EDITABLE_STATES, RESENT, type Resent } from '../../../../src/domain/campaign.ts'
import type { Campaign } from '../../api/campaigns.ts'
import { countOf } from '../../progress-figures.ts'

export type Deed = 'pause' | 'resume' | 'cancel' | 'remove' | 'duplicate'

export interface Possible {
  canEdit: boolean
  deeds: Deed[]
  /** Which devices can be resent to, and how many. Only once the campaign is closed, and each state once. */
  resends: { only: Resent; count: number }[]
}

type Facts = Pick<Campaign, 'state' | 'closedAt' | 'resends' | 'progress'>

export function possibleActions(campaign: Facts, mayOperate: boolean): Possible {
  if (!mayOperate) return { canEdit: false, deeds: [], resends: [] }
  const { state, closedAt, resends, progress } = campaign
  const canEdit = (EDITABLE_STATES as readonly string[]).includes(state)
  // Actions that cannot be undone come last.
  const deeds: Deed[] = (['pause', 'resume'] as const).filter((deed) => canDo(deed, state))
  deeds.push('duplicate')
  if (canDo('cancel', state)) deeds.push('cancel')
  if (state === 'draft') deeds.push('remove')
  const left = RESENT.map((only) => ({ only, count: countOf(progress, only) })).filter(
    ({ only, count }) => count > 0 && !resends.some((resend) => resend.only === only),
  )
  return {
    canEdit,
    deeds,
    resends: closedAt === null ? [] : left,
  }
}
