/** The batches that dispatchers held at one moment, and which of them have not moved since. */
import type { Pool } from '../../src/postgres/pool.ts'

interface BatchInHand {
  seq: number
  attempt: number
}

export async function batchesInHand(pool: Pool, campaignId: string): Promise<BatchInHand[]> {
  const { rows } = await pool.query<BatchInHand>(
    `SELECT seq, attempt FROM batches WHERE campaign_id = $1 AND state = 'sending'`,
    [campaignId],
  )
  return rows
}

/** Those that are not closed, have no later attempt, and do not wait because FCM asked for it. */
export async function stillStanding(
  pool: Pool,
  campaignId: string,
  batches: readonly BatchInHand[],
): Promise<BatchInHand[]> {
  const { rows } = await pool.query<BatchInHand>(
    `SELECT b.seq, b.attempt FROM unnest($2::int[], $3::int[]) AS s (seq, attempt)
     JOIN batches b ON b.campaign_id = $1 AND b.seq = s.seq AND b.attempt = s.attempt
     WHERE b.state IN ('queued', 'sending') OR (b.state = 'planned' AND b.not_before <= now())`,
    [campaignId, batches.map(({ seq }) => seq), batches.map(({ attempt }) => attempt)],
  )
  return rows
}
