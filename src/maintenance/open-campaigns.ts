/**
 * The campaigns that are not closed: what every maintenance tick looks at. A handful of rows by a partial index,
 * however many campaigns there have ever been.
 */
import type { CampaignState, Platform } from '../domain/campaign.ts'
import type { Pool } from '../postgres/pool.ts'

export interface OpenCampaign {
  id: string
  state: CampaignState
  isPlanned: boolean
  audienceSize: number
  plannedBatches: number
  /** Seconds since the last page of its plan, or since it changed, for one that should be planned and is not. */
  planIdleSeconds: number
  /** Within the time in which a scheduled campaign is planned ahead. */
  isDueSoon: boolean
  /** Canceled, and found not to reconcile within the last ten minutes: counting it again at once would find the same. */
  hasMismatch: boolean
  /** Queued or in hand. */
  hasMovingBatches: boolean
  hasPlannedBatches: boolean
  haltedPlatforms: Platform[]
}

/** `ORDER BY … LIMIT 1` and not EXISTS: the planner reads the whole table for an EXISTS it takes for likely. */
export async function findOpenCampaigns(pool: Pool, planAheadMs: number): Promise<OpenCampaign[]> {
  const { rows } = await pool.query<OpenCampaign>({
    name: 'maintenance-open',
    text: `SELECT c.id, c.state, c.is_planned AS "isPlanned", c.audience_size AS "audienceSize",
             c.planned_batches AS "plannedBatches", c.halted_platforms::text[] AS "haltedPlatforms",
             extract(epoch FROM now() - greatest(c.planned_at, c.updated_at))::float8 AS "planIdleSeconds",
             coalesce(c.scheduled_at <= now() + make_interval(secs => $1::float8 / 1000), false) AS "isDueSoon",
             c.pause_reason IS NOT NULL AND c.updated_at > now() - interval '10 min' AS "hasMismatch",
             (SELECT true FROM batches b WHERE b.campaign_id = c.id AND b.state IN ('queued', 'sending')
              ORDER BY b.seq LIMIT 1) IS NOT NULL AS "hasMovingBatches",
             (SELECT true FROM batches b WHERE b.campaign_id = c.id AND b.state = 'planned' AND b.attempt > 0
              ORDER BY b.not_before LIMIT 1) IS NOT NULL
             OR (SELECT true FROM batches b WHERE b.campaign_id = c.id AND b.state = 'planned' AND b.attempt = 0
                 ORDER BY b.seq LIMIT 1) IS NOT NULL AS "hasPlannedBatches"
           FROM campaigns c WHERE c.closed_at IS NULL AND c.state <> 'draft'
           ORDER BY c.priority, c.created_at`,
    values: [planAheadMs],
  })
  return rows
}
