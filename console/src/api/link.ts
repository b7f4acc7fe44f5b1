/** How the figures of a campaign come in, and when they are asked for. Pure. */
import { type Campaign, isMoving } from './campaigns.ts'

export const POLL_SECONDS = 2
/**
 * A campaign that sends says something every second. If nothing came for so long it is asked, as a proxy may hold a
 * stream open and let nothing through. One that stands still is not: thousands may look at it, and shall cost nothing.
 */
const SILENCE_SECONDS = 15

/** `lost`: what is shown is as of the last time. `ended`: it is the last word. */
export type Link = 'live' | 'polling' | 'lost' | 'ended'

export function linkOf(now: { isError: boolean; moves: boolean; isStreaming: boolean }): Link {
  if (now.isError) return 'lost'
  if (!now.moves) return 'ended'
  return now.isStreaming ? 'live' : 'polling'
}

/** Null: it is not asked; events tell, or nothing will change. */
export function askAgainAfterSeconds(
  campaign: Pick<Campaign, 'state' | 'closedAt'>,
  isStreaming: boolean,
): number | null {
  if (!isMoving(campaign)) return null
  if (!isStreaming) return POLL_SECONDS
  return campaign.state === 'sending' ? SILENCE_SECONDS : null
}
