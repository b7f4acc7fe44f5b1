/**
 * The actions that are possible now: from the server's own table of transitions, and the role. What the server would
 * reject is not offered. Pure.
 */
import { canDo, EDITABLE_STATES, RESENT, type Resent } from '../../../../src/domain/campaign.ts'
import type { Campaign } from '../../api/campaigns.ts'

export type Deed = 'pause' | 'resume' | 'cancel' | 'remove' | 'duplicate'

export interface Possible {
  canEdit: boolean
  deeds: Deed[]
  /** Which devices can be resent to, and how many. Only once the counts are closed, and each group once. */
  resends: { only: Resent; count: number }[]
}

type Facts = Pick<Campaign, 'state' | 'closedAt' | 'resends' | 'progress'>

export function possibleActions(campaign: Facts, mayOperate: boolean): Possible {
  if (!mayOperate) return { canEdit: false, deeds: [], resends: [] }
  const { state, closedAt, resends, progress } = campaign
  const canEdit = (EDITABLE_STATES as readonly string[]).includes(state)
  // Irreversible actions come last.
  const deeds: Deed[] = (['pause', 'resume'] as const).filter((deed) => canDo(deed, state))
  deeds.push('duplicate')
  if (canDo('cancel', state)) deeds.push('cancel')
  if (state === 'draft') deeds.push('remove')
  const counts: Record<Resent, number> = {
    failed: progress.failed,
    in_doubt: progress.inDoubt,
    canceled: progress.canceled,
  }
  const left = RESENT.filter((only) => counts[only] > 0 && !resends.some((resend) => resend.only === only))
  return {
    canEdit,
    deeds,
    resends: closedAt === null ? [] : left.map((only) => ({ only, count: counts[only] })),
  }
}
