/**
 * How long a cancel can still be undone. By the server's clock when it answered: the one of this computer may be minutes
 * off. Pure.
 */
import { MOST_UNDO_SECONDS } from '../../../../src/domain/campaign.ts'
import type { Campaign } from '../../api/campaigns.ts'

/** `seenAt` and `now` by this computer's clock. */
export function secondsToUndo(
  { cancelAt, asOf }: Pick<Campaign, 'cancelAt' | 'asOf'>,
  seenAt: number,
  now: number,
): number {
  if (cancelAt === null) return 0
  const left = (Date.parse(cancelAt) - Date.parse(asOf) - (now - seenAt)) / 1_000
  return Math.ceil(Math.min(Math.max(0, left), MOST_UNDO_SECONDS))
}
