/**
 * Puts batches of one campaign on the queue, up to the watermark. No other code adds batches to the queue.
 *
 * At most `watermark` batches of a campaign are queued or sending (more if dispatchers have more in hand, see AHEAD),
 * however large its audience is and however many processes enqueue at once: the campaign's row is the lock. Batches that
 * are due again go before fresh ones, except that leftovers (batches in which some devices have their result) are
 * preferred in at most half of the places; the other half goes to whole and fresh batches first. Interrupted ones, whose
 * attempt ended before every device was sent to, go before all of them, in up to twice as many places. `enqueue` has the order.
 *
 * A campaign at local times has batches for many instants. Its fresh batches are taken when theirs has come, in the order of
 * the instants; those that send nothing and only record why come after all others.
 *
 * Safe to call repeatedly, in any process, for any campaign; a campaign that is not `sending` is not enqueued. A crash
 * after the commit but before the job is added leaves a batch `queued` without a job: maintenance finds it.
 */
import { DELIVERY_CODES } from '../domain/delivery-result.ts'
import { addCounts } from '../postgres/delivery-counts.ts'
import { inTransaction, type Pool, type Queryable } from '../postgres/pool.ts'
import { type CampaignToPlace, givePlaces } from './give-places.ts'
import type { BatchRef, JobQueue } from './job-queue.ts'

export interface EnqueueDeps {
  pool: Pool
  queue: JobQueue
  /** Batches of one campaign that may be queued or sending at a time. */
  watermark: number
}

interface CampaignRow extends CampaignToPlace {
  isPlanned: boolean
  isLocal: boolean
}

const DUE = `campaign_id = $1 AND state = 'planned' AND attempt > 0 AND not_before <= now()`
const HAS_RESULTS = `(${addCounts('batches')} > 0)`

/** Seconds of work that a campaign with its own rate may have queued: with more, dispatchers would only wait. */
const RATED_SECONDS = 10

/** Returns how many batches were enqueued. Rejects if PostgreSQL or the queue is unavailable. */
export async function enqueueBatches(
  { pool, queue, watermark }: EnqueueDeps,
  campaignId: string,
): Promise<number> {
  const { refs, priority } = await inTransaction(pool, async (tx) => {
    // A separate statement: the next one must see what the previous holder of the lock has committed. A locked row
    // (another enqueue, a page of the plan) is skipped: maintenance must not wait for one campaign.
    const campaign = await tx.query<CampaignRow>({
      name: 'enqueue-lock',
      text: `SELECT id, priority, rate_per_minute AS "ratePerMinute", is_planned AS "isPlanned",
               next_place AS "nextPlace", local_at IS NOT NULL AS "isLocal"
             FROM campaigns WHERE id = $1 AND state = 'sending' FOR NO KEY UPDATE SKIP LOCKED`,
      values: [campaignId],
    })
    const row = campaign.rows[0]
    if (row === undefined) return { refs: [], priority: 0 }
    if (row.isLocal) await beginZones(tx, campaignId)
    // While the campaign is planned, its plan job takes one place: the watermark covers all jobs of a campaign.
    const places = Math.max(1, watermark - (row.isPlanned ? 0 : 1))
    const values = [campaignId, places, row.ratePerMinute, RATED_SECONDS]
    const enqueue = async () => {
      const { rows } = await tx.query<BatchRef>(
        row.isLocal
          ? { name: 'enqueue-local-batches', text: ENQUEUE_LOCAL, values }
          : { name: 'enqueue-batches', text: ENQUEUE, values },
      )
      return rows
    }
    return { refs: await givePlaces(tx, row, enqueue), priority: row.priority }
  })
  if (refs.length > 0) await queue.addBatchJobs(refs, priority)
  return refs.length
}

/**
 * Decides about the instants that have come since the last call: each begins now, or was missed by more than the campaign's
 * latest start, because nothing was running or it was paused. Once: what has begun may go on for hours. After a failover the
 * batches that wait have an attempt (postgres/timeline.ts): nobody has had those with turn 0 for all that.
 */
async function beginZones(tx: Queryable, campaignId: string): Promise<void> {
  const come = (attempted: string) => `
    SELECT b.seq, b.send_at <= now() - make_interval(mins => c.latest_start_minutes) AS is_missed
    FROM campaigns c JOIN batches b ON b.campaign_id = c.id
    WHERE c.id = $1 AND b.state = 'planned' AND ${attempted} AND b.zones IS NOT NULL
      AND b.send_at > coalesce(c.begun_through, '-infinity') AND b.send_at <= now()`
  await tx.query({
    name: 'enqueue-begin-zones',
    // An index each.
    text: `WITH come AS MATERIALIZED (${come('b.attempt = 0')} UNION ALL ${come('b.attempt > 0 AND b.turn = 0')}
           ), missed AS (
             UPDATE batches b SET send_at = NULL,
               skip_code = CASE WHEN b.skip_code = ${DELIVERY_CODES.other_device.number} THEN b.skip_code ELSE ${DELIVERY_CODES.too_late.number} END,
               not_before = CASE WHEN b.attempt > 0 THEN now() ELSE b.not_before END
             FROM come WHERE come.is_missed AND b.campaign_id = $1 AND b.seq = come.seq
           )
           UPDATE campaigns SET begun_through = now() WHERE id = $1 AND EXISTS (SELECT FROM come)`,
    values: [campaignId],
  })
}

/**
 * Places for each batch that is being sent. The watermark thus grows with what dispatchers have in hand, which is bounded,
 * and not with the audience.
 */
const AHEAD = 3

/**
 * $1 campaign, $2 watermark, $3 its rate per minute or null, $4 seconds. Moves planned → queued and returns the
 * references. `turn` grows with every move, so that the job gets a new id.
 *
 * The order:
 *
 *   0. interrupted ones, whose dispatcher died or that waited for their project's rate limit. Others have taken their places;
 *      of 15 killed dispatchers' batches, one waited fifteen seconds for another (measured)
 *   1. leftovers, in at most half of the places
 *   2. whole batches that are due again (they waited for their rate limit, or for FCM, before the first message)
 *   3. fresh batches
 *   4. more leftovers, if places are free
 *
 * A leftover is a batch in which some devices have their result. Often one device is left, and it occupies a dispatcher's
 * slot for as long as five hundred do. When hundreds of leftovers were enqueued at once, the rate was 80 messages a second
 * instead of 5,500 for six seconds (measured). Half of the places allow one leftover for each fresh batch, which is enough
 * to keep up.
 */
const enqueue = (fresh: string) => `
WITH taken AS (
  SELECT least(greatest($2::int, ${AHEAD} * count(*) FILTER (WHERE state = 'sending')::int),
      coalesce(ceil($3::int / 60.0 * $4::int / 500) + 1, 1000000)::int) AS places,
    count(*)::int AS held,
    count(*) FILTER (WHERE state = 'queued' AND attempt > 0 AND ${HAS_RESULTS})::int AS leftovers
  FROM batches WHERE campaign_id = $1 AND state IN ('queued', 'sending')
), interrupted AS (
  SELECT seq FROM batches WHERE ${DUE} AND precedence > 0
  ORDER BY precedence DESC, not_before LIMIT (SELECT greatest(0, 2 * places - held) FROM taken)
), room AS (
  SELECT places, greatest(0, places - held - (SELECT count(*)::int FROM interrupted)) AS n, leftovers FROM taken
), leftover AS (
  SELECT seq, row_number() OVER (ORDER BY not_before) AS place FROM batches
  WHERE ${DUE} AND precedence = 0 AND ${HAS_RESULTS} ORDER BY not_before LIMIT (SELECT n FROM room)
), whole AS (
  SELECT seq, row_number() OVER (ORDER BY not_before) AS place FROM batches
  WHERE ${DUE} AND precedence = 0 AND NOT ${HAS_RESULTS} ORDER BY not_before LIMIT (SELECT n FROM room)
), fresh AS (
  ${fresh}
), pick AS (
  SELECT seq FROM interrupted
  UNION ALL
  (SELECT seq FROM (
    SELECT seq, CASE WHEN leftovers + place <= ceil(places / 2.0) THEN 1 ELSE 4 END AS rank, place FROM leftover, room
    UNION ALL SELECT seq, 2, place FROM whole
    UNION ALL SELECT seq, 3, place FROM fresh
  ) candidates ORDER BY rank, place LIMIT (SELECT n FROM room))
)
UPDATE batches b SET state = 'queued', turn = b.turn + 1, queued_at = now()
FROM pick WHERE b.campaign_id = $1 AND b.seq = pick.seq AND b.state = 'planned'
RETURNING b.campaign_id AS "campaignId", b.seq, b.turn, 
  CASE WHEN b.attempt > 0 THEN b.precedence + 1 ELSE 0 END AS urgency`

const ENQUEUE = enqueue(`SELECT seq, seq AS place FROM batches
  WHERE campaign_id = $1 AND state = 'planned' AND attempt = 0 ORDER BY seq LIMIT (SELECT n FROM room)`)

const FRESH_LOCAL = `SELECT seq, send_at FROM batches
    WHERE campaign_id = $1 AND state = 'planned' AND attempt = 0 AND zones IS NOT NULL`
const ENQUEUE_LOCAL =
  enqueue(`SELECT seq, row_number() OVER (ORDER BY send_at NULLS LAST, seq) AS place FROM (
    (${FRESH_LOCAL} AND send_at <= now() ORDER BY send_at, seq LIMIT (SELECT n FROM room))
    UNION ALL
    (${FRESH_LOCAL} AND send_at IS NULL ORDER BY seq LIMIT (SELECT n FROM room))) due`)
