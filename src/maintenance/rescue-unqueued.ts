/** Finds batches that the queue has lost and plans them again. The queue may lose its jobs because of this. */
import type { Pool } from '../postgres/pool.ts'
import type { BatchRef, JobQueue } from '../queue/job-queue.ts'

/** Batches checked on one tick: every check costs the queue a look-up. */
const MAX_CHECKED = 500

/** Where a process goes on with checking queued batches. */
export class QueuedCursor {
  after: Pick<BatchRef, 'campaignId' | 'seq'> = START
}

const START = { campaignId: '00000000-0000-0000-0000-000000000000', seq: -1 }

/**
 * Plans the batches again that are queued in PostgreSQL but have no job on the queue: the queue lost it, or a process
 * died between its commit and adding the job. Returns how many. Rejects if the queue cannot be reached.
 *
 * Each call checks the next ones in the order of their keys, and begins again after the last. A lost batch is found after
 * as many calls as the batches on the queue fill, however long a backlog is and lasts: the oldest first, it would wait
 * behind those that are not lost.
 */
export async function rescueUnqueued(
  pool: Pool,
  queue: JobQueue,
  olderThanMs: number,
  cursor: QueuedCursor,
): Promise<number> {
  const { rows } = await pool.query<BatchRef>({
    name: 'maintenance-queued',
    text: `SELECT campaign_id AS "campaignId", seq, turn,
             (SELECT rate_per_minute IS NOT NULL FROM campaigns WHERE id = campaign_id) AS "isRated"
           FROM batches WHERE state = 'queued' AND queued_at < now() - make_interval(secs => $1::float8 / 1000)
             AND (campaign_id, seq) > ($3::uuid, $4::int)
           ORDER BY campaign_id, seq LIMIT $2`,
    values: [olderThanMs, MAX_CHECKED, cursor.after.campaignId, cursor.after.seq],
  })
  const found = await rescueMissing(pool, queue, rows)
  // Not earlier: what could not be checked is checked by the next call.
  cursor.after = (rows.length === MAX_CHECKED && rows.at(-1)) || START
  return found
}

async function rescueMissing(pool: Pool, queue: JobQueue, rows: readonly BatchRef[]): Promise<number> {
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
