/**
 * What one member was sent, newest campaign first. Deliveries are indexed by campaign and device, so this goes through
 * the campaigns: two index look-ups for each device in each campaign, until the page is full.
 */
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
import { unpackMessageId } from './message-id.ts'

export interface MemberDelivery {
  campaignId: string
  campaignName: string
  /** Not null: this is a resend of that campaign. */
  resendOf: string | null
  deviceId: string
  platform: Platform
  token: string
  state: DeliveryState
  code: DeliveryCode
  meaning: string
  messageId: string | null
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
  token: string
  state: number
  code: number
  attempt: number
  message_id: Buffer | null
  sent_at: Date
}

export async function readMemberDeliveries(
  pool: Pool,
  externalId: string,
  limit: number,
  after?: MemberPosition,
): Promise<{ deliveries: MemberDelivery[]; next: MemberPosition | undefined }> {
  const { rows: members } = await pool.query<{ id: number }>(
    'SELECT id FROM members WHERE external_id = $1',
    [externalId],
  )
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
    values: [member.id, after?.campaignId ?? LAST_UUID, after?.deviceId ?? 0, limit + 1],
  })
  const page = rows.slice(0, limit)
  const last = rows.length > limit ? page.at(-1) : undefined
  return {
    deliveries: page.map(viewOf),
    next: last && { campaignId: last.campaign_id, deviceId: last.device_id },
  }
}

const LAST_UUID = 'ffffffff-ffff-ffff-ffff-ffffffffffff'

/** $1 member, $2 and $3 where the previous page ended, $4 rows. */
const LIST = `
SELECT c.id AS campaign_id, c.name AS campaign_name, c.resend_of, x.device_id, d.platform, right(d.token, 8) AS token,
  x.state, x.code, x.attempt, x.message_id, x.sent_at
FROM campaigns c
CROSS JOIN devices d
JOIN deliveries x ON x.campaign_id = c.id AND x.device_id = d.id
WHERE d.member_id = $1 AND c.state <> 'draft'
  AND (c.id < $2::uuid OR (c.id = $2::uuid AND d.id > $3::bigint))
ORDER BY c.id DESC, d.id LIMIT $4::int`

function viewOf(row: Row): MemberDelivery {
  const code = deliveryCodeOf(row.code)
  return {
    campaignId: row.campaign_id,
    campaignName: row.campaign_name,
    resendOf: row.resend_of,
    deviceId: String(row.device_id),
    platform: row.platform,
    token: row.token,
    state: deliveryStateOf(row.state),
    code,
    meaning: DELIVERY_CODES[code].meaning,
    messageId: row.message_id && unpackMessageId(row.message_id),
    attempt: row.attempt,
    sentAt: row.sent_at,
  }
}
