import type { Pool } from '../postgres/pool.ts'

/**
 * At most so many messages may still be sent after a stop: no more than there are devices without a result in batches that
 * dispatchers hold; and of batches that were held when all dispatchers have last told their figures (FIGURES_AGE_S), no more than
 * they have in the air and send in the second until they have noticed. The first alone would say a thousand where ten are
 * meant, of a campaign that is sent slowly; the second alone "none", of one that has just begun.
 */
export async function countInFlight(pool: Pool, campaignId: string): Promise<number> {
  const { rows } = await pool.query<{ inFlight: number }>({
    name: 'campaign-in-flight',
    text: `SELECT (h.fresh + least(h.known, p.leaving))::int AS "inFlight" FROM (
             SELECT ceil(sum((figures->>'messagesInFlight')::float8 + (figures->>'ratePerSecond')::float8)) AS leaving,
               min(seen_at) - interval '${FIGURES_AGE_S} s' AS told
             FROM processes WHERE role = 'dispatcher' AND stopped_at IS NULL AND seen_at > now() - interval '10 s') p,
           LATERAL (
             SELECT coalesce(sum(b.left) FILTER (WHERE b.first_claimed_at < p.told), 0) AS known,
               coalesce(sum(b.left) FILTER (WHERE b.first_claimed_at < p.told IS NOT TRUE), 0) AS fresh
             FROM (SELECT first_claimed_at, size - (SELECT count(*) FROM deliveries x
                     WHERE x.campaign_id = $1 AND x.device_id = ANY(device_ids)) AS left
                   FROM batches WHERE campaign_id = $1 AND state = 'sending') b) h`,
    values: [campaignId],
  })
  return rows[0]?.inFlight ?? 0
}

/** Figures are of the time since the heartbeat before: HEARTBEAT_MS of health/heartbeat.ts. */
const FIGURES_AGE_S = 2
