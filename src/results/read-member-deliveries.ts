/**
 * What one member was sent, newest campaign first. Deliveries are indexed by campaign and device, so this goes through
 * the campaigns: two index look-ups for each device in each campaign, until the page is full or enough campaigns were
 * looked at. A page may therefore be short, or empty, and have a next one.
 */
import type { AddressKind } from '../domain/address.ts'
import type { Platform } from '../domain/campaign.ts'
import {
  DELIVERY_CODES,
  type DeliveryCode,
  type DeliveryState,
  deliveryCodeOf,
  deliveryStateOf,
} from '../domain/delivery-result.ts'
import { AppError } from '../domain/errors.ts'
import type { Pool } from '../postgres/pool.ts'
import { type ResultIds, resultIds } from './capped-by.ts'
import { shownVersion } from './message-version.ts'

export interface MemberDelivery extends ResultIds {
  campaignId: string
  campaignName: string
  /** Not null: this is a resend of that campaign. */
  resendOf: string | null
  deviceId: string
  platform: Platform
  address: string
  kind: AddressKind
  state: DeliveryState
  code: DeliveryCode
  meaning: string
  messageVersion: number | null
  attempt: number
  sentAt: Date
}

export interface MemberPosition {
  campaignId: string
  deviceId: number
}

interface Row {
  campaign_id: string
  campaign_name: string
  resend_of: string | null
  device_id: number
  platform: Platform
  address: string
  kind: AddressKind
  state: number
  code: number
  attempt: number
  message_id: Buffer | null
  message_version: number | null
  sent_at: Date
}

export async function readMemberDeliveries(
  pool: Pool,
  externalId: string,
  limit: number,
  after?: MemberPosition,
): Promise<{ deliveries: MemberDelivery[]; next: MemberPosition | undefined }> {
  const from = after?.campaignId ?? LAST_UUID
  const { rows: members } = await pool.query<{ id: number; reached: string | null }>({
    name: 'read-member-campaigns',
    text: `SELECT id, (SELECT c.id FROM campaigns c WHERE c.id <= $2::uuid AND c.state <> 'draft'
                       ORDER BY c.id DESC OFFSET $3 LIMIT 1) AS reached
           FROM members WHERE external_id = $1`,
    values: [externalId, from, CAMPAIGNS_LOOKED_AT - 1],
  })
  const member = members[0]
  if (member === undefined) {
    throw new AppError(
      'member_not_found',
      `There is no member with the externalId ${JSON.stringify(externalId)}.`,
    )
  }
  const { rows } = await pool.query<Row>({
    name: 'read-member-deliveries',
    text: LIST,
    values: [member.id, from, after?.deviceId ?? 0, limit + 1, member.reached ?? FIRST_UUID],
  })
  const page = rows.slice(0, limit)
  const last = rows.length > limit ? page.at(-1) : undefined
  return {
    deliveries: page.map(viewOf),
    next: last
      ? { campaignId: last.campaign_id, deviceId: last.device_id }
      : member.reached === null
        ? undefined
        : { campaignId: member.reached, deviceId: Number.MAX_SAFE_INTEGER },
  }
}

const FIRST_UUID = '00000000-0000-0000-0000-000000000000'
const LAST_UUID = 'ffffffff-ffff-ffff-ffff-ffffffffffff'
/** For one page: about 30 µs each when the indexes are cached. */
const CAMPAIGNS_LOOKED_AT = 2_000

/**
 * $1 member, $2 and $3 where the previous page ended, $4 rows, $5 the last campaign to look at. LATERAL with LIMIT and
 * OFFSET: for a join, PostgreSQL reads all deliveries there are.
 */
const LIST = `
SELECT c.id AS campaign_id, c.name AS campaign_name, c.resend_of, x.device_id, d.platform, right(d.address, 8) AS address, d.kind,
  x.state, x.code, x.attempt, x.message_id, x.message_version, x.sent_at
FROM (SELECT id, name, resend_of FROM campaigns
      WHERE id <= $2::uuid AND id >= $5::uuid AND state <> 'draft' ORDER BY id DESC OFFSET 0) c
CROSS JOIN LATERAL (SELECT id, platform, address, kind FROM devices
  WHERE member_id = $1 AND (c.id < $2::uuid OR id > $3::bigint) OFFSET 0) d
CROSS JOIN LATERAL (SELECT * FROM deliveries WHERE campaign_id = c.id AND device_id = d.id LIMIT 1) x
ORDER BY c.id DESC, d.id LIMIT $4::int`

function viewOf(row: Row): MemberDelivery {
  const code = deliveryCodeOf(row.code)
  const state = deliveryStateOf(row.state)
  return {
    campaignId: row.campaign_id,
    campaignName: row.campaign_name,
    resendOf: row.resend_of,
    deviceId: String(row.device_id),
    platform: row.platform,
    address: row.address,
    kind: row.kind,
    state,
    code,
    meaning: DELIVERY_CODES[code].meaning,
    ...resultIds(code, row.message_id),
    messageVersion: shownVersion(state, row.message_version),
    attempt: row.attempt,
    sentAt: row.sent_at,
  }
}
