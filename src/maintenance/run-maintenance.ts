/**
 * The maintenance tick: starts due campaigns, rescues batches, enqueues, and closes complete campaigns. Every step is
 * a guarded statement that is safe to repeat, so any number of maintenance processes may run. No step depends on the
 * queue, because maintenance is what rebuilds it.
 */
import { cancelBatches } from '../campaigns/cancel-batches.ts'
import type { Logger } from '../process/logger.ts'
import { type EnqueueDeps, enqueueBatches } from '../queue/enqueue-batches.ts'
import { closeCampaign, pauseForEmptyAudience } from './close-campaigns.ts'
import { pauseWhenOnlyHeld, releaseHeld } from './held-batches.ts'
import { findOpenCampaigns, type OpenCampaign } from './open-campaigns.ts'
import { rescueExpired, rescueUnqueued } from './rescue-batches.ts'
import { settleFailover } from './settle-failover.ts'
import { startDueCampaigns } from './start-due-campaigns.ts'

export interface MaintenanceDeps extends EnqueueDeps {
  planAheadMs: number
  /** A batch queued for longer is checked on the queue; a plan idle for longer gets another job. */
  standstillMs: number
  log: Logger
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
  for (const { id, isPlanned } of await startDueCampaigns(pool)) {
    log.info({ campaignId: id }, 'a scheduled campaign was started')
    // At once: as an idle plan it would be noticed `standstillMs` late.
    if (!isPlanned) await attempt(() => queue.addPlanJob(id, 0))
  }

  await attempt(() => settleFailover(pool, log))
  await attempt(async () => {
    const rescued = await rescueExpired(pool)
    if (rescued > 0) log.warn({ batches: rescued }, 'batches of a lost dispatcher are planned again')
  })
  await attempt(async () => {
    const found = await rescueUnqueued(pool, queue, deps.standstillMs)
    if (found > 0) log.warn({ batches: found }, 'batches missing from the queue are planned again')
  })
  // Read after the rescues, so that rescued batches are enqueued on the same tick.
  const open = await findOpenCampaigns(pool, deps.planAheadMs)
  for (const campaign of open) await attempt(() => advance(campaign, deps))
  if (failures.length > 0) throw failures[0]
}

async function advance(campaign: OpenCampaign, deps: MaintenanceDeps): Promise<void> {
  const { pool, queue, log, standstillMs } = deps
  const { id, state, isPlanned } = campaign
  const shouldBePlanned = state !== 'scheduled' || campaign.isDueSoon
  if (!isPlanned && shouldBePlanned && campaign.planIdleSeconds * 1000 > standstillMs) {
    await queue.addPlanJob(id, planTurn(campaign, standstillMs))
  }
  // Batches that dispatchers have released since the campaign was canceled.
  const isSettled = !campaign.hasMovingBatches && !campaign.hasPlannedBatches
  if (state === 'canceled' && !isSettled) await cancelBatches(pool, id)
  if (state === 'sending' && campaign.hasPlannedBatches) await enqueueOrPause(campaign, deps)
  if (isPlanned && isSettled) {
    if (state === 'sending' && campaign.audienceSize === 0) await pauseForEmptyAudience(pool, id)
    else if (state === 'sending' || (state === 'canceled' && !campaign.hasMismatch)) {
      if (await closeCampaign(pool, id, log)) log.info({ campaignId: id }, 'a campaign is closed')
    }
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
