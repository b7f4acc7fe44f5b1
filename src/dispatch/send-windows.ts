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
 * The budgets to reserve from, in this order: the project's first. When the second refuses, a reservation from the first
 * is lost. That costs a project a few of its slots; it would cost a campaign its only one.
 */
export function budgetsOf(project: Budget, { campaignId, ratePerMinute }: Claim): Budget[] {
  if (ratePerMinute === null) return [project]
  return [
    project,
    { key: campaignKey(campaignId), perMinute: ratePerMinute, rampSeconds: 0, catchUpSeconds: 1 },
  ]
}

/**
 * Messages of a batch that leave on one reservation. At full rate, all of them. At lower rates, a fiftieth of a second's
 * worth: the rate stays even, and few messages are in flight when the process or PostgreSQL fails.
 */
export function windowSize(devices: number, budgets: readonly Budget[], { guarantee }: Claim): number {
  const perSecond = Math.ceil(Math.min(...budgets.map(({ perMinute }) => perMinute)) / 60)
  const byRate = Math.min(perSecond, Math.max(SMALLEST_WINDOW, Math.ceil(perSecond * WINDOW_SHARE)))
  return Math.min(devices, byRate, guarantee === 'at_most_once' ? CAREFUL_WINDOW : 500)
}
