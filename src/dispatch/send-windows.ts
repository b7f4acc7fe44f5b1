/** In which portions a batch is sent: how many messages leave on one reservation, and of which rate limits. Pure. */
import { type Budget, campaignKey } from '../projects/rate-limit.ts'
import type { Claim } from './batch-store.ts'

/** at_most_once: a crash leaves at most this many devices of a batch in doubt. */
export const CAREFUL_WINDOW = 100
/** A reservation costs a statement, so a window has at least this many messages, unless that is more than a second's worth. */
const SMALLEST_WINDOW = 20
/** Of a second, otherwise. A window leaves at once: what a kill repeats grows with it. */
const WINDOW_SHARE = 1 / 50

/**
 * The rate limit of the campaign itself; null: it has none. It is reserved from after the project's. When it refuses then, a
 * reservation from the project's is lost. That costs a project a few of its slots; it would cost a campaign its only one.
 */
export function ownBudget({ campaignId, ratePerMinute }: Claim): Budget | null {
  if (ratePerMinute === null) return null
  return { key: campaignKey(campaignId), perMinute: ratePerMinute, rampSeconds: 0, catchUpSeconds: 1 }
}

/**
 * Messages of a batch that leave on one reservation. At full rate, all of them. At lower rates, a fiftieth of a second's
 * worth: the rate stays even, and few messages are in flight when the process or PostgreSQL fails.
 */
export function windowSize(
  devices: number,
  project: Pick<Budget, 'perMinute'>,
  { guarantee, ratePerMinute }: Claim,
): number {
  const perMinute = Math.min(project.perMinute, ratePerMinute ?? Number.POSITIVE_INFINITY)
  const perSecond = Math.ceil(perMinute / 60)
  const byRate = Math.min(perSecond, Math.max(SMALLEST_WINDOW, Math.ceil(perSecond * WINDOW_SHARE)))
  return Math.min(devices, byRate, guarantee === 'at_most_once' ? CAREFUL_WINDOW : 500)
}
