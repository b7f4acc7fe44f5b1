/**
 * The batches of dispatchers that died or hang: who owns what, and planning it again. Who is dead is judged in
 * owner-watch.ts. A process may crash because of this.
 */
import { OWNER_LOCK } from '../dispatch/batch-owner.ts'
import type { Pool } from '../postgres/pool.ts'

/** Campaigns that may have sending batches. */
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
 * no row. Returns how many batches.
 */
export async function takeBack(pool: Pool, dead: readonly DeadOwner[]): Promise<number> {
  const { rowCount } = await pool.query({
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
             spent = b.spent + 1, passed = '{}', precedence = 2
           FROM lost l WHERE b.campaign_id = l.campaign_id AND b.seq = l.seq`,
    values: [dead.map(({ id }) => id), dead.map(({ beat }) => beat), dead.map(({ isHung }) => isHung)],
  })
  return rowCount ?? 0
}

/** Campaigns with batches that were taken back and are not on the queue again. */
export async function findInterrupted(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>({
    name: 'maintenance-interrupted',
    text: `SELECT id FROM campaigns WHERE state = 'sending' AND id IN (
             SELECT campaign_id FROM batches WHERE state = 'planned' AND precedence = 2)`,
  })
  return rows.map(({ id }) => id)
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
