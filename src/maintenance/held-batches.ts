/**
 * Batches that wait for a person: the only devices they have left belong to a halted platform, and their `not_before`
 * is infinity. The rest of their campaign continues; when nothing else is left, it pauses and says what to fix.
 */

import { pauseItself } from '../campaigns/halt-campaign.ts'
import type { Platform } from '../domain/campaign.ts'
import { DELIVERY_CODES } from '../domain/delivery-result.ts'
import { addCounts } from '../postgres/delivery-counts.ts'
import type { Pool } from '../postgres/pool.ts'

/** Call after a resume, which lifts every halt. Also finds batches that were released at the same moment. */
export async function releaseHeld(pool: Pool, campaignId: string): Promise<void> {
  await pool.query({
    name: 'maintenance-release-held',
    text: `UPDATE batches SET not_before = now()
           WHERE campaign_id = $1 AND state = 'planned' AND attempt > 0 AND not_before = 'infinity'
             AND EXISTS (SELECT FROM campaigns WHERE id = $1 AND halted_platforms = '{}')`,
    values: [campaignId],
  })
}

/** Call for a planned campaign that has no batch queued or sending. Returns true if this call paused it. */
export async function pauseWhenOnlyHeld(
  pool: Pool,
  campaignId: string,
  platforms: readonly Platform[],
): Promise<boolean> {
  const { rows } = await pool.query<{ waiting: number; others: number }>({
    name: 'maintenance-held',
    text: `SELECT count(*) FILTER (WHERE NOT (b.attempt > 0 AND b.not_before = 'infinity')) AS others,
             coalesce(sum(b.size - ${addCounts('b')}), 0)::int AS waiting
           FROM batches b WHERE b.campaign_id = $1 AND b.state IN ('planned', 'queued', 'sending')`,
    values: [campaignId],
  })
  const { waiting = 0, others = 0 } = rows[0] ?? {}
  if (others > 0 || waiting === 0) return false
  const { meaning, advice } = DELIVERY_CODES.third_party_auth_error
  const detail = `${meaning} ${waiting} devices (${platforms.join(', ')}) wait; all other devices are done. ${advice} Then resume, or cancel.`
  return await pauseItself(pool, campaignId, 'platform_refused', detail)
}
