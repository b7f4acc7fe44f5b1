/**
 * Reads campaigns as they are shown: the row, its creator, its resends and its progress, in one statement for one
 * campaign, a page of them, or all watched ones. All figures of an answer come from one snapshot, so they agree.
 *
 * Of the audience, and of what is typed in a draft, each up to a megabyte, only a summary is read, unless one campaign is
 * asked for as a whole: a page of a hundred would be a hundred megabytes.
 */
import type { AudienceSummary } from '../domain/audience-summary.ts'
import type {
  Audience,
  CampaignState,
  CancelReason,
  Guarantee,
  PauseReason,
  Platform,
  Resent,
} from '../domain/campaign.ts'
import type { CapSwitches } from '../domain/caps.ts'
import type { GivenRules } from '../domain/check-send-rules.ts'
import { type DeliveryCode, deliveryCodeOf } from '../domain/delivery-result.ts'
import { AppError } from '../domain/errors.ts'
import type { LatePolicy, UnknownZonePolicy } from '../domain/local-time.ts'
import type { CampaignMessage } from '../domain/message.ts'
import type { Pool, Queryable } from '../postgres/pool.ts'
import { type Progress, type ProgressRow, progressOf, progressSums } from '../results/read-progress.ts'
import { type WaitsFor, waitsForSql } from './waits-for.ts'

export interface Campaign extends GivenRules, CapSwitches {
  /** When the figures below were read. It says nothing about the campaign and is no part of its ETag. */
  asOf: Date
  id: string
  /** Empty only in a draft. */
  name: string
  /** Null only in a draft, like `audienceSummary`. */
  message: CampaignMessage | null
  /** 1, until the message of the paused campaign is corrected. */
  messageVersion: number
  audienceSummary: AudienceSummary | null
  /** The same audience, the same hash. */
  audienceHash: string | null
  /** Something is typed in the console that is no valid message or audience yet: the campaign is neither tested nor sent. */
  isUnfinished: boolean
  tags: string[]
  state: CampaignState
  pauseReason: PauseReason | null
  pauseDetail: string | null
  pausedAt: Date | null
  /** Null unless it is canceled, and no person has canceled it. */
  cancelReason: CancelReason | null
  /** When a cancel that can still be undone becomes final. */
  cancelAt: Date | null
  archivedAt: Date | null
  guarantee: Guarantee
  priority: number
  ratePerMinute: number | null
  /** At local times: the earliest that it can be for anybody, and when it is planned, the first instant of its devices. */
  scheduledAt: Date | null
  /** "2026-12-24T20:00" on the wall of each member. Null, as the two after it: at one instant. */
  localAt: string | null
  late: LatePolicy | null
  unknownZone: UnknownZonePolicy | null
  /** At local times: the next instant at which it goes on. Null: none is left. */
  nextZoneAt: Date | null
  /** So long after its time it may still start; then it is canceled. */
  latestStartMinutes: number
  /** Of each member only the device that was seen last, as of its plan. */
  oncePerMember: boolean
  /** When its plan has begun. Who belongs to its audience is decided from then on. Null: it is not planned yet. */
  frozenAt: Date | null
  version: number
  /** A user or an API key. */
  createdBy: string | null
  /** Null: created without a caller, or the user or API key no longer exists. */
  createdByName: string | null
  /** Who changed its content last, and who sent or scheduled it. */
  changedBy: string | null
  changedByName: string | null
  sentBy: string | null
  sentByName: string | null
  createdAt: Date
  updatedAt: Date
  startedAt: Date | null
  closedAt: Date | null
  /** While it is closed: its results that are counted so far. */
  countedResults: number | null
  /** Since when the results of its devices are known to be deleted, because they were so old. Its counts remain. */
  resultsDeletedAt: Date | null
  /** Platforms that nothing is sent to because FCM refused their push credential. */
  haltedPlatforms: Platform[]
  /** What holds it back now. Null: nothing, or it is not being sent. */
  waitsFor: WaitsFor | null
  /** The schedule whose run it is. Null: none. */
  schedule: { id: string; name: string; runAt: string } | null
  /** The original campaign of a resend, and which of its devices are sent to again. */
  resendOf: string | null
  resendOnly: Resent | null
  /** Null: all reasons. */
  resendCodes: DeliveryCode[] | null
  /** The resends of this campaign. */
  resends: ResendView[]
  progress: Progress
}

/** One campaign with all that it has. */
export interface WholeCampaign extends Campaign {
  audience: Audience | null
  /** What is typed in the console so far. */
  unfinished: Record<string, unknown> | null
}

interface ResendView {
  id: string
  only: Resent
  /** Null: all reasons. */
  codes: DeliveryCode[] | null
  state: CampaignState
}

/** For WHERE of every statement that shows campaigns: one whose deletion can still be undone is not there any more. */
export const IS_SHOWN = 'deleted_at IS NULL'

/** SQL for the name of a user or an API key; null if it no longer exists. */
export function nameOf(id: string): string {
  return `coalesce((SELECT k.name FROM api_keys k WHERE k.id = ${id}), (SELECT u.name FROM users u WHERE u.id = ${id}))`
}

const NEXT_ZONE = `SELECT min(b.send_at) FROM batches b
  WHERE b.campaign_id = c.id AND b.state = 'planned' AND b.zones IS NOT NULL AND b.send_at > now()`

/**
 * What is shown of a campaign, and its SQL over the row `c`. The statement and the mapper are both built from this
 * list.
 */
const SHOWN = {
  asOf: 'statement_timestamp()',
  id: 'c.id',
  name: 'c.name',
  message: 'c.message',
  messageVersion: 'c.message_version',
  audienceSummary: 'c.audience_summary',
  audienceHash: 'c.audience_hash',
  isUnfinished: 'c.unfinished IS NOT NULL',
  tags: 'c.tags',
  state: 'c.state',
  pauseReason: 'c.pause_reason',
  pauseDetail: 'c.pause_detail',
  pausedAt: 'c.paused_at',
  cancelReason: 'c.cancel_reason',
  cancelAt: 'c.cancel_at',
  archivedAt: 'c.archived_at',
  guarantee: 'c.guarantee',
  priority: 'c.priority',
  ratePerMinute: 'c.rate_per_minute',
  scheduledAt: 'c.scheduled_at',
  localAt: 'c.local_at',
  late: 'c.late',
  unknownZone: 'c.unknown_zone',
  // After a failover those that wait have an attempt: an index each.
  nextZoneAt: `CASE WHEN c.local_at IS NOT NULL AND c.closed_at IS NULL THEN least(
      (${NEXT_ZONE} AND b.attempt = 0), (${NEXT_ZONE} AND b.attempt > 0 AND b.turn = 0)) END`,
  latestStartMinutes: 'c.latest_start_minutes',
  kind: 'c.kind',
  advertiser: 'c.advertiser',
  night: 'c.night',
  sendWindow: 'c.send_window',
  notAfter: 'c.not_after',
  defaultZone: 'c.default_zone',
  ignoresCaps: 'c.ignores_caps',
  countsTowardCaps: 'c.counts_toward_caps',
  oncePerMember: 'c.once_per_member',
  frozenAt: 'c.frozen_at',
  version: 'c.version',
  createdBy: 'c.created_by',
  createdByName: nameOf('c.created_by'),
  changedBy: 'c.changed_by',
  changedByName: nameOf('c.changed_by'),
  sentBy: 'c.sent_by',
  sentByName: nameOf('c.sent_by'),
  createdAt: 'c.created_at',
  updatedAt: 'c.updated_at',
  startedAt: 'c.started_at',
  closedAt: 'c.closed_at',
  countedResults: `CASE WHEN (c.closing->>'version')::int = c.version THEN coalesce((c.closing->>'rows')::int, 0) END`,
  resultsDeletedAt: 'c.results_deleted_at',
  haltedPlatforms: 'c.halted_platforms::text[]',
  waitsFor: waitsForSql('c'),
  schedule: `(SELECT jsonb_build_object('id', s.id, 'name', s.name, 'runAt', c.schedule_run_at) FROM schedules s WHERE s.id = c.schedule_id)`,
  resendOf: 'c.resend_of',
  resendOnly: 'c.resend_only',
  resendCodes: 'c.resend_codes',
  resends: `(SELECT coalesce(jsonb_agg(jsonb_build_object('id', r.id, 'only', r.resend_only, 'codes', r.resend_codes,
      'state', r.state) ORDER BY r.id), '[]') FROM campaigns r WHERE r.resend_of = c.id)`,
} as const satisfies Record<keyof Shown, string>

type Shown = Omit<Campaign, 'progress'>
type Row = Omit<Shown, 'resendCodes' | 'resends'> & {
  resendCodes: number[] | null
  resends: (Omit<ResendView, 'codes'> & { codes: number[] | null })[]
} & ProgressRow

const FIELDS = Object.keys(SHOWN) as (keyof Shown)[]
const COLUMNS = FIELDS.map((field) => `${SHOWN[field]} AS "${field}"`).join(', ')

/**
 * `campaigns` is a statement that selects whole rows of the table, `columns` what is read of them, `order` their order. Of
 * closed campaigns no batch is read.
 */
const select = (campaigns: string, columns = COLUMNS, order = 'c.id DESC') => `
SELECT ${columns}, c.audience_size, c.is_planned, c.totals, p.*
FROM (${campaigns}) c CROSS JOIN LATERAL (${progressSums('c')}) p
ORDER BY ${order}`

function campaignOf(row: Row): Campaign {
  const shown = Object.fromEntries(FIELDS.map((field) => [field, row[field]])) as unknown as Shown
  const resendCodes = namesOf(row.resendCodes)
  const resends = row.resends.map(({ codes, ...resend }) => ({ ...resend, codes: namesOf(codes) }))
  const progress = progressOf(row)
  // By its rate it would be finished long before the next zone has its time.
  if (shown.nextZoneAt !== null) progress.etaSeconds = null
  return { ...shown, resendCodes, resends, progress }
}

function namesOf(codes: number[] | null): DeliveryCode[] | null {
  return codes?.map(deliveryCodeOf) ?? null
}

/** One campaign with its audience and what is typed in it. Throws `campaign_not_found`. */
export async function readWholeCampaign(pool: Pool, id: string): Promise<WholeCampaign> {
  const { rows } = await pool.query<Row & Pick<WholeCampaign, 'audience' | 'unfinished'>>({
    name: 'read-whole-campaign',
    text: select(
      `SELECT * FROM campaigns WHERE id = $1 AND ${IS_SHOWN}`,
      `${COLUMNS}, c.audience, c.unfinished`,
    ),
    values: [id],
  })
  const row = rows[0]
  if (row === undefined) throw campaignNotFound(id)
  return { ...campaignOf(row), audience: row.audience, unfinished: row.unfinished }
}

/** Throws `campaign_not_found`. */
export async function readCampaign(pool: Pool, id: string): Promise<Campaign> {
  const campaign = (await readCampaigns(pool, [id])).get(id)
  if (campaign === undefined) throw campaignNotFound(id)
  return campaign
}

/** By id. A campaign that does not exist, or is deleted, is not in the map. */
export async function readCampaigns(db: Queryable, ids: readonly string[]): Promise<Map<string, Campaign>> {
  const { rows } = await db.query<Row>({
    name: 'read-campaigns',
    text: select(`SELECT * FROM campaigns WHERE id = ANY($1::uuid[]) AND ${IS_SHOWN}`),
    values: [ids],
  })
  return new Map(rows.map((row) => [row.id, campaignOf(row)]))
}

/** A row of a list: a campaign, and the value that it is sorted by as text, for the cursor. */
export interface ListedCampaign {
  campaign: Campaign
  sortKey: string | null
}

/** `campaigns` selects whole rows and `sort_key`; `order` is the order of both statements. */
export async function selectListed(
  db: Queryable,
  campaigns: string,
  order: string,
  values: unknown[],
): Promise<ListedCampaign[]> {
  const text = select(campaigns, `${COLUMNS}, c.sort_key AS "sortKey"`, order)
  const { rows } = await db.query<Row & { sortKey: string | null }>(`/* list-campaigns */ ${text}`, values)
  return rows.map((row) => ({ campaign: campaignOf(row), sortKey: row.sortKey }))
}

/** Throws `campaign_not_found` if there is no such campaign. */
export async function expectCampaign(pool: Pool, id: string): Promise<void> {
  const { rowCount } = await pool.query(`SELECT FROM campaigns WHERE id = $1 AND ${IS_SHOWN}`, [id])
  if (rowCount === 0) throw campaignNotFound(id)
}

export function campaignNotFound(id: string): AppError {
  return new AppError(
    'campaign_not_found',
    `There is no campaign ${id}. GET /v1/campaigns lists the existing ones.`,
  )
}
