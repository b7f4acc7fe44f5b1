/**
 * After the database has failed over to a server that lacks its last commits: the uses of members (dispatch/cap-store.ts) of messages
 * that were sent, which are written before a message leaves and not touched when it is answered. Without them the next campaign
 * would be one more than a frequency cap allows.
 */
import type { Pool } from '../postgres/pool.ts'

export interface SentTo {
  campaignId: string
  deviceIds: readonly number[]
  /** Milliseconds since each was answered. */
  agesMs: readonly number[]
}

/**
 * Adds what is missing; safe to repeat. It is the use of whoever has the device now: who had it then is not kept, and nobody keeps
 * what is longer ago than an hour (recent-results.ts). In the order of members, as every statement about their uses.
 */
export async function restoreUses(pool: Pool, { campaignId, deviceIds, agesMs }: SentTo): Promise<void> {
  await pool.query({
    name: 'uses-restore',
    text: `WITH lacking AS MATERIALIZED (
             SELECT d.member_id, r.device, now() - make_interval(secs => r.age / 1000) AS at
             FROM unnest($2::bigint[], $3::float8[]) AS r (device, age)
             CROSS JOIN LATERAL (SELECT member_id FROM devices WHERE id = r.device LIMIT 1) d
             LEFT JOIN LATERAL (SELECT campaign_ids, device_ids FROM member_uses WHERE member_id = d.member_id LIMIT 1) u ON true
             WHERE EXISTS (SELECT FROM campaigns WHERE id = $1 AND counts_toward_caps)
               AND NOT EXISTS (SELECT FROM unnest(u.campaign_ids, u.device_ids) AS e (campaign, device)
                               WHERE e.campaign = $1 AND e.device = r.device)
           )
           INSERT INTO member_uses AS u (member_id, campaign_ids, device_ids, used_at, in_doubt)
           SELECT member_id, array_agg($1::uuid), array_agg(device ORDER BY at), array_agg(at ORDER BY at), array_agg(false)
           FROM lacking GROUP BY member_id ORDER BY member_id
           ON CONFLICT (member_id) DO UPDATE SET
             campaign_ids = u.campaign_ids || excluded.campaign_ids, device_ids = u.device_ids || excluded.device_ids,
             used_at = u.used_at || excluded.used_at, in_doubt = u.in_doubt || excluded.in_doubt`,
    values: [campaignId, deviceIds, agesMs],
  })
}
