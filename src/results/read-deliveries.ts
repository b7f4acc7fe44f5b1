/**
 * Lists the result of each device of a campaign, page by page. Memory is flat, and the last page costs as much as the
 * first, because every page starts at an index entry.
 *
 *   all, or sent           by device, from the primary key
 *   not sent               by code and device, from the partial index
 *   canceled               no rows: devices of canceled batches without a delivery, batch by batch
 *
 * Without a filter canceled devices come last, so the list has one line for each device of the audience.
 * Results of one member or address are found by device: read-named-deliveries.ts.
 */
import type { AddressKind } from '../domain/address.ts'
import type { Platform } from '../domain/campaign.ts'
import {
  CANCELED_MEANING,
  DELIVERY_CODES,
  DELIVERY_STATES,
  type DeliveryCode,
  deliveryCodeOf,
  deliveryStateOf,
  type ListedState,
  NOT_SENT_STATES,
  type NotSentState,
} from '../domain/delivery-result.ts'
import type { Pool } from '../postgres/pool.ts'
import { type ResultIds, resultIds } from './capped-by.ts'
import { shownVersion } from './message-version.ts'

export interface ResultFilter {
  state?: ListedState | undefined
  /** Only together with a state that is not sent: the partial index contains the code. */
  code?: DeliveryCode | undefined
}

/** Where a page ended. `seq` only among canceled devices, `code` only if the order has one. */
export interface Position {
  deviceId: number
  code?: number
  seq?: number
}

export interface DeliveryView extends ResultIds {
  deviceId: string
  /** Null if the device was deleted since. The same for `platform` and `address`. */
  externalId: string | null
  platform: Platform | null
  /** The last 8 characters: enough to tell devices apart, not enough to send to one. */
  address: string | null
  kind: AddressKind | null
  state: ListedState
  code: DeliveryCode | null
  meaning: string
  /** Of the campaign's message. Null: it was not sent to, or it is not known. */
  messageVersion: number | null
  attempt: number | null
  sentAt: Date | null
}

export interface DeliveryPage {
  deliveries: DeliveryView[]
  /** Undefined on the last page. */
  next: Position | undefined
}

export interface DeliveryRow {
  device_id: number
  seq: number | null
  state: number | null
  code: number | null
  attempt: number | null
  message_id: Buffer | null
  message_version: number | null
  sent_at: Date | null
  external_id: string | null
  platform: Platform | null
  address: string | null
  kind: AddressKind | null
}

export async function readDeliveries(
  pool: Pool,
  campaignId: string,
  filter: ResultFilter,
  limit: number,
  after?: Position,
): Promise<DeliveryPage> {
  // One more row than asked for shows whether there is a next page.
  const wanted = limit + 1
  const rows: DeliveryRow[] = []
  const isInCanceled = after?.seq !== undefined
  if (filter.state !== 'canceled' && !isInCanceled) {
    rows.push(...(await readRecorded(pool, campaignId, filter, wanted, after)))
  }
  if (rows.length < wanted && (filter.state === undefined || filter.state === 'canceled')) {
    const from = isInCanceled ? after : undefined
    rows.push(...(await readCanceled(pool, campaignId, wanted - rows.length, from)))
  }
  const page = rows.slice(0, limit)
  return {
    deliveries: page.map(viewOf),
    next: rows.length > limit ? positionOf(filter, page.at(-1)) : undefined,
  }
}

function positionOf({ state }: ResultFilter, row: DeliveryRow | undefined): Position | undefined {
  if (row === undefined) return undefined
  if (row.seq !== null) return { deviceId: row.device_id, seq: row.seq }
  return isNotSent(state) && row.code !== null
    ? { deviceId: row.device_id, code: row.code }
    : { deviceId: row.device_id }
}

/** True for the states in the partial index, whose list is ordered by code. */
export function isNotSent(state: ListedState | undefined): state is NotSentState {
  return (NOT_SENT_STATES as readonly unknown[]).includes(state)
}

async function readRecorded(
  pool: Pool,
  campaignId: string,
  { state, code }: ResultFilter,
  limit: number,
  after: Position | undefined,
): Promise<DeliveryRow[]> {
  const values: unknown[] = [campaignId]
  const parameter = (value: unknown) => `$${values.push(value)}`
  const conditions = ['campaign_id = $1']
  let order = 'device_id'
  if (!isNotSent(state)) {
    if (state === 'sent') conditions.push(`state = ${DELIVERY_STATES.sent.number}`)
    if (after) conditions.push(`device_id > ${parameter(after.deviceId)}`)
  } else {
    order = 'code, device_id'
    // The number is part of the text: with a parameter the planner would not use the partial index.
    conditions.push(`state = ${DELIVERY_STATES[state].number}`)
    if (code !== undefined) conditions.push(`code = ${parameter(DELIVERY_CODES[code].number)}`)
    if (after) {
      conditions.push(`(code, device_id) > (${parameter(after.code ?? 0)}, ${parameter(after.deviceId)})`)
    }
  }
  const { rows } = await pool.query<DeliveryRow>(
    `SELECT p.*, NULL::int AS seq, m.external_id, d.platform, right(d.address, 8) AS address, d.kind
     FROM (SELECT device_id, state, code, attempt, message_id, message_version, sent_at FROM deliveries
           WHERE ${conditions.join(' AND ')} ORDER BY ${order} LIMIT ${parameter(limit)}) p
     LEFT JOIN devices d ON d.id = p.device_id LEFT JOIN members m ON m.id = d.member_id
     ORDER BY ${order}`,
    values,
  )
  return rows
}

/** Every batch read has a canceled device, except perhaps the one where the last page ended: `limit` + 1 are enough. */
async function readCanceled(
  pool: Pool,
  campaignId: string,
  limit: number,
  after: Position | undefined,
): Promise<DeliveryRow[]> {
  const { rows } = await pool.query<DeliveryRow>({
    name: 'read-canceled',
    text: CANCELED,
    values: [campaignId, after?.seq ?? 0, after?.deviceId ?? 0, limit],
  })
  return rows
}

const CANCELED = `
SELECT p.*, NULL::int AS state, NULL::int AS code, NULL::int AS attempt, NULL::bytea AS message_id,
  NULL::int AS message_version, NULL AS sent_at,
  m.external_id, d.platform, right(d.address, 8) AS address, d.kind
FROM (
  SELECT b.seq, c.device_id
  FROM (SELECT seq, device_ids FROM batches
        WHERE campaign_id = $1 AND state = 'canceled' AND canceled > 0 AND seq >= $2::int
        ORDER BY seq LIMIT $4::int + 1) b
  CROSS JOIN LATERAL (
    SELECT i.id AS device_id FROM unnest(b.device_ids) AS i (id)
    WHERE (b.seq > $2::int OR i.id > $3::bigint)
      AND NOT EXISTS (SELECT FROM deliveries x WHERE x.campaign_id = $1 AND x.device_id = i.id)
    ORDER BY i.id
  ) c
  ORDER BY b.seq, c.device_id LIMIT $4::int
) p
LEFT JOIN devices d ON d.id = p.device_id LEFT JOIN members m ON m.id = d.member_id
ORDER BY p.seq, p.device_id`

export function viewOf(row: DeliveryRow): DeliveryView {
  const code = row.code === null ? null : deliveryCodeOf(row.code)
  const state = row.state === null ? 'canceled' : deliveryStateOf(row.state)
  return {
    deviceId: String(row.device_id),
    externalId: row.external_id,
    platform: row.platform,
    address: row.address,
    kind: row.kind,
    state,
    code,
    meaning: code === null ? CANCELED_MEANING : DELIVERY_CODES[code].meaning,
    ...resultIds(code, row.message_id),
    messageVersion: shownVersion(state, row.message_version),
    attempt: row.attempt,
    sentAt: row.sent_at,
  }
}
