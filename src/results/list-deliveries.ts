/** Pages of the results of a campaign. Chooses the cheaper of two queries: by device, or by campaign. */
import type { Pool } from '../postgres/pool.ts'
import { type DeliveryPage, type Position, type ResultFilter, readDeliveries } from './read-deliveries.ts'
import { type Named, readNamedDeliveries } from './read-named-deliveries.ts'

export type DeliveryFilter = ResultFilter & Named

export function listDeliveries(
  pool: Pool,
  campaignId: string,
  filter: DeliveryFilter,
  limit: number,
  after?: Position,
): Promise<DeliveryPage> {
  const isNamed = filter.member !== undefined || filter.address !== undefined
  return isNamed
    ? readNamedDeliveries(pool, campaignId, filter, limit, after?.deviceId ?? 0)
    : readDeliveries(pool, campaignId, filter, limit, after)
}
