/**
 * Starts the scheduled campaigns whose time has come. The schedule is a column that maintenance, planners and dispatchers
 * look at: no timer is lost in a crash, and no single process has to be alive at that moment. PostgreSQL's clock decides.
 *
 * What was missed while all processes were down starts when one is up again, within the campaign's `latest_start_minutes`.
 * After that nobody wants it any more: it is canceled, with `missed_start` as the reason.
 *
 * A campaign at local times starts when it is planned and its first instant has come, and then each instant is a start of its
 * own, looked for here as well. Whether one was missed is decided for each (queue/enqueue-batches.ts), so the campaign is never
 * missed as a whole. What waited for a morning or for a window is looked for too, when it comes.
 */
import pLimit from 'p-limit'
import type { CancelReason } from '../domain/campaign.ts'
import { inTransaction } from '../postgres/pool.ts'
import { type CampaignMissed, campaignMissed } from '../process/operator-events.ts'
import { type Repeated, repeat } from '../process/repeat.ts'
import { enqueueBatches } from '../queue/enqueue-batches.ts'
import { cancelBatches } from './cancel-batches.ts'
import { CLOSE_UNPLANNED } from './cancel-campaign.ts'
import { type ActionDeps, enqueueCampaign } from './enqueue-campaign.ts'
import { type Moved, transitionSql } from './transition.ts'

const START = transitionSql('start')
const MISS = transitionSql('miss')

/** Campaigns enqueued at a time: each is a few statements of a millisecond, one after another. */
const AT_ONCE = 8

/** Between two looks of one process: a look at an index. One process starts a campaign 100 ms late on average, two 67. */
const LOOK_MS = 200

/** Looks again and again, until it is stopped. */
export function startOnTime(deps: ActionDeps, everyMs = LOOK_MS): Repeated {
  return repeat('starting campaigns', Math.min(everyMs, LOOK_MS), () => startDueCampaigns(deps), deps.log)
}

/**
 * Starts them and puts their first batches on the queue, the urgent first; cancels those whose time is over. Safe to call
 * from any number of processes: each campaign starts once. What could not be put on the queue is enqueued by the maintenance
 * tick.
 */
export async function startDueCampaigns(deps: ActionDeps): Promise<void> {
  const { rows } = await deps.pool.query<Moved & { id: string; priority: number }>({
    name: 'campaign-start-due',
    // A locked row (a page of its plan) is skipped: the others must not wait for it. It is due on the next call as well.
    text: `UPDATE campaigns SET ${START.set}, started_at = now()
           WHERE id IN (
             SELECT id FROM campaigns
             WHERE ${START.isAllowed} AND closed_at IS NULL AND scheduled_at <= now()
               AND CASE WHEN local_at IS NULL THEN ${LATEST_START} > now() ELSE is_planned END
             FOR NO KEY UPDATE SKIP LOCKED)
           RETURNING id, priority, version, is_planned AS "isPlanned", frozen_through_id IS NOT NULL AS "hasPlan"`,
  })
  const limit = pLimit(AT_ONCE)
  await Promise.all(
    rows
      .sort((a, b) => a.priority - b.priority)
      .map((campaign) => {
        deps.log.info({ campaignId: campaign.id }, 'a scheduled campaign was started')
        return limit(() => enqueueCampaign(deps, campaign.id, campaign))
      }),
  )
  await enqueueStarted(deps)
  await enqueueDueInstants(deps)
  await cancelMissed(deps)
}

/**
 * Those whose starter died between its two steps: the start is committed, and nothing is on the queue. The maintenance tick
 * would find them as well, if it is there.
 */
async function enqueueStarted(deps: ActionDeps): Promise<void> {
  const { rows } = await deps.pool.query<Moved & { id: string }>({
    name: 'campaign-started-unqueued',
    text: `SELECT id, version, is_planned AS "isPlanned", frozen_through_id IS NOT NULL AS "hasPlan" FROM campaigns c
           WHERE state = 'sending' AND closed_at IS NULL AND scheduled_at IS NOT NULL
             AND started_at BETWEEN now() - interval '60 s' AND now() - interval '1 s'
             AND NOT EXISTS (SELECT FROM batches b WHERE b.campaign_id = c.id AND (b.turn > 0 OR b.state <> 'planned'))`,
  })
  for (const campaign of rows) await enqueueCampaign(deps, campaign.id, campaign)
}

/** For so long after an instant each look enqueues it; then the ends of batches do, and the maintenance tick. */
const INSTANT_SECONDS = 10
const RECENTLY = `now() - interval '${INSTANT_SECONDS} s'`
const FRESH_ZONE = `b.state = 'planned' AND b.attempt = 0 AND b.zones IS NOT NULL`
/** `order`: that of the index. Not EXISTS, for which PostgreSQL may read all batches there are. */
const anyBatch = (condition: string, order: 'seq' | 'send_at' | 'not_before') =>
  `(SELECT true FROM batches b WHERE b.campaign_id = c.id AND ${condition} ORDER BY b.${order} LIMIT 1) IS NOT NULL`

/**
 * Those that are sending, and a further instant has come: of a zone, or of the morning or the window that all its devices waited
 * for. Of a fresh zone, if nothing moves, however long ago: its starter may have died. After a failover the batches that wait for
 * their zone have an attempt, and `not_before` is their instant (postgres/timeline.ts).
 */
async function enqueueDueInstants(deps: ActionDeps): Promise<void> {
  const { rows } = await deps.pool.query<{ id: string }>({
    name: 'campaign-instants-due',
    text: `SELECT c.id FROM campaigns c
           CROSS JOIN LATERAL (SELECT ${anyBatch(`b.state IN ('queued', 'sending')`, 'seq')} AS "isMoving" OFFSET 0) m
           WHERE c.state = 'sending' AND c.closed_at IS NULL
             AND (c.local_at IS NOT NULL OR c.send_window IS NOT NULL OR c.night = 'delay')
             AND (${anyBatch(`${FRESH_ZONE} AND b.send_at <= now() AND b.send_at > ${RECENTLY}`, 'send_at')}
               OR NOT m."isMoving" AND ${anyBatch(`${FRESH_ZONE} AND b.send_at <= now()`, 'send_at')}
               OR ${anyBatch(
                 `b.state = 'planned' AND b.attempt > 0 AND b.not_before <= now() AND b.not_before > ${RECENTLY}
                    AND (b.turn = 0 OR NOT m."isMoving")`,
                 'not_before',
               )})
           ORDER BY c.priority`,
  })
  const { pool, queue, watermark } = deps
  for (const { id } of rows) await enqueueBatches({ pool, queue, watermark }, id)
}

/** Half-open: at that instant it is too late. */
const LATEST_START = 'scheduled_at + make_interval(mins => latest_start_minutes)'

const MISSED = 'missed_start' satisfies CancelReason

/** One after another: so many are missed only after an outage, and then every process is looking. */
async function cancelMissed(deps: ActionDeps): Promise<void> {
  for (;;) {
    const missed = await inTransaction(deps.pool, async (tx) => {
      const { rows } = await tx.query<Moved & CampaignMissed>({
        name: 'campaign-miss',
        text: `UPDATE campaigns SET ${MISS.set}, ${CLOSE_UNPLANNED}, cancel_reason = '${MISSED}'
               WHERE id = (
                 SELECT id FROM campaigns
                 WHERE ${MISS.isAllowed} AND closed_at IS NULL AND scheduled_at <= now() AND ${LATEST_START} <= now()
                   AND local_at IS NULL
                 ORDER BY scheduled_at LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED)
               RETURNING id AS "campaignId", name, scheduled_at AS "scheduledAt",
                 latest_start_minutes AS "latestStartMinutes", version, is_planned AS "isPlanned",
                 frozen_through_id IS NOT NULL AS "hasPlan"`,
      })
      if (rows[0] !== undefined) await cancelBatches(tx, rows[0].campaignId)
      return rows[0]
    })
    if (missed === undefined) return
    const { version, isPlanned, hasPlan, ...facts } = missed
    deps.log.warn(facts, 'a scheduled campaign is canceled: its time was missed')
    campaignMissed.publish(facts satisfies CampaignMissed)
    await enqueueCampaign(deps, missed.campaignId, missed)
  }
}
