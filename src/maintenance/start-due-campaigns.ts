/**
 * Starts the scheduled campaigns whose time has come. The schedule is a column that maintenance polls, so there is no
 * timer to lose in a crash: a start that was missed while all processes were down happens when one is up again.
 */
import pLimit from 'p-limit'
import { type ActionDeps, enqueueCampaign } from '../campaigns/enqueue-campaign.ts'
import { type Moved, transitionSql } from '../campaigns/transition.ts'

const START = transitionSql('start')

/** Campaigns enqueued at a time: each is a few statements of a millisecond, one after another. */
const AT_ONCE = 8

/**
 * Starts them and puts their first batches on the queue, the urgent first. Safe to call from any number of processes: each
 * campaign starts once. What could not be put on the queue is enqueued by the maintenance tick.
 */
export async function startDueCampaigns(deps: ActionDeps): Promise<void> {
  const { rows } = await deps.pool.query<Moved & { id: string; priority: number }>({
    name: 'maintenance-start-due',
    // A locked row (a page of its plan) is skipped: the others must not wait for it. It is due on the next call as well.
    text: `UPDATE campaigns SET ${START.set}, started_at = now()
           WHERE id IN (
             SELECT id FROM campaigns WHERE ${START.isAllowed} AND closed_at IS NULL AND scheduled_at <= now()
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
}
