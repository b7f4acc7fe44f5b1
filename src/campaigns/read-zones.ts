/** How far a campaign at local times is in each of its zones: sums over its batches, as its progress. */
import {
  DELIVERY_CODES,
  type DeliveryCode,
  type DeliveryState,
  deliveryCodeOf,
  STATE_NAMES,
} from '../domain/delivery-result.ts'
import { addCounts, sumCounts } from '../postgres/delivery-counts.ts'
import type { Pool } from '../postgres/pool.ts'
import { expectCampaign } from './read-campaigns.ts'

/** Zones whose devices leave at the same instant, or are left out for the same reason. */
export interface ZoneProgress extends Record<DeliveryState, number> {
  /** Null: they are not sent to. */
  sendAt: Date | null
  code: DeliveryCode | null
  /** '': not known. */
  zones: string[]
  /** It was put on the queue, or is left out. Until then its local time can be changed. */
  hasBegun: boolean
  devices: number
  canceled: number
  remaining: number
}

/** In the order of the instants; those that are not sent to last. Empty for a campaign that is not at local times. */
export async function readZones(pool: Pool, id: string): Promise<{ asOf: Date; zones: ZoneProgress[] }> {
  await expectCampaign(pool, id)
  const { rows } = await pool.query<Omit<ZoneProgress, 'code'> & { code: number | null; asOf: Date }>({
    name: 'read-zones',
    text: ZONES,
    values: [id],
  })
  const zones = rows.map(({ asOf: _, code, ...row }) => ({
    ...row,
    code: code === null ? null : deliveryCodeOf(code),
  }))
  return { asOf: rows[0]?.asOf ?? new Date(), zones }
}

/** A batch of devices that are left out for another of their member is one of its zone, which is left out if it has no instant. */
const CODE = `CASE WHEN b.skip_code <> ${DELIVERY_CODES.other_device.number} THEN b.skip_code
  WHEN b.skip_code IS NULL OR b.send_at IS NOT NULL THEN NULL
  WHEN b.zones = '{""}' THEN ${DELIVERY_CODES.no_timezone.number} ELSE ${DELIVERY_CODES.too_late.number} END AS skip_code`

const ZONES = `
WITH sums AS MATERIALIZED (
  SELECT b.send_at, ${CODE}, b.send_at IS NULL OR bool_or(b.turn > 0) OR b.send_at <= c.begun_through AS has_begun, sum(b.size)::int AS devices, ${sumCounts('b')}, sum(b.canceled)::int AS canceled,
    sum(b.size - b.canceled - ${addCounts('b')})::int AS remaining
  FROM campaigns c JOIN batches b ON b.campaign_id = c.id
  WHERE c.id = $1 AND b.zones IS NOT NULL GROUP BY 1, 2, c.begun_through
), names AS MATERIALIZED (
  SELECT send_at, skip_code, array_agg(zone ORDER BY zone) AS zones FROM (
    SELECT DISTINCT send_at, ${CODE}, unnest(zones) AS zone FROM batches b WHERE campaign_id = $1 AND zones IS NOT NULL) x
  GROUP BY send_at, skip_code
)
SELECT now() AS "asOf", s.send_at AS "sendAt", s.skip_code AS code, n.zones, coalesce(s.has_begun, false) AS "hasBegun",
  s.devices, ${STATE_NAMES.map((state) => `s.${state}`).join(', ')}, s.canceled, s.remaining
FROM sums s JOIN names n ON n.send_at IS NOT DISTINCT FROM s.send_at AND n.skip_code IS NOT DISTINCT FROM s.skip_code
ORDER BY s.send_at NULLS LAST, s.skip_code`
