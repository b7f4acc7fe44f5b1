/**
 * What every flow ends with: each device of the audience has exactly one final result or is counted as canceled,
 * and the counts on the batches equal the rows.
 */
import { expect } from 'vitest'
import type { Pool } from '../../src/postgres/pool.ts'

export async function expectReconciledCounts({ pool }: { pool: Pool }, campaignId: string): Promise<void> {
  const { rows: off } = await pool.query(
    `SELECT b.seq, b.size, b.state, b.sent, b.failed, b.skipped, b.in_doubt, b.canceled, n.*
     FROM batches b CROSS JOIN LATERAL (
       SELECT count(*) AS total, count(*) FILTER (WHERE d.state = 1) AS n_sent, count(*) FILTER (WHERE d.state = 2) AS n_failed,
         count(*) FILTER (WHERE d.state = 3) AS n_skipped, count(*) FILTER (WHERE d.state = 4) AS n_in_doubt
       FROM deliveries d WHERE d.campaign_id = b.campaign_id AND d.device_id = ANY (b.device_ids)) n
     WHERE b.campaign_id = $1 AND NOT (
       b.state IN ('done', 'canceled') AND b.size = cardinality(b.device_ids) AND b.size = n.total + b.canceled
       AND b.sent = n.n_sent AND b.failed = n.n_failed AND b.skipped = n.n_skipped AND b.in_doubt = n.n_in_doubt)`,
    [campaignId],
  )
  expect(off, 'batches whose counts are not those of their rows').toEqual([])
  const { rows } = await pool.query(
    `SELECT c.audience_size, c.state, c.closed_at IS NOT NULL AS is_closed,
       (SELECT count(*) FROM deliveries WHERE campaign_id = c.id) AS results,
       (SELECT coalesce(sum(canceled), 0)::int FROM batches WHERE campaign_id = c.id) AS canceled,
       (SELECT count(DISTINCT i) FROM batches b, unnest(b.device_ids) i WHERE b.campaign_id = c.id) AS devices,
       (SELECT coalesce(sum(size), 0)::int FROM batches WHERE campaign_id = c.id) AS sizes
     FROM campaigns c WHERE id = $1`,
    [campaignId],
  )
  const counts = rows[0]
  expect(counts.is_closed, 'the counts are closed').toBe(true)
  expect(counts.results + counts.canceled, 'every device has a result or is canceled').toBe(
    counts.audience_size,
  )
  expect(counts.devices, 'no device is in two batches').toBe(counts.sizes)
  expect(counts.sizes).toBe(counts.audience_size)
}
