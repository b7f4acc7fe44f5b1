/**
 * The maintenance tick: rescues batches, has campaigns planned and enqueued, cancels what is left of canceled ones. Every
 * step is a guarded statement that is safe to repeat, so any number of maintenance processes may run. No step depends on
 * the queue, because maintenance is what rebuilds it. Starting and closing campaigns have loops of their own
 * (workers/maintenance.ts): the first must not wait for anything, and nothing must wait for the second.
 */
import pLimit from 'p-limit'
import { cancelBatches } from '../campaigns/cancel-batches.ts'
import type { Logger } from '../process/logger.ts'
import { type EnqueueDeps, enqueueBatches } from '../queue/enqueue-batches.ts'
import { pauseForEmptyAudience } from './close-campaigns.ts'
import { pauseWhenOnlyHeld, releaseHeld } from './held-batches.ts'
import { findOpenCampaigns, type OpenCampaign } from './open-campaigns.ts'
import type { OwnerWatch } from './owner-watch.ts'
import { type QueuedCursor, rescueUnqueued } from './rescue-unqueued.ts'
import { settleFailover } from './settle-failover.ts'
import { findInterrupted } from './take-back.ts'

export interface MaintenanceDeps extends EnqueueDeps {
  planAheadMs: number
  /** A batch queued for longer is checked on the queue; a plan idle for longer gets another job. */
  standstillMs: number
  /** Of this process, and the same for each tick. */
  queuedCursor: QueuedCursor
  log: Logger
}

/** Campaigns advanced at a time: each is a few statements of a millisecond, one after another. */
const AT_ONCE = 4

/**
 * Takes the batches of dead dispatchers back and enqueues them at once. Apart from the tick, which a slow campaign may
 * delay: recovery must not wait for it. A campaign that somebody else is enqueueing, or whose batches a maintenance process
 * took back before it died, is enqueued by the next look.
 */
export async function runOwnerWatch(watch: OwnerWatch, deps: MaintenanceDeps): Promise<void> {
  const batches = await watch.look()
  if (batches > 0) deps.log.warn({ batches }, 'batches of a lost dispatcher are planned again')
  for (const campaignId of await findInterrupted(deps.pool)) await enqueueBatches(deps, campaignId)
}

/** One tick. A failing step does not stop the others; the first failure is thrown at the end. */
export async function runMaintenance(deps: MaintenanceDeps): Promise<void> {
  const failures: unknown[] = []
  const attempt = async (step: () => Promise<unknown>) => {
    try {
      await step()
    } catch (error) {
      failures.push(error)
    }
  }
  const { pool, queue, log } = deps
  await attempt(() => settleFailover(pool, log))
  await attempt(async () => {
    const found = await rescueUnqueued(pool, queue, deps.standstillMs, deps.queuedCursor)
    if (found > 0) log.warn({ batches: found }, 'batches missing from the queue are planned again')
  })
  // Read after the rescues, so that rescued batches are enqueued on the same tick.
  const open = await findOpenCampaigns(pool, deps.planAheadMs)
  const limit = pLimit(AT_ONCE)
  await Promise.all(open.map((campaign) => limit(() => attempt(() => advance(campaign, deps)))))
  if (failures.length > 0) throw failures[0]
}

async function advance(campaign: OpenCampaign, deps: MaintenanceDeps): Promise<void> {
  const { pool, queue, standstillMs } = deps
  const { id, state, isPlanned } = campaign
  const shouldBePlanned = state !== 'scheduled' || campaign.isDueSoon
  if (!isPlanned && shouldBePlanned && campaign.planIdleSeconds * 1000 > standstillMs) {
    await queue.addPlanJob(id, planTurn(campaign, standstillMs))
  }
  // Batches that dispatchers have released since the campaign was canceled.
  const isSettled = !campaign.hasMovingBatches && !campaign.hasPlannedBatches
  if (state === 'canceled' && !isSettled) await cancelBatches(pool, id)
  if (state === 'sending' && campaign.hasPlannedBatches) await enqueueOrPause(campaign, deps)
  if (isPlanned && isSettled && state === 'sending' && campaign.audienceSize === 0) {
    await pauseForEmptyAudience(pool, id)
  }
}

async function enqueueOrPause(
  { id, isPlanned, hasMovingBatches, haltedPlatforms }: OpenCampaign,
  deps: MaintenanceDeps,
) {
  if (haltedPlatforms.length === 0) await releaseHeld(deps.pool, id)
  if ((await enqueueBatches(deps, id)) > 0 || hasMovingBatches || !isPlanned || haltedPlatforms.length === 0)
    return
  if (await pauseWhenOnlyHeld(deps.pool, id, haltedPlatforms)) {
    deps.log.warn(
      { campaignId: id, haltedPlatforms },
      'a campaign is paused: only devices of halted platforms are left',
    )
  }
}

/**
 * The number that makes the plan job's id, from the progress of the plan and the logarithm of its idle time: a lost
 * job is replaced soon, and a planner that was down for hours finds a dozen jobs for a campaign instead of thousands.
 */
function planTurn({ plannedBatches, planIdleSeconds }: OpenCampaign, standstillMs: number): number {
  return plannedBatches * 64 + 1 + Math.floor(Math.log2(Math.max(1, (planIdleSeconds * 1000) / standstillMs)))
}
