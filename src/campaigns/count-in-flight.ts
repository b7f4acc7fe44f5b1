import type { Pool } from '../postgres/pool.ts'

/**
 * At most so many messages may still be sent after a stop: no more than there are devices without a result in batches that
 * dispatchers hold, and no more than all dispatchers have in the air and send in the second until they have noticed. The
 * first alone would say a thousand where ten are meant, of a campaign that is sent slowly.
 */
export async function countInFlight(pool: Pool, campaignId: string): Promise<number> {
  const { rows } = await pool.query<{ inFlight: number }>({
    name: 'campaign-in-flight',
    text: `SELECT least(h.held, p.leaving)::int AS "inFlight" FROM (
             SELECT coalesce(sum(b.size - (SELECT count(*) FROM deliveries x
               WHERE x.campaign_id = $1 AND x.device_id = ANY(b.device_ids))), 0) AS held
             FROM batches b WHERE b.campaign_id = $1 AND b.state = 'sending') h, (
             SELECT ceil(sum((figures->>'messagesInFlight')::float8 + (figures->>'ratePerSecond')::float8)) AS leaving
             FROM processes WHERE role = 'dispatcher' AND stopped_at IS NULL AND seen_at > now() - interval '10 s') p`,
    values: [campaignId],
  })
  return rows[0]?.inFlight ?? 0
}
