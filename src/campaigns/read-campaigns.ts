/**
 * Campaigns as they are shown: the row, who made it, its resends and its progress, in one statement for one campaign,
 * for a page of them, or for all that somebody watches. An answer is of one moment, so its figures agree.
 */
import type { CampaignState } from '../domain/campaign.ts'
import type { Pool } from '../postgres/pool.ts'
import { type Progress, type ProgressRow, progressOf, progressSums } from '../results/read-progress.ts'
import { type Campaign, noCampaign } from './campaign-store.ts'

export interface CampaignView extends Omit<Campaign, 'projectId'> {
  /** Null: made by nobody in particular, or by somebody who is not known any more. */
  createdByName: string | null
  progress: Progress
}

export interface CampaignFilter {
  state?: CampaignState | undefined
  /** A part of the name, in small or capital letters. */
  search?: string | undefined
  /** The id the last page ended with. */
  before?: string | undefined
}

type Row = Omit<CampaignView, 'progress'> & ProgressRow

export async function readCampaign(pool: Pool, id: string): Promise<CampaignView> {
  const campaign = (await readCampaigns(pool, [id])).get(id)
  if (campaign === undefined) throw noCampaign(id)
  return campaign
}

/** By id; a campaign that does not exist is not in the map. */
export async function readCampaigns(pool: Pool, ids: readonly string[]): Promise<Map<string, CampaignView>> {
  const { rows } = await pool.query<Row>({
    name: 'read-campaigns',
    text: view('SELECT * FROM campaigns WHERE id = ANY($1::uuid[])'),
    values: [ids],
  })
  return new Map(rows.map((row) => [row.id, viewOf(row)]))
}

/** Newest first. */
export async function listCampaigns(
  pool: Pool,
  limit: number,
  { state, search, before }: CampaignFilter,
): Promise<CampaignView[]> {
  const { rows } = await pool.query<Row>(
    view(`SELECT * FROM campaigns
       WHERE ($2::campaign_state IS NULL OR state = $2) AND ($3::uuid IS NULL OR id < $3)
         AND ($4::text IS NULL OR strpos(lower(name), lower($4)) > 0)
       ORDER BY id DESC LIMIT $1`),
    [limit, state ?? null, before ?? null, search ?? null],
  )
  return rows.map(viewOf)
}

function viewOf(row: Row): CampaignView {
  const { audience_size, is_planned, sent, failed, skipped, in_doubt, canceled, ...rest } = row
  const {
    batches,
    batches_tried,
    repeats,
    first_sent_at,
    last_sent_at,
    recent,
    recent_seconds,
    ...campaign
  } = rest
  return { ...campaign, progress: progressOf(row) }
}

/** `campaigns` is a statement that selects whole rows. */
const view = (campaigns: string) => `
SELECT c.id, c.name, c.message, c.audience, c.state::text AS state, c.pause_reason AS "pauseReason",
  c.pause_detail AS "pauseDetail", c.guarantee::text AS guarantee, c.priority, c.rate_per_minute AS "ratePerMinute",
  c.scheduled_at AS "scheduledAt", c.version, c.created_by AS "createdBy",
  coalesce((SELECT k.name FROM api_keys k WHERE k.id = c.created_by),
    (SELECT u.name FROM users u WHERE u.id = c.created_by)) AS "createdByName",
  c.created_at AS "createdAt", c.updated_at AS "updatedAt", c.started_at AS "startedAt", c.closed_at AS "closedAt",
  c.halted_platforms::text[] AS "haltedPlatforms", c.resend_of AS "resendOf", c.resend_only::text AS "resendOnly",
  (SELECT coalesce(jsonb_agg(jsonb_build_object('id', r.id, 'only', r.resend_only, 'state', r.state) ORDER BY r.id), '[]')
   FROM campaigns r WHERE r.resend_of = c.id) AS resends,
  c.audience_size, c.is_planned, p.*
FROM (${campaigns}) c CROSS JOIN LATERAL (${progressSums('c.id')}) p
ORDER BY c.id DESC`
