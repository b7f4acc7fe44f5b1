/**
 * Lets campaigns continue after the database has failed over (postgres/timeline.ts has paused them), or leaves them to an
 * operator and says what is not known.
 *
 *   every dispatcher of before has reported     what it had sent is recorded again: the campaigns continue
 *   one has not, replication was synchronous    the former server answered no commit that this one lacks: they continue
 *   one has not, replication was asynchronous   it may have sent messages whose results exist nowhere. The devices of the
 *                                               batches that were queued or being sent are recorded as in doubt, and the
 *                                               campaigns stay paused
 */
import { NEW_VERSION, transitionSql } from '../campaigns/transition.ts'
import { CANCELING_DETAIL } from '../campaigns/undo-cancel.ts'
import { DELIVERY_CODES, DELIVERY_STATES } from '../domain/delivery-result.ts'
import { inTransaction, type Pool, type Queryable } from '../postgres/pool.ts'
import { IS_SYNCHRONOUS, WAITING_FOR_DISPATCHERS } from '../postgres/timeline.ts'
import type { Logger } from '../process/logger.ts'
import { type CampaignPaused, campaignPaused } from '../process/operator-events.ts'

/** A dispatcher that lives connects again within seconds, and has its answers within FCM_REQUEST_TIMEOUT_MS. */
const REPORT_TIMEOUT_MS = 60_000
/** Heartbeats are written every two seconds: a dispatcher without one for so long had ended before the failover. */
const HEARTBEAT_PATIENCE_SECONDS = 15

interface Failover {
  timeline: number
  wasSynchronous: boolean
  lastCommitAt: Date | null
  /** Dispatchers of before that have not reported. */
  silent: number
  missing: number
  orphans: number
  isBeyondReach: boolean
  hasWaited: boolean
}

/** Called on every tick. Returns true if this call has settled a failover. */
export async function settleFailover(
  pool: Pool,
  log: Logger,
  reportTimeoutMs = REPORT_TIMEOUT_MS,
): Promise<boolean> {
  await noteReplication(pool)
  const { rows } = await pool.query<Failover>({
    name: 'failover-read',
    text: READ,
    values: [reportTimeoutMs, HEARTBEAT_PATIENCE_SECONDS],
  })
  const failover = rows[0]
  if (failover === undefined) return false
  const { timeline, silent, missing, wasSynchronous, isBeyondReach, hasWaited } = failover
  if (silent > 0 && !hasWaited) return false
  // Losses although every commit should have been on two servers: replication was not synchronous all the time.
  const isTrusted = wasSynchronous && missing === 0
  const isKnown = !isBeyondReach && (silent === 0 || isTrusted)
  const left = await inTransaction(pool, async (tx) => {
    const { rowCount } = await tx.query({
      name: 'failover-settle',
      text: `UPDATE database_timelines SET settled_at = now() WHERE timeline = $1 AND settled_at IS NULL`,
      values: [timeline],
    })
    // Another maintenance process was first.
    if (rowCount === 0) return null
    return isKnown ? await goOn(tx) : await leaveToOperator(tx, failover)
  })
  if (left === null) return false
  log.warn({ ...failover, isKnown, leftPaused: left.length }, 'a failover of the database is settled')
  for (const campaign of left) campaignPaused.publish(campaign)
  return true
}

/** What the next failover will be judged by. A managed service that hides its timeline has no row: nothing changes. */
async function noteReplication(pool: Pool): Promise<void> {
  await pool.query({
    name: 'failover-note-replication',
    text: `UPDATE database_timelines SET is_synchronous = ${IS_SYNCHRONOUS}
           WHERE timeline = (SELECT timeline FROM database_timelines ORDER BY seen_at DESC LIMIT 1)
             AND is_synchronous <> ${IS_SYNCHRONOUS}`,
  })
}

/** $1 milliseconds to wait for reports, $2 seconds. One that has stopped since, without a report, may have known more. */
const READ = `
SELECT t.timeline, t.was_synchronous AS "wasSynchronous", t.last_commit_at AS "lastCommitAt",
  t.seen_at < now() - make_interval(secs => $1::float8 / 1000) AS "hasWaited",
  (SELECT count(*) FROM processes p
   WHERE p.role = 'dispatcher' AND coalesce(p.stopped_at > t.seen_at, true) AND p.started_at < t.seen_at
     AND p.seen_at > coalesce(t.last_commit_at, t.seen_at) - make_interval(secs => $2::float8)
     AND NOT EXISTS (SELECT FROM failover_reports r
                     WHERE r.timeline = t.timeline AND r.process_id = p.id)) AS silent,
  coalesce(sum(r.missing), 0)::int AS missing, coalesce(sum(r.orphans), 0)::int AS orphans,
  coalesce(bool_or(r.is_beyond_reach), false) AS "isBeyondReach"
FROM database_timelines t LEFT JOIN failover_reports r ON r.timeline = t.timeline
WHERE t.settled_at IS NULL GROUP BY t.timeline ORDER BY t.seen_at LIMIT 1`

const RESUME = transitionSql('resume')

/** The campaigns that wait for the dispatchers, and for nothing else. */
const IS_WAITING = `pause_reason = 'database_failed_over' AND pause_detail = $1`

async function goOn(tx: Queryable): Promise<CampaignPaused[]> {
  await tx.query({
    name: 'failover-still-canceling',
    text: `UPDATE campaigns SET pause_reason = 'canceling', pause_detail = $2, ${NEW_VERSION}
           WHERE state = 'paused' AND cancel_at IS NOT NULL AND ${IS_WAITING}`,
    values: [WAITING_FOR_DISPATCHERS, CANCELING_DETAIL],
  })
  await tx.query({
    name: 'failover-resume',
    text: `UPDATE campaigns SET ${RESUME.set}, pause_reason = NULL, pause_detail = NULL
           WHERE ${RESUME.isAllowed} AND ${IS_WAITING}`,
    values: [WAITING_FOR_DISPATCHERS],
  })
  return []
}

async function leaveToOperator(tx: Queryable, failover: Failover): Promise<CampaignPaused[]> {
  const { rows } = await tx.query<{ campaignId: string; name: string; doubtful: number }>({
    name: 'failover-doubt',
    text: DOUBT,
    values: [
      WAITING_FOR_DISPATCHERS,
      DELIVERY_STATES.in_doubt.number,
      DELIVERY_CODES.database_failed_over.number,
    ],
  })
  const left: CampaignPaused[] = []
  for (const { campaignId, name, doubtful } of rows) {
    const detail = detailOf(failover, doubtful)
    await tx.query({
      name: 'failover-explain',
      text: 'UPDATE campaigns SET pause_detail = $2, version = version + 1, updated_at = now() WHERE id = $1',
      values: [campaignId, detail],
    })
    left.push({ campaignId, name, reason: 'database_failed_over', detail })
  }
  return left
}

/**
 * $1 detail, $2 state, $3 code. Of a corrected campaign it is not known which version was sent. `queued_at` stays when a batch leaves the queue: a batch without it was never on the queue as
 * far as this server knows.
 */
const DOUBT = `
WITH waiting AS (SELECT id, name, message_version FROM campaigns WHERE state = 'paused' AND ${IS_WAITING}), doubtful AS (
  INSERT INTO deliveries (campaign_id, device_id, state, code, attempt, message_version)
  SELECT b.campaign_id, i.id, $2, $3, least(b.attempt, 32767), CASE WHEN w.message_version > 1 THEN 0 END
  FROM waiting w JOIN batches b ON b.campaign_id = w.id CROSS JOIN LATERAL unnest(b.device_ids) AS i (id)
  WHERE b.state = 'planned' AND b.queued_at IS NOT NULL
  ORDER BY b.campaign_id, i.id
  ON CONFLICT (campaign_id, device_id) DO NOTHING
  RETURNING campaign_id
)
SELECT w.id AS "campaignId", w.name, (SELECT count(*) FROM doubtful d WHERE d.campaign_id = w.id) AS doubtful
FROM waiting w`

function detailOf({ lastCommitAt, silent, isBeyondReach }: Failover, doubtful: number): string {
  const until = lastCommitAt === null ? '' : ` It has what was committed until ${lastCommitAt.toISOString()}.`
  const why = [
    ...(silent > 0 ? [`${silent} dispatchers that were sending before have not come back`] : []),
    ...(isBeyondReach ? ['more results are missing than the dispatchers keep'] : []),
  ].join(', and ')
  return `The database failed over to a server without its last commits.${until} What was sent since is not known completely: ${why}. ${doubtful} devices whose batch was on the queue or being sent are recorded as in doubt. Later batches may have been sent too; their devices would get the message again. Resume to send to all devices without a result, or cancel.`
}
