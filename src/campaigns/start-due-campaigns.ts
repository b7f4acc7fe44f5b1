/**
 * Starts the scheduled campaigns whose time has come. The schedule is a column that maintenance, planners and dispatchers
 * look at: no timer is lost in a crash, and no single process has to be alive at that moment. PostgreSQL's clock decides.
 *
 * What was missed while all processes were down starts when one is up again, within the campaign's `latest_start_minutes`.
 * After that nobody wants it any more: it is canceled, with `missed_start` as the reason.
 *
 * A campaign at local times starts when it is planned and its first instant has come, and then each instant is a start of its
 * own, looked for here as well. Whether one was missed is decided for each (queue/enqueue-batches.ts), so the campaign is never
 * missed as a whole.
 */
import pLimit from 'p-limit'
import { inDeed } from '../audit/note-deeds.ts'
import type { CancelReason } from '../domain/campaign.ts'
import { type CampaignMissed, campaignMissed } from '../process/operator-events.ts'
import { type Repeated, repeat } from '../process/repeat.ts'
import { enqueueBatches } from '../queue/enqueue-batches.ts'
import { cancelBatches } from './cancel-batches.ts'
import { CLOSE_UNPLANNED } from './cancel-campaign.ts'
import { type ActionDeps, enqueueCampaign } from './enqueue-campaign.ts'
import { FACTS, factsOf, noteCampaign, type StoredFacts } from './note-campaign.ts'
import { nameOf } from './read-campaigns.ts'
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
  const rows = await startDue(deps)
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
  await enqueueDueZones(deps)
  await cancelMissed(deps)
}

/** Half-open: at that instant it is too late. */
const LATEST_START = 'scheduled_at + make_interval(mins => latest_start_minutes)'

const IS_DUE = `${START.isAllowed} AND closed_at IS NULL AND scheduled_at <= now()
  AND CASE WHEN local_at IS NULL THEN ${LATEST_START} > now() ELSE is_planned END`

type Started = Moved & { id: string; priority: number }

/** Nearly every look finds nothing, and opens no transaction. */
async function startDue({ pool }: ActionDeps): Promise<Started[]> {
  const { rowCount } = await pool.query({
    name: 'campaign-any-due',
    text: `SELECT FROM campaigns WHERE ${IS_DUE} LIMIT 1`,
  })
  if (rowCount === 0) return []
  return await inDeed(pool, async (tx, note) => {
    const { rows } = await tx.query<
      Started & StoredFacts & { sentBy: string | null; sentByName: string | null }
    >({
      name: 'campaign-start-due',
      // A locked row (a page of its plan) is skipped: the others must not wait for it. It is due on the next call as well.
      text: `UPDATE campaigns SET ${START.set}, started_at = now()
             WHERE id IN (SELECT id FROM campaigns WHERE ${IS_DUE} FOR NO KEY UPDATE SKIP LOCKED)
             RETURNING id, priority, is_planned AS "isPlanned", frozen_through_id IS NOT NULL AS "hasPlan", ${FACTS},
               sent_by AS "sentBy", ${nameOf('sent_by')} AS "sentByName"`,
    })
    for (const { id, sentBy, sentByName, ...row } of rows) {
      const detail = { ...factsOf(row), scheduledBy: sentBy, scheduledByName: sentByName }
      note({ deed: 'campaign.started', subject: { kind: 'campaign', id }, detail })
    }
    return rows
  })
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
const ZONE_SECONDS = 10

/** Those that are sending, and a further instant has come. If nothing moves, however long ago: its starter may have died. */
async function enqueueDueZones(deps: ActionDeps): Promise<void> {
  const { rows } = await deps.pool.query<{ id: string }>({
    name: 'campaign-zones-due',
    text: `SELECT c.id FROM campaigns c
           CROSS JOIN LATERAL (
             SELECT max(b.send_at) AS last FROM batches b
             WHERE b.campaign_id = c.id AND b.state = 'planned' AND b.attempt = 0 AND b.zones IS NOT NULL AND b.send_at <= now()) due
           WHERE c.state = 'sending' AND c.closed_at IS NULL AND c.local_at IS NOT NULL
             AND (due.last > now() - interval '${ZONE_SECONDS} s' OR (due.last IS NOT NULL AND NOT EXISTS (
               SELECT FROM batches b WHERE b.campaign_id = c.id AND b.state IN ('queued', 'sending'))))
           ORDER BY c.priority`,
  })
  const { pool, queue, watermark } = deps
  for (const { id } of rows) await enqueueBatches({ pool, queue, watermark }, id)
}

const MISSED = 'missed_start' satisfies CancelReason

/** One after another: so many are missed only after an outage, and then every process is looking. */
async function cancelMissed(deps: ActionDeps): Promise<void> {
  for (;;) {
    const missed = await inDeed(deps.pool, async (tx, note) => {
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
      if (rows[0] === undefined) return undefined
      const { campaignId, latestStartMinutes } = rows[0]
      await cancelBatches(tx, campaignId)
      await noteCampaign(tx, note, 'campaign.missed', campaignId, { latestStartMinutes })
      return rows[0]
    })
    if (missed === undefined) return
    const { version, isPlanned, hasPlan, ...facts } = missed
    deps.log.warn(facts, 'a scheduled campaign is canceled: its time was missed')
    campaignMissed.publish(facts satisfies CampaignMissed)
    await enqueueCampaign(deps, missed.campaignId, missed)
  }
}
