/**
 * Reads campaigns as they are shown: the row, its creator, its resends and its progress, in one statement for one
 * campaign, a page of them, or all watched ones. All figures of an answer come from one snapshot, so they agree.
 */
import type { Audience, CampaignState, Guarantee, PauseReason, Platform, Resent } from '../domain/campaign.ts'
import { AppError } from '../domain/errors.ts'
import type { CampaignMessage } from '../domain/message.ts'
import type { Pool } from '../postgres/pool.ts'
import { type Progress, type ProgressRow, progressOf, progressSums } from '../results/read-progress.ts'

export interface Campaign {
  id: string
  name: string
  message: CampaignMessage
  /** 1, until the message of the paused campaign is corrected. */
  messageVersion: number
  audience: Audience
  state: CampaignState
  pauseReason: PauseReason | null
  pauseDetail: string | null
  guarantee: Guarantee
  priority: number
  ratePerMinute: number | null
  scheduledAt: Date | null
  version: number
  /** A user or an API key. */
  createdBy: string | null
  /** Null: created without a caller, or the user or API key no longer exists. */
  createdByName: string | null
  createdAt: Date
  updatedAt: Date
  startedAt: Date | null
  closedAt: Date | null
  /** While it is closed: its results that are counted so far. */
  countedResults: number | null
  /** Platforms that nothing is sent to because FCM refused their push credential. */
  haltedPlatforms: Platform[]
  /** The original campaign of a resend, and which of its devices are sent to again. */
  resendOf: string | null
  resendOnly: Resent | null
  /** The resends of this campaign. */
  resends: { id: string; only: Resent; state: CampaignState }[]
  progress: Progress
}

export interface CampaignFilter {
  state?: CampaignState | undefined
  /** A part of the name, in upper or lower case. */
  search?: string | undefined
  /** The last id of the previous page. */
  before?: string | undefined
}

/**
 * What is shown of a campaign, and its SQL over the row `c`. The statement and the mapper are both built from this
 * list.
 */
const SHOWN = {
  id: 'c.id',
  name: 'c.name',
  message: 'c.message',
  messageVersion: 'c.message_version',
  audience: 'c.audience',
  state: 'c.state',
  pauseReason: 'c.pause_reason',
  pauseDetail: 'c.pause_detail',
  guarantee: 'c.guarantee',
  priority: 'c.priority',
  ratePerMinute: 'c.rate_per_minute',
  scheduledAt: 'c.scheduled_at',
  version: 'c.version',
  createdBy: 'c.created_by',
  createdByName: `coalesce((SELECT k.name FROM api_keys k WHERE k.id = c.created_by),
    (SELECT u.name FROM users u WHERE u.id = c.created_by))`,
  createdAt: 'c.created_at',
  updatedAt: 'c.updated_at',
  startedAt: 'c.started_at',
  closedAt: 'c.closed_at',
  countedResults: `CASE WHEN (c.closing->>'version')::int = c.version THEN coalesce((c.closing->>'rows')::int, 0) END`,
  haltedPlatforms: 'c.halted_platforms::text[]',
  resendOf: 'c.resend_of',
  resendOnly: 'c.resend_only',
  resends: `(SELECT coalesce(jsonb_agg(jsonb_build_object('id', r.id, 'only', r.resend_only, 'state', r.state)
      ORDER BY r.id), '[]') FROM campaigns r WHERE r.resend_of = c.id)`,
} as const satisfies Record<keyof Shown, string>

type Shown = Omit<Campaign, 'progress'>
type Row = Shown & ProgressRow

const FIELDS = Object.keys(SHOWN) as (keyof Shown)[]
const COLUMNS = FIELDS.map((field) => `${SHOWN[field]} AS "${field}"`).join(', ')

/** `campaigns` is a statement that selects whole rows of the table. */
const select = (campaigns: string) => `
SELECT ${COLUMNS}, c.audience_size, c.is_planned, p.*
FROM (${campaigns}) c CROSS JOIN LATERAL (${progressSums('c.id')}) p
ORDER BY c.id DESC`

function campaignOf(row: Row): Campaign {
  const shown = Object.fromEntries(FIELDS.map((field) => [field, row[field]])) as unknown as Shown
  return { ...shown, progress: progressOf(row) }
}

export async function readCampaign(pool: Pool, id: string): Promise<Campaign> {
  const campaign = (await readCampaigns(pool, [id])).get(id)
  if (campaign === undefined) throw campaignNotFound(id)
  return campaign
}

/** By id. A campaign that does not exist is not in the map. */
export async function readCampaigns(pool: Pool, ids: readonly string[]): Promise<Map<string, Campaign>> {
  const { rows } = await pool.query<Row>({
    name: 'read-campaigns',
    text: select('SELECT * FROM campaigns WHERE id = ANY($1::uuid[])'),
    values: [ids],
  })
  return new Map(rows.map((row) => [row.id, campaignOf(row)]))
}

/** Newest first. */
export async function listCampaigns(
  pool: Pool,
  limit: number,
  { state, search, before }: CampaignFilter,
): Promise<Campaign[]> {
  const { rows } = await pool.query<Row>(
    select(`SELECT * FROM campaigns
       WHERE ($2::campaign_state IS NULL OR state = $2) AND ($3::uuid IS NULL OR id < $3)
         AND ($4::text IS NULL OR strpos(lower(name), lower($4)) > 0)
       ORDER BY id DESC LIMIT $1`),
    [limit, state ?? null, before ?? null, search ?? null],
  )
  return rows.map(campaignOf)
}

/** Throws `campaign_not_found` if there is no such campaign. */
export async function expectCampaign(pool: Pool, id: string): Promise<void> {
  const { rowCount } = await pool.query('SELECT FROM campaigns WHERE id = $1', [id])
  if (rowCount === 0) throw campaignNotFound(id)
}

export function campaignNotFound(id: string): AppError {
  return new AppError(
    'campaign_not_found',
    `There is no campaign ${id}. GET /v1/campaigns lists the existing ones.`,
  )
}
