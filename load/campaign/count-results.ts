/**
 * Counts the results of a campaign from both sides, without using any counter of Carillon's: the rows in PostgreSQL, and
 * for each row what the fake FCM has received for that address.
 */
import {
  countsOf,
  type DeliveryState,
  deliveryCodeOf,
  deliveryStateOf,
  type StateCounts,
} from '../../src/domain/delivery-result.ts'
import { sumCounts } from '../../src/postgres/delivery-counts.ts'
import type { Pool } from '../../src/postgres/pool.ts'

/** Addresses per request to the fake: 800 kB. */
const PAGE = 5_000
/** With fewer deliveries, half-empty pages decide their size. */
const MIN_FOR_SIZE = 10_000

export interface Counts extends StateCounts {
  canceled: number
}

export interface CampaignRows {
  audience: number
  /** Sums over the batches. */
  batches: Counts & { size: number; open: number }
  /** Rows in `deliveries`; canceled devices have none. */
  deliveries: StateCounts
  failedByCode: Record<string, number>
  skippedByCode: Record<string, number>
  /** From the send request until all batches were written, and until the campaign was closed; null before that. */
  planSeconds: number | null
  sendSeconds: number | null
  firstToLastSeconds: number
}

export interface Comparison {
  /** Recorded as sent, and the receiver has nothing. */
  sentNotReceived: number
  /** Recorded as failed or skipped, and the receiver has it. */
  receivedNotSent: number
  /** Addresses that the receiver accepted more than once. */
  receivedTwice: number
  /** Rows compared. Devices deleted meanwhile have no address. */
  compared: number
}

export async function countRows(pool: Pool, campaignId: string): Promise<CampaignRows> {
  const { rows } = await pool.query(CAMPAIGN, [campaignId])
  const { rows: codes } = await pool.query<{ state: number; code: number; count: number }>(
    'SELECT state, code, count(*)::int AS count FROM deliveries WHERE campaign_id = $1 GROUP BY 1, 2 ORDER BY 3 DESC',
    [campaignId],
  )
  const of = (state: DeliveryState) => codes.filter((row) => deliveryStateOf(row.state) === state)
  const sum = (state: DeliveryState) => of(state).reduce((total, { count }) => total + count, 0)
  const byCode = (state: DeliveryState) =>
    Object.fromEntries(of(state).map(({ code, count }) => [deliveryCodeOf(code), count]))
  const { audience, planSeconds, sendSeconds, firstToLastSeconds, size, open, canceled, ...batches } = rows[0]
  return {
    ...{ audience, planSeconds, sendSeconds, firstToLastSeconds },
    batches: { ...countsOf((state) => batches[state]), canceled, size, open },
    deliveries: countsOf(sum),
    failedByCode: byCode('failed'),
    skippedByCode: byCode('skipped'),
  }
}

const CAMPAIGN = `
SELECT c.audience_size AS audience, b.*,
  extract(epoch FROM c.planned_at - c.started_at)::float8 AS "planSeconds",
  extract(epoch FROM c.closed_at - c.started_at)::float8 AS "sendSeconds"
FROM campaigns c, (
  SELECT coalesce(sum(size), 0)::int AS size,
    count(*) FILTER (WHERE state NOT IN ('done', 'canceled'))::int AS open,
    ${sumCounts('batches')}, coalesce(sum(canceled), 0)::int AS canceled,
    coalesce(extract(epoch FROM max(last_sent_at) - min(first_sent_at)), 0)::float8 AS "firstToLastSeconds"
  FROM batches WHERE campaign_id = $1) b
WHERE c.id = $1`

/** `acceptedCounts` asks the fake FCM. Page by page, in flat memory. */
export async function compareWithReceiver(
  pool: Pool,
  campaignId: string,
  acceptedCounts: (addresses: string[]) => Promise<number[]>,
  onCompared: (count: number) => void,
  signal: AbortSignal,
): Promise<Comparison> {
  const comparison: Comparison = { sentNotReceived: 0, receivedNotSent: 0, receivedTwice: 0, compared: 0 }
  for (let after = 0; ; ) {
    signal.throwIfAborted()
    const { rows } = await pool.query<{ id: number; state: number; address: string | null }>({
      name: 'run-compare',
      text: `SELECT d.device_id AS id, d.state, v.address FROM deliveries d LEFT JOIN devices v ON v.id = d.device_id
             WHERE d.campaign_id = $1 AND d.device_id > $2 ORDER BY d.device_id LIMIT ${PAGE}`,
      values: [campaignId, after],
    })
    const known = rows.flatMap(({ state, address }) => (address === null ? [] : [{ state, address }]))
    const counts = await acceptedCounts(known.map(({ address }) => address))
    for (const [index, { state }] of known.entries()) {
      tally(comparison, deliveryStateOf(state), counts[index] ?? 0)
    }
    onCompared(comparison.compared)
    if (rows.length < PAGE) return comparison
    after = rows.at(-1)?.id ?? after
  }
}

/** A device in doubt may have got the message or not: both are right. */
function tally(comparison: Comparison, state: string, accepted: number): void {
  comparison.compared++
  if (state === 'sent' && accepted === 0) comparison.sentNotReceived++
  if ((state === 'failed' || state === 'skipped') && accepted > 0) comparison.receivedNotSent++
  if (accepted > 1) comparison.receivedTwice++
}

/** `deliveries` and its indexes on disk, over its rows; null for too few rows. */
export async function bytesPerDelivery(pool: Pool): Promise<number | null> {
  const { rows } = await pool.query<{ bytes: number; count: number }>(
    `SELECT coalesce(sum(pg_total_relation_size(relid)), 0)::float8 AS bytes,
       (SELECT count(*) FROM deliveries)::int AS count
     FROM pg_partition_tree('deliveries') WHERE isleaf AND pg_relation_size(relid) > 0`,
  )
  const { bytes, count } = rows[0] ?? { bytes: 0, count: 0 }
  return count < MIN_FOR_SIZE ? null : Math.round((bytes / count) * 10) / 10
}
