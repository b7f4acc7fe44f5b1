/**
 * Puts back whatever should be moving and is not. This is what makes the conveyor expendable and a crash an event
 * without consequences: every "in progress" mark in PostgreSQL runs out, and what ran out is planned again.
 */
import type { BatchRef, Conveyor } from '../conveyor/conveyor.ts'
import type { Pool } from '../runtime/database.ts'

/**
 * Batches whose owner died: their lease ran out. The attempt counts as spent, and whoever was only slow finds
 * itself fenced. Returns how many.
 */
export async function rescueExpired(pool: Pool, campaignIds: readonly string[]): Promise<number> {
  const { rowCount } = await pool.query({
    name: 'upkeep-rescue',
    text: `UPDATE batches SET state = 'planned', not_before = now(), lease_until = NULL
           WHERE campaign_id = ANY ($1::uuid[]) AND state = 'sending' AND lease_until < now()`,
    values: [campaignIds],
  })
  return rowCount ?? 0
}

/**
 * Batches that are queued in PostgreSQL and not on the conveyor: wiped, or never put on because a process died
 * between its commit and the conveyor. Returns how many. Rejects when the conveyor cannot be asked.
 */
export async function rescueUnqueued(
  pool: Pool,
  conveyor: Conveyor,
  campaignIds: readonly string[],
  olderThanMs: number,
): Promise<number> {
  const { rows } = await pool.query<BatchRef>({
    name: 'upkeep-queued',
    text: `SELECT campaign_id AS "campaignId", seq, turn FROM batches
           WHERE campaign_id = ANY ($1::uuid[]) AND state = 'queued'
             AND queued_at < now() - make_interval(secs => $2::float8 / 1000)`,
    values: [campaignIds, olderThanMs],
  })
  if (rows.length === 0) return 0
  const present = new Set(await conveyor.findPresent(rows))
  const missing = rows.filter((ref) => !present.has(ref))
  if (missing.length === 0) return 0
  const { rowCount } = await pool.query({
    name: 'upkeep-unqueue',
    text: `UPDATE batches b SET state = 'planned', not_before = now()
           FROM unnest($1::uuid[], $2::int[], $3::int[]) AS m (campaign_id, seq, turn)
           WHERE b.campaign_id = m.campaign_id AND b.seq = m.seq AND b.turn = m.turn AND b.state = 'queued'`,
    values: [
      missing.map((ref) => ref.campaignId),
      missing.map((ref) => ref.seq),
      missing.map((ref) => ref.turn),
    ],
  })
  return rowCount ?? 0
}
