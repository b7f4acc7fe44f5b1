/** The state of a campaign, read from its rows, because any process may be dead. */
import { addCounts } from '../../src/postgres/delivery-counts.ts'
import type { Pool } from '../../src/postgres/pool.ts'

export interface Standing {
  state: string
  pauseReason: string | null
  pauseDetail: string | null
  isClosed: boolean
  isPlanned: boolean
  planned: number
  /** Devices with a result. */
  recorded: number
  /** Attempts begun, over all batches. */
  attempts: number
  /** Batches by state. */
  batches: Record<string, number>
  /** Until the first batch may be tried again, if all remaining batches wait for that; otherwise 0. */
  waitSeconds: number
}

export async function readStanding(pool: Pool, campaignId: string): Promise<Standing> {
  const { rows } = await pool.query<Standing>(
    `SELECT c.state, c.pause_reason AS "pauseReason", c.pause_detail AS "pauseDetail",
       c.closed_at IS NOT NULL AS "isClosed", c.is_planned AS "isPlanned", c.audience_size AS planned, b.*
     FROM campaigns c, (
       SELECT coalesce(sum(${addCounts('batches')}), 0)::int AS recorded,
         coalesce(sum(attempt), 0)::int AS attempts,
         coalesce((SELECT jsonb_object_agg(state, n) FROM (
           SELECT state, count(*)::int AS n FROM batches WHERE campaign_id = $1 GROUP BY state) s), '{}') AS batches,
         CASE WHEN count(*) FILTER (WHERE state IN ('queued', 'sending') OR (state = 'planned' AND attempt = 0)) = 0
           THEN coalesce(greatest(0, extract(epoch FROM
             min(not_before) FILTER (WHERE state = 'planned' AND not_before <> 'infinity') - now())), 0)
           ELSE 0 END::float8 AS "waitSeconds"
       FROM batches WHERE campaign_id = $1) b
     WHERE c.id = $1`,
    [campaignId],
  )
  if (rows[0] === undefined) throw new Error(`there is no campaign ${campaignId}`)
  return rows[0]
}

/** For the message about a stalled campaign. */
export function describeStanding({ state, isPlanned, planned, recorded, batches }: Standing): string {
  const counts = Object.entries(batches).map(([name, count]) => `${count} ${name}`)
  return `the campaign is ${state}, ${planned} devices are planned${isPlanned ? '' : ' so far'}, ${recorded} have a result; batches: ${counts.join(', ') || 'none'}`
}
