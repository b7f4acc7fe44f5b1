/**
 * Puts back whatever should be moving and is not. This is what makes the queue expendable and a crash an event
 * without consequences: every "in progress" mark in PostgreSQL runs out, and what ran out is planned again.
 */

import type { Pool } from '../postgres/pool.ts'
import type { BatchRef, JobQueue } from '../queue/job-queue.ts'

/** Campaigns that may have batches on their way. */
const OPEN = `SELECT id FROM campaigns WHERE closed_at IS NULL AND state IN ('sending', 'paused', 'canceled')`

/**
 * Batches whose owner died: their lease ran out. The attempt counts as spent, and whoever was only slow finds
 * itself fenced. Returns how many.
 */
export async function rescueExpired(pool: Pool): Promise<number> {
  const { rowCount } = await pool.query({
    name: 'maintenance-rescue',
    // In order and without waiting: a row that is locked is being renewed or ended at this moment.
    text: `WITH expired AS (
             SELECT campaign_id, seq FROM batches
             WHERE campaign_id IN (${OPEN}) AND state = 'sending' AND lease_until < now()
             ORDER BY campaign_id, seq FOR UPDATE SKIP LOCKED)
           UPDATE batches b SET state = 'planned', not_before = now(), lease_until = NULL
           FROM expired e WHERE b.campaign_id = e.campaign_id AND b.seq = e.seq`,
  })
  return rowCount ?? 0
}

/**
 * A backlog is old without being lost, and each look costs the queue a question: the oldest are looked at first, and
 * what is missing among the younger ones gets old.
 */
const ASKED_AT_ONCE = 500

/**
 * Batches that are queued in PostgreSQL and not on the queue: wiped, or never put on because a process died
 * between its commit and the queue. Returns how many. Rejects when the queue cannot be asked.
 */
export async function rescueUnqueued(pool: Pool, queue: JobQueue, olderThanMs: number): Promise<number> {
  const { rows } = await pool.query<BatchRef>({
    name: 'maintenance-queued',
    text: `SELECT campaign_id AS "campaignId", seq, turn FROM batches
           WHERE campaign_id IN (${OPEN}) AND state = 'queued'
             AND queued_at < now() - make_interval(secs => $1::float8 / 1000)
           ORDER BY queued_at LIMIT $2`,
    values: [olderThanMs, ASKED_AT_ONCE],
  })
  if (rows.length === 0) return 0
  const present = new Set(await queue.findWaiting(rows))
  const missing = rows.filter((ref) => !present.has(ref))
  if (missing.length === 0) return 0
  const { rowCount } = await pool.query({
    name: 'maintenance-unqueue',
    text: `WITH still AS (
             SELECT b.campaign_id, b.seq
             FROM unnest($1::uuid[], $2::int[], $3::int[]) AS m (campaign_id, seq, turn)
             JOIN batches b ON b.campaign_id = m.campaign_id AND b.seq = m.seq AND b.turn = m.turn
             WHERE b.state = 'queued' ORDER BY b.campaign_id, b.seq FOR UPDATE OF b SKIP LOCKED)
           UPDATE batches b SET state = 'planned', not_before = now()
           FROM still s WHERE b.campaign_id = s.campaign_id AND b.seq = s.seq`,
    values: [
      missing.map((ref) => ref.campaignId),
      missing.map((ref) => ref.seq),
      missing.map((ref) => ref.turn),
    ],
  })
  return rowCount ?? 0
}
