/** How the figures of a campaign are updated, and when they are polled. Pure. */
import { type Campaign, isMoving } from './campaigns.ts'

export const POLL_SECONDS = 2
/**
 * A sending campaign emits an event every second. After this long without one it is polled, as a proxy may keep a
 * stream open and pass nothing on. A campaign that is not sending is not polled: thousands of viewers must cost
 * nothing.
 */
const SILENCE_SECONDS = 15

/** `lost`: the figures shown are old. `ended`: they are final. */
export type Link = 'live' | 'polling' | 'lost' | 'ended'

/** `isSilent`: the server answers nothing at all. A stream that hangs looks like one on which nothing happens. */
export function linkOf(now: {
  isError: boolean
  moves: boolean
  isStreaming: boolean
  isSilent: boolean
}): Link {
  if (now.isError) return 'lost'
  if (!now.moves) return 'ended'
  if (now.isSilent) return 'lost'
  return now.isStreaming ? 'live' : 'polling'
}

/** Null: not polled; events arrive, or nothing will change. */
export function askAgainAfterSeconds(
  campaign: Pick<Campaign, 'state' | 'closedAt'>,
  isStreaming: boolean,
): number | null {
  if (!isMoving(campaign)) return null
  if (!isStreaming) return POLL_SECONDS
  return campaign.state === 'sending' ? SILENCE_SECONDS : null
}
