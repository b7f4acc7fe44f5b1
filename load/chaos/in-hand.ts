/**
 * The batches that dispatchers held at the moment when one of them was killed, frozen or cut off, and when those that it
 * held go on in another one. Which were whose shows in what happens next: who lives beats, or ends the attempt; who does not
 * live does neither, and another dispatcher begins a later attempt.
 */
import type { Pool } from '../../src/postgres/pool.ts'

interface HeldBatch {
  seq: number
  attempt: number
  /** Of its owner. */
  beat: number | null
  /** Milliseconds after the fault at which another dispatcher began its next attempt; null: not yet. */
  backAfterMs: number | null
  /** Its dispatcher was at work all the time. */
  isOfLive: boolean
}

export interface Interruption {
  /** PostgreSQL's time of the fault. */
  at: string
  batches: HeldBatch[]
}

export async function readInterruption(pool: Pool, campaignId: string): Promise<Interruption> {
  const { rows } = await pool.query<{ at: string; batches: Pick<HeldBatch, 'seq' | 'attempt' | 'beat'>[] }>(
    `SELECT now()::text AS at, coalesce(jsonb_agg(jsonb_build_object(
       'seq', seq, 'attempt', attempt, 'beat', ${BEAT})), '[]') AS batches
     FROM batches b WHERE campaign_id = $1 AND state = 'sending'`,
    [campaignId],
  )
  const { at, batches } = rows[0] as (typeof rows)[number]
  return { at, batches: batches.map((batch) => ({ ...batch, backAfterMs: null, isOfLive: false })) }
}

const BEAT = '(SELECT beat FROM batch_owners o WHERE o.id = b.owner)'

/** PostgreSQL executes what the interrupted dispatcher had sent before: until then, a beat shows nothing. */
const LAST_WORDS_MS = 300

/** Looks again, and notes what is known now. Returns true when it is known of every batch. `elapsedMs`: since the fault. */
export async function followInterruption(
  pool: Pool,
  campaignId: string,
  { batches }: Interruption,
  elapsedMs: () => number,
): Promise<boolean> {
  const open = batches.filter(isOpen)
  if (open.length === 0) return true
  const { rows } = await pool.query<{ seq: number; attempt: number; beat: number | null; isHeld: boolean }>(
    `SELECT seq, attempt, ${BEAT} AS beat, state = 'sending' AS "isHeld" FROM batches b
     WHERE campaign_id = $1 AND seq = ANY($2::int[])`,
    [campaignId, open.map(({ seq }) => seq)],
  )
  for (const batch of open) {
    const now = rows.find(({ seq }) => seq === batch.seq)
    if (now === undefined) continue
    if (now.attempt > batch.attempt) batch.backAfterMs = elapsedMs()
    else if (now.isHeld && elapsedMs() < LAST_WORDS_MS) batch.beat = now.beat
    else if (now.isHeld) batch.isOfLive = now.beat !== null && now.beat !== batch.beat
    else batch.isOfLive = await wasEnded(pool, campaignId, batch)
  }
  return !batches.some(isOpen)
}

function isOpen({ backAfterMs, isOfLive }: HeldBatch): boolean {
  return backAfterMs === null && !isOfLive
}

/** By its owner, and not taken back: it is done, or waits for its rate limit or for FCM. */
async function wasEnded(pool: Pool, campaignId: string, { seq }: HeldBatch): Promise<boolean> {
  const { rowCount } = await pool.query(
    `SELECT FROM batches WHERE campaign_id = $1 AND seq = $2
       AND (state IN ('done', 'canceled') OR precedence < 2)`,
    [campaignId, seq],
  )
  return rowCount === 1
}

/** Seconds until the last of the interrupted batches went on; null if none was interrupted. */
export function backAfterSeconds({ batches }: Interruption): number | null {
  const times = batches.flatMap(({ backAfterMs }) => backAfterMs ?? [])
  return times.length === 0 ? null : Math.max(...times) / 1000
}

/**
 * The receiver's view: by how many seconds the last device of the interrupted batches got its message later than the last
 * device of those that were in hand at the same moment and were not interrupted. Devices that FCM refused at first are left
 * out. Null if there is nothing to compare. The time is that of the record, which is a little after the message; a repeated
 * message counts with its last time.
 */
export async function latenessSeconds(
  pool: Pool,
  campaignId: string,
  { at, batches }: Interruption,
): Promise<number | null> {
  const { rows } = await pool.query<{ late: number | null }>(
    `SELECT extract(epoch FROM max(x.sent_at) FILTER (WHERE NOT h.live) - max(x.sent_at) FILTER (WHERE h.live))::float8 AS late
     FROM unnest($2::int[], $3::int[], $4::boolean[]) AS h (seq, attempt, live)
     JOIN batches b ON b.campaign_id = $1 AND b.seq = h.seq
     CROSS JOIN LATERAL unnest(b.device_ids) AS i (id)
     JOIN deliveries x ON x.campaign_id = $1 AND x.device_id = i.id
     WHERE x.state = 1 AND x.sent_at > $5::timestamptz AND x.attempt <= h.attempt + CASE WHEN h.live THEN 0 ELSE 1 END`,
    [
      campaignId,
      batches.map(({ seq }) => seq),
      batches.map(({ attempt }) => attempt),
      batches.map(({ isOfLive }) => isOfLive),
      at,
    ],
  )
  return rows[0]?.late ?? null
}
