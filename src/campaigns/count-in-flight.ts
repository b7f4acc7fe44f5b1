import type { Pool } from '../postgres/pool.ts'

/** Devices without a result in batches that dispatchers hold: at most so many messages may still be sent. */
export async function countInFlight(pool: Pool, campaignId: string): Promise<number> {
  const { rows } = await pool.query<{ inFlight: number }>({
    name: 'campaign-in-flight',
    text: `SELECT coalesce(sum(b.size - (SELECT count(*) FROM deliveries x
             WHERE x.campaign_id = $1 AND x.device_id = ANY(b.device_ids))), 0)::int AS "inFlight"
           FROM batches b WHERE b.campaign_id = $1 AND b.state = 'sending'`,
    values: [campaignId],
  })
  return rows[0]?.inFlight ?? 0
}
