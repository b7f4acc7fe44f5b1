/**
 * Rows in any state, by plain SQL and without the code under test. Columns are given by their names in the tables:
 * `createCampaign(pool, { state: 'sending', rate_per_minute: 600 })`.
 */
import { randomUUIDv7 } from 'node:crypto'
import pg from 'pg'
import type {
  Audience,
  CampaignState,
  Guarantee,
  PauseReason,
  Platform,
  Resent,
} from '../../src/domain/campaign.ts'
import type { LatePolicy, UnknownZonePolicy } from '../../src/domain/local-time.ts'
import type { CampaignMessage } from '../../src/domain/message.ts'
import type { CampaignKind, NightRule, SendWindow } from '../../src/domain/send-rules.ts'
import type { Queryable } from '../../src/postgres/pool.ts'

export interface DevicesOptions {
  /** Devices of each member; default 1. */
  perMember?: number
  platform?: Platform
  state?: 'active' | 'gone'
  lastSeenAt?: Date
  member?: {
    locale?: string
    timezone?: string
    attributes?: Record<string, unknown>
    opted_out_at?: Date
  }
}

/** Members "m1", "m2", … with tokens "token-m1-1", …; numbers go on where an earlier call ended. Ids ascend. */
export async function createDevices(
  db: Queryable,
  memberCount: number,
  { perMember = 1, platform = 'android', state = 'active', lastSeenAt, member = {} }: DevicesOptions = {},
): Promise<{ memberIds: number[]; deviceIds: number[] }> {
  const columns = { ...member, ...(member.attributes && { attributes: JSON.stringify(member.attributes) }) }
  const names = Object.keys(columns).map((name) => `, ${pg.escapeIdentifier(name)}`)
  const values = Object.keys(columns).map((_, i) => `, $${i + 2}`)
  const members = await db.query<{ id: number }>(
    `INSERT INTO members (external_id${names.join('')})
     SELECT 'm' || n${values.join('')}
       FROM (SELECT coalesce(max(id), 0) AS last FROM members) m, generate_series(m.last + 1, m.last + $1::int) n
     ORDER BY n RETURNING id`,
    [memberCount, ...Object.values(columns)],
  )
  const memberIds = members.rows.map(({ id }) => id).sort((a, b) => a - b)
  const devices = await db.query<{ id: number }>(
    `INSERT INTO devices (member_id, address, platform, state, last_seen_at)
     SELECT m.id, 'token-' || m.external_id || '-' || k, $3, $4, coalesce($5, now())
       FROM members m, generate_series(1, $2::int) k WHERE m.id = ANY($1::bigint[]) ORDER BY m.id, k RETURNING id`,
    [memberIds, perMember, platform, state, lastSeenAt],
  )
  return { memberIds, deviceIds: devices.rows.map(({ id }) => id).sort((a, b) => a - b) }
}

export interface CampaignColumns {
  id?: string
  project_id?: number
  name?: string
  message?: CampaignMessage
  audience?: Audience
  unfinished?: Record<string, unknown>
  state?: CampaignState
  pause_reason?: PauseReason | null
  pause_detail?: string | null
  paused_at?: Date | null
  cancel_at?: Date | null
  deleted_at?: Date | null
  guarantee?: Guarantee
  priority?: number
  rate_per_minute?: number | null
  scheduled_at?: Date | null
  latest_start_minutes?: number
  local_at?: string | null
  late?: LatePolicy
  unknown_zone?: UnknownZonePolicy
  default_zone?: string
  local_since?: Date
  kind?: CampaignKind
  night?: NightRule
  send_window?: SendWindow | null
  not_after?: Date | null
  ignores_caps?: boolean
  counts_toward_caps?: boolean
  once_per_member?: boolean
  begun_through?: Date | null
  audience_size?: number
  frozen_through_id?: number | null
  plan_cursor?: number
  planned_batches?: number
  planned_at?: Date | null
  is_planned?: boolean
  version?: number
  created_by?: string | null
  created_at?: Date
  updated_at?: Date
  started_at?: Date | null
  closed_at?: Date | null
  resend_of?: string
  resend_only?: Resent
  resend_codes?: number[] | null
  chain_id?: string
  halted_platforms?: Platform[]
  message_version?: number
  judges_addresses?: boolean
  tags?: string[]
  totals?: Record<string, number | string | null>
  archived_at?: Date | null
}

/** What the statement that closes a campaign leaves, by the names of the columns of `batches`. */
export function totalsOf(counts: {
  sent?: number
  failed?: number
  skipped?: number
  in_doubt?: number
  canceled?: number
}): Record<string, number | null> {
  const all = { sent: 0, failed: 0, skipped: 0, in_doubt: 0, canceled: 0, ...counts }
  const audience = Object.values(all).reduce((sum, count) => sum + count, 0)
  const rest = { batches: 1, batches_tried: 1, repeats: 0, first_sent_at: null, last_sent_at: null }
  return { ...all, ...rest, audience }
}

let lastId = ''
/** Lists are ordered by id, so that the campaign made last is the newest; two of one millisecond are in any order. */
function nextId(): string {
  let id: string
  do id = randomUUIDv7()
  while (id <= lastId)
  lastId = id
  return id
}

/** A draft to everybody unless told otherwise. Returns its id. */
export async function createCampaign(db: Queryable, columns: CampaignColumns = {}): Promise<string> {
  const row = {
    id: nextId(),
    name: 'a campaign',
    message: { title: 'Hello', body: 'World' } satisfies CampaignMessage,
    audience: { all: true } satisfies Audience,
    ...columns,
  }
  await insert(db, 'campaigns', row)
  return row.id
}

export interface BatchColumns {
  state?: 'planned' | 'queued' | 'sending' | 'done' | 'canceled'
  attempt?: number
  owner?: number | null
  spent?: number
  passed?: number[]
  launched?: number[]
  launched_version?: number
  member_ids?: number[]
  retry_at?: Date | null
  turn?: number
  queued_at?: Date | null
  not_before?: Date | null
  send_at?: Date | null
  zones?: string[]
  skip_code?: number | null
  first_claimed_at?: Date | null
  sent?: number
  failed?: number
  skipped?: number
  in_doubt?: number
  canceled?: number
  first_sent_at?: Date | null
  last_sent_at?: Date | null
  first_result_at?: Date | null
  last_result_at?: Date | null
  earlier_results?: string | null
  again_at?: Date | null
}

/**
 * What a planner would have left: batches of `size` over these devices, the campaign planned to its end. Returns
 * the sequence numbers; they go on where an earlier call ended.
 */
export async function createBatches(
  db: Queryable,
  campaignId: string,
  deviceIds: readonly number[],
  { size = 500, ...columns }: BatchColumns & { size?: number } = {},
): Promise<number[]> {
  const { rows } = await db.query<{ next: number }>(
    'SELECT coalesce(max(seq) + 1, 0)::int AS next FROM batches WHERE campaign_id = $1',
    [campaignId],
  )
  const ids = [...deviceIds].sort((a, b) => a - b)
  const seqs: number[] = []
  for (let start = 0; start < ids.length; start += size) {
    const part = ids.slice(start, start + size)
    const seq = (rows[0]?.next ?? 0) + seqs.length
    const fixed = {
      campaign_id: campaignId,
      seq,
      through_id: part.at(-1),
      device_ids: part,
      size: part.length,
    }
    await insert(db, 'batches', { ...fixed, ...columns })
    seqs.push(seq)
  }
  await db.query(
    `UPDATE campaigns SET is_planned = true, planned_at = now(), frozen_through_id = b.last, plan_cursor = b.last,
            planned_batches = b.batches, audience_size = b.devices
       FROM (SELECT max(through_id) AS last, count(*) AS batches, sum(size) AS devices
               FROM batches WHERE campaign_id = $1) b WHERE id = $1`,
    [campaignId],
  )
  return seqs
}

/** `undefined` means the column's default. Objects become JSON, arrays PostgreSQL arrays. */
async function insert(db: Queryable, table: string, row: object): Promise<void> {
  const given = Object.entries(row).filter(([, value]) => value !== undefined)
  await db.query(
    `INSERT INTO ${table} (${given.map(([name]) => pg.escapeIdentifier(name)).join(', ')})
     VALUES (${given.map((_, i) => `$${i + 1}`).join(', ')})`,
    given.map(([, value]) => value),
  )
}

/** A second project, "shop", with a copy of each device: the same members and tokens. Returns the ids of the copies. */
export async function createShop(db: Queryable): Promise<number[]> {
  await insert(db, 'projects', { id: 2, name: 'shop' })
  const { rows } = await db.query<{ id: number }>(
    `INSERT INTO devices (project_id, member_id, address, platform, state, last_seen_at)
     SELECT 2, member_id, address, platform, state, last_seen_at FROM devices ORDER BY id RETURNING id`,
  )
  return rows.map(({ id }) => id).sort((a, b) => a - b)
}
