/**
 * The results of the devices of one member, or of the device with an address, in a campaign. Read by device: a page costs
 * one look-up by key per device, whatever the size of the campaign. Devices outside the audience are not listed.
 *
 * Canceled devices have no row. Batches are ordered by device, so the batch of a device is the first that ends at or
 * after it, or one of those that end there: at local times, those of a page share their end. The ends of all batches are read at once (a few milliseconds for 20,000) and searched by bisection, and only
 * the devices of the batches found are read.
 */

import { DELIVERY_CODES, DELIVERY_STATES } from '../domain/delivery-result.ts'
import type { Pool } from '../postgres/pool.ts'
import { type DeliveryPage, type DeliveryRow, type ResultFilter, viewOf } from './read-deliveries.ts'

/** At least one of the two. If both are given, the device must belong to that member. */
export interface Named {
  /** An externalId. */
  member?: string | undefined
  address?: string | undefined
}

export async function readNamedDeliveries(
  pool: Pool,
  campaignId: string,
  { state, code, member, address }: ResultFilter & Named,
  limit: number,
  after: number,
): Promise<DeliveryPage> {
  const ids = await findDevices(pool, campaignId, { member, address }, limit + 1, after)
  const page = ids.slice(0, limit)
  const { rows } = await pool.query<DeliveryRow>({
    name: 'read-named-deliveries',
    text: LIST,
    values: [
      campaignId,
      page,
      state === undefined || state === 'canceled' ? null : DELIVERY_STATES[state].number,
      code === undefined ? null : DELIVERY_CODES[code].number,
      state !== 'canceled',
      state === undefined || state === 'canceled',
    ],
  })
  const last = ids.length > limit ? page.at(-1) : undefined
  return { deliveries: rows.map(viewOf), next: last === undefined ? undefined : { deviceId: last } }
}

/** Devices of the campaign's project: the address may be that of another device in another project. */
async function findDevices(
  pool: Pool,
  campaignId: string,
  { member, address }: Named,
  limit: number,
  after: number,
): Promise<number[]> {
  const values: unknown[] = [after, limit, campaignId]
  const conditions = ['id > $1', 'project_id = (SELECT project_id FROM campaigns WHERE id = $3)']
  if (address !== undefined) conditions.push(`address = $${values.push(address)}`)
  if (member !== undefined) {
    conditions.push(`member_id = (SELECT id FROM members WHERE external_id = $${values.push(member)})`)
  }
  const { rows } = await pool.query<{ id: number }>(
    `SELECT id FROM devices WHERE ${conditions.join(' AND ')} ORDER BY id LIMIT $2`,
    values,
  )
  return rows.map(({ id }) => id)
}

/** $1 campaign, $2 devices, $3 state and $4 code or null for all, $5 whether to list deliveries, $6 canceled devices. */
const LIST = `
WITH recorded AS MATERIALIZED (
  SELECT device_id, state, code, attempt, message_id, message_version, sent_at FROM deliveries
  WHERE campaign_id = $1 AND device_id = ANY($2::bigint[])
), ends AS MATERIALIZED (
  SELECT array_agg(through_id ORDER BY seq) AS through, array_agg(seq ORDER BY seq) AS seqs
  FROM batches WHERE campaign_id = $1
    AND $6::boolean AND EXISTS (SELECT FROM campaigns WHERE id = $1 AND state = 'canceled')
), canceled AS (
  SELECT i.id, b.seq FROM unnest($2::bigint[]) AS i (id) CROSS JOIN ends
  CROSS JOIN LATERAL (SELECT width_bucket(i.id - 1, ends.through) + 1 AS place OFFSET 0) k
  JOIN batches b ON b.campaign_id = $1
    AND b.seq BETWEEN ends.seqs[k.place] AND ends.seqs[width_bucket(ends.through[k.place], ends.through)]
  WHERE b.state = 'canceled' AND i.id = ANY(b.device_ids)
    AND NOT EXISTS (SELECT FROM recorded r WHERE r.device_id = i.id)
), found AS (
  SELECT device_id, NULL::int AS seq, state, code, attempt, message_id, message_version, sent_at FROM recorded
  WHERE $5::boolean AND ($3::smallint IS NULL OR state = $3) AND ($4::smallint IS NULL OR code = $4)
  UNION ALL
  SELECT id, seq, NULL, NULL, NULL, NULL, NULL, NULL FROM canceled
)
SELECT f.*, m.external_id, d.platform, right(d.address, 8) AS address, d.kind
FROM found f LEFT JOIN devices d ON d.id = f.device_id LEFT JOIN members m ON m.id = d.member_id
ORDER BY f.device_id`
