/**
 * The campaigns that every maintenance tick works on: those that are neither drafts nor closed, nor deleted. A partial index keeps
 * this a handful of rows, however many campaigns exist.
 */
import type { CampaignState, Platform } from '../domain/campaign.ts'
import type { Pool } from '../postgres/pool.ts'

export interface OpenCampaign {
  id: string
  state: CampaignState
  isPlanned: boolean
  audienceSize: number
  plannedBatches: number
  /** Seconds since the last page of its plan was written, or since its row changed. */
  planIdleSeconds: number
  /** Scheduled, and close enough to its time to be planned ahead. */
  isDueSoon: boolean
  /** Queued or sending. */
  hasMovingBatches: boolean
  hasPlannedBatches: boolean
  haltedPlatforms: Platform[]
}

/**
 * Whether campaign c has such batches: one look at a partial index each, however many batches are done. `ORDER BY … LIMIT 1`
 * instead of EXISTS: PostgreSQL plans a sequential scan for an EXISTS that it expects to be true.
 */
export const HAS_MOVING_BATCHES = `(SELECT true FROM batches b
  WHERE b.campaign_id = c.id AND b.state IN ('queued', 'sending') ORDER BY b.seq LIMIT 1) IS NOT NULL`
export const HAS_PLANNED_BATCHES = `((SELECT true FROM batches b
  WHERE b.campaign_id = c.id AND b.state = 'planned' AND b.attempt > 0 ORDER BY b.not_before LIMIT 1) IS NOT NULL
  OR (SELECT true FROM batches b
  WHERE b.campaign_id = c.id AND b.state = 'planned' AND b.attempt = 0 ORDER BY b.seq LIMIT 1) IS NOT NULL)`

export async function findOpenCampaigns(pool: Pool, planAheadMs: number): Promise<OpenCampaign[]> {
  const { rows } = await pool.query<OpenCampaign>({
    name: 'maintenance-open',
    text: `SELECT c.id, c.state, c.is_planned AS "isPlanned", c.audience_size AS "audienceSize",
             c.planned_batches AS "plannedBatches", c.halted_platforms::text[] AS "haltedPlatforms",
             extract(epoch FROM now() - greatest(c.planned_at, c.updated_at))::float8 AS "planIdleSeconds",
             coalesce(c.scheduled_at <= now() + make_interval(secs => $1::float8 / 1000), false) AS "isDueSoon",
             ${HAS_MOVING_BATCHES} AS "hasMovingBatches", ${HAS_PLANNED_BATCHES} AS "hasPlannedBatches"
           FROM campaigns c WHERE c.closed_at IS NULL AND c.state <> 'draft' AND c.deleted_at IS NULL
           ORDER BY c.priority, c.created_at`,
    values: [planAheadMs],
  })
  return rows
}
