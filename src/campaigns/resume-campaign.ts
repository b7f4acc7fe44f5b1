import { ensureDeliveriesPartition } from '../postgres/partitions.ts'
import { inTransaction } from '../postgres/pool.ts'
import { type ActionDeps, enqueueCampaign } from './enqueue-campaign.ts'
import { type Campaign, readCampaign } from './read-campaigns.ts'
import { transition } from './transition.ts'

/** Continues a paused campaign, also on platforms that were halted. */
export async function resumeCampaign(deps: ActionDeps, id: string): Promise<Campaign> {
  const moved = await inTransaction(deps.pool, async (tx) => {
    const campaign = await transition(tx, id, 'resume', FORGET_PAUSE)
    // It may have paused because its results could not be recorded.
    await ensureDeliveriesPartition(tx, id)
    // A batch's age limit must not count the pause, or the first fault after a long one would be final.
    await tx.query({
      name: 'campaign-resume-batches',
      text: `UPDATE batches SET first_claimed_at = NULL WHERE campaign_id = $1 AND state = 'planned' AND attempt > 0`,
      values: [id],
    })
    return campaign
  })
  await enqueueCampaign(deps, id, moved)
  return readCampaign(deps.pool, id)
}

const FORGET_PAUSE = `pause_reason = NULL, pause_detail = NULL, halted_platforms = '{}'`
