/**
 * The maintenance tick: starts what is due, puts back what stands still, enqueues, and closes what is complete. Every deed
 * is a guarded statement that is safe to repeat, so any number of maintenance processes may run, and none depends on
 * the queue: it is maintenance that rebuilds it.
 */
import { sweepCanceled } from '../campaigns/halt-campaign.ts'
import type { Logger } from '../process/logger.ts'
import { type EnqueueDeps, enqueueBatches } from '../queue/enqueue-batches.ts'
import { closeCampaign, pauseForEmptyAudience } from './close-campaigns.ts'
import { pauseWhenOnlyHeld, releaseHeld } from './held-batches.ts'
import { findOpenCampaigns, type OpenCampaign } from './open-campaigns.ts'
import { rescueExpired, rescueUnqueued } from './rescue-batches.ts'
import { startDueCampaigns } from './start-due-campaigns.ts'

export interface MaintenanceDeps extends EnqueueDeps {
  planAheadMs: number
  /** A batch queued for longer is looked for on the queue; a plan idle for longer is asked for again. */
  standstillMs: number
  log: Logger
}

/** One pass. A failing deed does not keep the others from running; the first failure is thrown at the end. */
export async function keepUp(deps: MaintenanceDeps): Promise<void> {
  const failures: unknown[] = []
  const attempt = async (deed: () => Promise<unknown>) => {
    try {
      await deed()
    } catch (error) {
      failures.push(error)
    }
  }
  const { pool, queue, log } = deps
  for (const { id, isPlanned } of await startDueCampaigns(pool)) {
    log.info({ campaignId: id }, 'a scheduled campaign was started')
    // At once: waiting for a standstill would cost it its punctuality.
    if (!isPlanned) await attempt(() => queue.addPlanJob(id, 0))
  }

  await attempt(async () => {
    const rescued = await rescueExpired(pool)
    if (rescued > 0) log.warn({ batches: rescued }, 'batches of a dead owner were taken back')
  })
  await attempt(async () => {
    const found = await rescueUnqueued(pool, queue, deps.standstillMs)
    if (found > 0) log.warn({ batches: found }, 'batches missing from the queue were put back')
  })
  // Looked at only now: what was just put back is to be enqueued in this tick.
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
  // One that ended while its batches were being released: whatever came back since is canceled too.
  const isSettled = !campaign.hasMovingBatches && !campaign.hasPlannedBatches
  if (state === 'canceled' && !isSettled) await sweepCanceled(pool, id)
  if (state === 'sending' && campaign.hasPlannedBatches) await goOn(campaign, deps)
  if (isPlanned && isSettled) {
    if (state === 'sending' && campaign.audienceSize === 0) await pauseForEmptyAudience(pool, id)
    else if (state === 'sending' || (state === 'canceled' && !campaign.hasMismatch)) {
      if (await closeCampaign(pool, id, log))
        log.info({ campaignId: id }, 'the counts of a campaign are closed')
    }
  }
}

async function goOn(
  { id, isPlanned, hasMovingBatches, haltedPlatforms }: OpenCampaign,
  deps: MaintenanceDeps,
) {
  if (haltedPlatforms.length === 0) await releaseHeld(deps.pool, id)
  if ((await enqueueBatches(deps, id)) > 0 || hasMovingBatches || !isPlanned || haltedPlatforms.length === 0)
    return
  if (await pauseWhenOnlyHeld(deps.pool, id, haltedPlatforms)) {
    deps.log.warn(
      { campaignId: id, haltedPlatforms },
      'a campaign has nobody left but devices of a halted platform',
    )
  }
}

/**
 * Names the entry after the progress of the plan and the logarithm of its standstill: an entry that was lost is
 * replaced soon, and a planner that is away for hours finds a dozen entries for a campaign, not thousands.
 */
function planTurn({ plannedBatches, planIdleSeconds }: OpenCampaign, standstillMs: number): number {
  return plannedBatches * 64 + 1 + Math.floor(Math.log2(Math.max(1, (planIdleSeconds * 1000) / standstillMs)))
}
