/**
 * Plans one campaign: reads its audience by keyset and writes batch rows, page by page.
 *
 * Guarantees: every device that belonged to the audience when its page was read is in exactly one batch, and later
 * changes do not affect that: a batch contains the ids of its devices, not a condition that is evaluated again.
 * Each page is one transaction that inserts batches and moves the cursor under the lock of the campaign's row, so any
 * number of planners may work on a campaign, crash, and continue, and no device is planned twice.
 * A campaign that is canceled during planning is still planned to its end, into canceled batches, so that the number of
 * devices that did not get the message is known.
 */
import type { Audience, CampaignState, Resent } from '../domain/campaign.ts'
import type { LocalTime } from '../domain/local-time.ts'
import { ensureDeliveriesPartition } from '../postgres/partitions.ts'
import { inTransaction, type Pool, type Queryable } from '../postgres/pool.ts'
import { audiencePage } from './audience-page.ts'
import { insertLocalBatches } from './local-batches.ts'
import { OTHER_DEVICE, type PageSql } from './page-sql.ts'
import { resendPage } from './resend-page.ts'
import { ZoneTable } from './zone-table.ts'

export interface PlanDeps {
  pool: Pool
  batchSize: number
  /** Batches in a page. 50 batches of 500 are 25,000 ids; PostgreSQL aggregates them, and none is loaded here. */
  pageBatches: number
  /** Called after each committed page. */
  onPage: (campaignId: string) => Promise<unknown>
}

/** States in which a campaign is planned. `scheduled`: in advance, so that even a large one starts on time. */
const PLANNABLE: readonly CampaignState[] = ['scheduled', 'sending', 'paused', 'canceled']

/**
 * Returns true when the campaign is completely planned; false when there is nothing to plan (it is deleted, is a draft
 * or is closed) or `signal` was aborted. Safe to call repeatedly.
 */
export async function planCampaign(
  deps: PlanDeps,
  campaignId: string,
  signal: AbortSignal,
): Promise<boolean> {
  await ensureDeliveriesPartition(deps.pool, campaignId)
  const zones = new Zones()
  while (!signal.aborted) {
    const page = await inTransaction(deps.pool, (tx) => planPage(tx, deps, campaignId, zones), BY_KEY)
    if (page === 'nothing_to_plan') return false
    await deps.onPage(campaignId)
    if (page === 'last') return true
  }
  return false
}

/**
 * Each page looks its devices up by key. With statistics that are missing, or of another audience, PostgreSQL may expect
 * to read the whole table anyway.
 */
const BY_KEY = ['seqscan', 'hashjoin', 'mergejoin'].map((way) => `SET LOCAL enable_${way} = off`).join('; ')

/** The table of one call, for as long as the campaign's local time stays the same. */
class Zones {
  #of = ''
  #table: ZoneTable | undefined

  /** Undefined: the campaign is for one instant. */
  tableOf({
    local_at: localAt,
    late,
    unknown_zone: unknownZone,
    default_zone: defaultZone,
    local_since: since,
  }: LocalRow) {
    if (localAt === null || since === null) return undefined
    const time = { localAt, late, unknownZone, defaultZone }
    const key = JSON.stringify([time, since])
    if (this.#table === undefined || this.#of !== key) this.#table = new ZoneTable(time, since)
    this.#of = key
    return this.#table
  }
}

interface LocalRow {
  local_at: string | null
  late: LocalTime['late']
  unknown_zone: LocalTime['unknownZone']
  default_zone: string
  local_since: Date | null
}

interface PlanRow extends LocalRow {
  project_id: number
  state: CampaignState
  audience: Audience
  resend_of: string | null
  resend_only: Resent | null
  resend_codes: number[] | null
  once_per_member: boolean
  plan_cursor: number
  frozen_through_id: number | null
  planned_batches: number
  is_planned: boolean
}

export interface PlannedPage {
  batches: number
  devices: number
  last_id: number | null
  reached: number | null
}

async function planPage(
  tx: Queryable,
  deps: PlanDeps,
  campaignId: string,
  zones: Zones,
): Promise<'more' | 'last' | 'nothing_to_plan'> {
  const { rows } = await tx.query<PlanRow>({
    name: 'plan-lock',
    text: `SELECT project_id, state, audience, resend_of, resend_only, resend_codes, once_per_member, plan_cursor, frozen_through_id,
             planned_batches, is_planned, local_at, late, unknown_zone, default_zone, local_since
           FROM campaigns WHERE id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE`,
    values: [campaignId],
  })
  const campaign = rows[0]
  if (campaign === undefined || campaign.is_planned || !PLANNABLE.includes(campaign.state))
    return 'nothing_to_plan'

  // The upper bound excludes devices that register while the audience is walked.
  const throughId = campaign.frozen_through_id ?? (await lastDeviceId(tx, campaign.resend_of))
  if (campaign.once_per_member && campaign.frozen_through_id === null) await forgetChosen(tx, campaignId)
  const pageSize = deps.batchSize * deps.pageBatches
  const source = pageOf(campaign)
  const values = [
    campaignId,
    campaign.plan_cursor,
    throughId,
    pageSize,
    deps.batchSize,
    campaign.planned_batches,
    campaign.state === 'canceled' ? 'canceled' : 'planned',
    campaign.state === 'canceled',
  ]
  const table = zones.tableOf(campaign)
  const page =
    table === undefined
      ? await insertBatches(tx, source, values, campaign.once_per_member)
      : await insertLocalBatches(tx, source, values, table, campaign.once_per_member)
  // A page ends when it is full or when enough was looked at, whichever comes first; otherwise nothing is left.
  const cursor = (page.devices === pageSize ? page.last_id : page.reached) ?? throughId
  const isLast = cursor >= throughId
  await tx.query({
    name: 'plan-advance',
    text: `UPDATE campaigns SET plan_cursor = $2, frozen_through_id = $3, planned_batches = planned_batches + $4,
             audience_size = audience_size + $5, is_planned = $6, frozen_at = coalesce(frozen_at, now()),
             planned_at = now(), updated_at = now()
           WHERE id = $1`,
    values: [campaignId, cursor, throughId, page.batches, page.devices, isLast],
  })
  if (isLast && campaign.once_per_member) await forgetChosen(tx, campaignId)
  if (isLast && table !== undefined && campaign.state === 'scheduled') await startAtFirst(tx, campaignId)
  return isLast ? 'last' : 'more'
}

/**
 * Until then its time is the earliest that it can be anywhere, which may be many hours before the first member has it: it would
 * be sending all the while, and could not be edited. Only later: what is late leaves at once.
 */
async function startAtFirst(tx: Queryable, campaignId: string): Promise<void> {
  await tx.query({
    name: 'plan-first-instant',
    text: `UPDATE campaigns SET scheduled_at = greatest(scheduled_at, (SELECT min(send_at) FROM batches WHERE campaign_id = $1))
           WHERE id = $1`,
    values: [campaignId],
  })
}

/** A resend has the same upper bound as its origin: the last devices may have been deleted since. */
async function lastDeviceId(tx: Queryable, resendOf: string | null): Promise<number> {
  const { rows } = await tx.query<{ id: number }>(
    `SELECT coalesce((SELECT frozen_through_id FROM campaigns WHERE id = $1), (SELECT max(id) FROM devices), 0) AS id`,
    [resendOf],
  )
  return rows[0]?.id ?? 0
}

/** Of a plan that has come to its end, or was made before and deleted. */
async function forgetChosen(tx: Queryable, campaignId: string): Promise<void> {
  await tx.query({
    name: 'plan-forget-chosen',
    text: 'DELETE FROM campaign_chosen WHERE campaign_id = $1',
    values: [campaignId],
  })
}

function pageOf(campaign: PlanRow): PageSql {
  const { project_id, audience, resend_of, resend_only, resend_codes, once_per_member } = campaign
  return resend_of !== null && resend_only !== null
    ? resendPage(resend_only, resend_of, resend_codes, once_per_member)
    : audiencePage(project_id, audience, once_per_member)
}

async function insertBatches(
  tx: Queryable,
  source: PageSql,
  values: readonly unknown[],
  isOncePerMember: boolean,
): Promise<PlannedPage> {
  const { rows } = await tx.query<PlannedPage>(
    isOncePerMember ? insertChosenSql(source.sql) : insertSql(source.sql),
    [...values, ...source.values],
  )
  return rows[0] ?? { batches: 0, devices: 0, last_id: null, reached: null }
}

/**
 * $1 campaign, $2 cursor, $3 upper bound, $4 devices in a page, $5 devices in a batch, $6 first sequence number,
 * $7 state, $8 whether the batches are canceled; the page's own values from $9 on.
 * Inserts the batches of one page. Returns one row: the numbers of batches and devices, the last id, and how far the page
 * has looked.
 */
function insertSql(page: string): string {
  return `/* plan-page */
WITH ${page}, numbered AS (
  SELECT id, member_id, (row_number() OVER (ORDER BY id) - 1) / $5::int AS part FROM page
), inserted AS (
  INSERT INTO batches (campaign_id, seq, through_id, device_ids, member_ids, size, state, canceled)
  SELECT $1::uuid, $6::int + part, max(id), array_agg(id ORDER BY id),
    CASE WHEN count(member_id) > 0 THEN array_agg(member_id ORDER BY id) END, count(*), $7::batch_state,
    CASE WHEN $8::boolean THEN count(*) ELSE 0 END
  FROM numbered GROUP BY part
  RETURNING size, through_id
)
SELECT count(*) AS batches, coalesce(sum(size), 0)::int AS devices, max(through_id) AS last_id,
  (SELECT reached FROM looked) AS reached
FROM inserted`
}

/**
 * The same for one message a member: the devices that are meant, and the others, which are recorded as such, are in batches of
 * their own. All of a page have its last device in `through_id`, because they lie across each other.
 */
function insertChosenSql(page: string): string {
  return `/* plan-page */
WITH ${page}, split AS (
  SELECT id, member_id, best_id IS DISTINCT FROM id AS is_other, max(id) OVER () AS last_id FROM best
), numbered AS (
  SELECT *, (row_number() OVER (PARTITION BY is_other ORDER BY id) - 1) / $5::int AS part FROM split
), grouped AS (
  SELECT is_other, part, max(last_id) AS last_id, array_agg(id ORDER BY id) AS device_ids,
    array_agg(member_id ORDER BY id) AS member_ids, count(*)::int AS size
  FROM numbered GROUP BY is_other, part
), inserted AS (
  INSERT INTO batches (campaign_id, seq, through_id, device_ids, member_ids, size, state, canceled, skip_code)
  SELECT $1::uuid, $6::int - 1 + row_number() OVER (ORDER BY is_other, part), last_id, device_ids, member_ids, size,
    $7::batch_state, CASE WHEN $8::boolean THEN size ELSE 0 END, ${OTHER_DEVICE}
  FROM grouped
  RETURNING size, through_id
)
SELECT count(*) AS batches, coalesce(sum(size), 0)::int AS devices, max(through_id) AS last_id,
  (SELECT reached FROM looked) AS reached
FROM inserted`
}
