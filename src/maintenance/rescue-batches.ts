/**
 * Finds batches that have stopped moving and plans them again. This is why the queue may lose its jobs and a process
 * may crash: every "in progress" mark in PostgreSQL expires, and an expired batch becomes planned.
 */
import { OWNER_LOCK } from '../dispatch/batch-owner.ts'
import type { Pool } from '../postgres/pool.ts'
import type { BatchRef, JobQueue } from '../queue/job-queue.ts'

/** Campaigns that may have queued or sending batches. */
const OPEN = `SELECT id FROM campaigns WHERE closed_at IS NULL AND state IN ('sending', 'paused', 'canceled')`

export interface DeadOwner {
  id: number
  /** As it was seen: an owner that has beaten since is alive. */
  beat: number
  /** Its lock is held, but its beat has stood still for the lease. */
  isHung: boolean
}

/**
 * Plans the batches of these owners again, and those whose owner has no row any more. The pass counts as spent, because the
 * devices that the owner has sent to are not known. An owner that only hung is fenced: its next write to the batch changes
 * no row. Returns the campaigns concerned, one entry for each batch.
 */
export async function takeBack(pool: Pool, dead: readonly DeadOwner[]): Promise<string[]> {
  const { rows } = await pool.query<{ campaignId: string }>({
    name: 'maintenance-rescue',
    // Ordered, so that two rescues do not deadlock. A locked row is skipped, because its attempt ends just now; if it does
    // not, the batch has an owner without a row, and the next look takes it.
    text: `WITH dead AS (
             DELETE FROM batch_owners o USING unnest($1::int[], $2::bigint[], $3::boolean[]) AS s (id, beat, is_hung)
             WHERE o.id = s.id AND o.beat = s.beat AND (s.is_hung OR NOT ${isLocked('o.id')})
             RETURNING o.id
           ), lost AS (
             SELECT b.campaign_id, b.seq FROM batches b
             WHERE b.campaign_id IN (${OPEN}) AND b.state = 'sending'
               AND (b.owner IN (SELECT id FROM dead) OR ${HAS_NO_OWNER})
             ORDER BY b.campaign_id, b.seq FOR UPDATE SKIP LOCKED)
           UPDATE batches b SET state = 'planned', owner = NULL, not_before = now(), retry_at = NULL,
             spent = b.spent + 1, passed = '{}'
           FROM lost l WHERE b.campaign_id = l.campaign_id AND b.seq = l.seq
           RETURNING b.campaign_id AS "campaignId"`,
    values: [dead.map(({ id }) => id), dead.map(({ beat }) => beat), dead.map(({ isHung }) => isHung)],
  })
  return rows.map(({ campaignId }) => campaignId)
}

const HAS_NO_OWNER = `NOT EXISTS (SELECT FROM batch_owners o WHERE o.id = b.owner)`

/** Whether a session holds the lock of an owner (dispatch/batch-owner.ts). */
const isLocked = (id: string) => `EXISTS (
  SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database
  WHERE l.locktype = 'advisory' AND l.classid = ${OWNER_LOCK} AND l.objid = ${id} AND l.objsubid = 2 AND l.granted
    AND d.datname = current_database())`

export interface SeenOwner {
  id: number
  beat: number
  isLocked: boolean
}

/** Reads the owners, whether batches belong to none, and when this server was started. */
export async function lookAtOwners(
  pool: Pool,
): Promise<{ owners: SeenOwner[]; hasOrphans: boolean; serverStart: string }> {
  const { rows } = await pool.query<SeenOwner>({
    name: 'maintenance-owners',
    text: `SELECT o.id, o.beat, ${isLocked('o.id')} AS "isLocked" FROM batch_owners o`,
  })
  const { rows: facts } = await pool.query<{ hasOrphans: boolean; serverStart: string }>({
    name: 'maintenance-orphans',
    text: `SELECT pg_postmaster_start_time()::text AS "serverStart", EXISTS (
             SELECT FROM batches b WHERE b.campaign_id IN (${OPEN}) AND b.state = 'sending' AND ${HAS_NO_OWNER}
           ) AS "hasOrphans"`,
  })
  return { owners: rows, ...(facts[0] as { hasOrphans: boolean; serverStart: string }) }
}

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
    text: `SELECT campaign_id AS "campaignId", seq, turn FROM batches
           WHERE state = 'queued' AND queued_at < now() - make_interval(secs => $1::float8 / 1000)
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
