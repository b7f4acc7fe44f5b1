/**
 * What can be done to a campaign now: the same table as the server's, and the role. What the server would refuse is
 * not offered. Pure.
 */
import { canDo, EDITABLE_STATES, RETRIED, type Retried } from '../../../../src/domain/campaign.ts'
import type { Campaign } from '../../api/campaigns.ts'

export type Deed = 'pause' | 'resume' | 'cancel' | 'remove' | 'duplicate'

export interface Possible {
  canEdit: boolean
  deeds: Deed[]
  /** Who can be sent to again, and how many they are. Only when the books are closed, and each once. */
  retries: { only: Retried; count: number }[]
}

type Facts = Pick<Campaign, 'state' | 'closedAt' | 'retries' | 'progress'>

export function possibleActions(campaign: Facts, mayOperate: boolean): Possible {
  if (!mayOperate) return { canEdit: false, deeds: [], retries: [] }
  const { state, closedAt, retries, progress } = campaign
  const canEdit = (EDITABLE_STATES as readonly string[]).includes(state)
  // What cannot be undone comes last.
  const deeds: Deed[] = (['pause', 'resume'] as const).filter((deed) => canDo(deed, state))
  deeds.push('duplicate')
  if (canDo('cancel', state)) deeds.push('cancel')
  if (state === 'draft') deeds.push('remove')
  const counts: Record<Retried, number> = {
    failed: progress.failed,
    in_doubt: progress.inDoubt,
    canceled: progress.canceled,
  }
  const left = RETRIED.filter((only) => counts[only] > 0 && !retries.some((retry) => retry.only === only))
  return {
    canEdit,
    deeds,
    retries: closedAt === null ? [] : left.map((only) => ({ only, count: counts[only] })),
  }
}
