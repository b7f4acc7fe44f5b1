/**
 * The actions offered for a campaign: those that its state allows, by the server's own table, and that the session has
 * the permission for. Pure.
 */
import { canDo, EDITABLE_STATES, RESENT, type Resent } from '../../../../src/domain/campaign.ts'
import type { Permission } from '../../../../src/domain/permissions.ts'
import type { Campaign } from '../../api/campaigns.ts'

export type Deed = 'pause' | 'resume' | 'cancel' | 'remove' | 'duplicate'

export interface Possible {
  canEdit: boolean
  deeds: Deed[]
  /** Results that can be resent, with their counts: only after the counts are closed, and each result once. */
  resends: { only: Resent; count: number }[]
}

type Facts = Pick<Campaign, 'state' | 'closedAt' | 'resends' | 'progress'>

export function possibleActions(campaign: Facts, permissions: readonly Permission[]): Possible {
  const { state, closedAt, resends, progress } = campaign
  const mayWrite = permissions.includes('campaigns:write')
  const maySend = permissions.includes('campaigns:send')
  const canSend = (deed: 'pause' | 'resume' | 'cancel') => maySend && canDo(deed, state)
  // What cannot be undone comes last.
  const deeds: Deed[] = (['pause', 'resume'] as const).filter(canSend)
  if (mayWrite) deeds.push('duplicate')
  if (canSend('cancel')) deeds.push('cancel')
  if (mayWrite && state === 'draft') deeds.push('remove')
  const counts: Record<Resent, number> = {
    failed: progress.failed,
    in_doubt: progress.inDoubt,
    canceled: progress.canceled,
  }
  const left = RESENT.filter((only) => counts[only] > 0 && !resends.some((resend) => resend.only === only))
  return {
    canEdit: mayWrite && (EDITABLE_STATES as readonly string[]).includes(state),
    deeds,
    resends: closedAt === null || !maySend ? [] : left.map((only) => ({ only, count: counts[only] })),
  }
}
