import { inDeed } from '../audit/note-deeds.ts'
import { NO_TOTALS } from '../results/read-progress.ts'
import { cancelBatches } from './cancel-batches.ts'
import { countInFlight } from './count-in-flight.ts'
import { type ActionDeps, enqueueCampaign } from './enqueue-campaign.ts'
import { noteCampaign } from './note-campaign.ts'
import { type Campaign, readCampaign } from './read-campaigns.ts'
import { transition } from './transition.ts'

/**
 * Ends a campaign for good, at once. undo-cancel.ts has the cancel that can be undone. Waiting batches are canceled with it; dispatchers close the batches they hold.
 * `inFlight`: how many messages may still be sent until then.
 *
 * A plan that has begun is completed with canceled batches, so that the number of devices that did not get the
 * message is known. A campaign without a plan is closed at once. A resend is always planned, because its devices can
 * be sent to again only from the resend itself.
 */
export async function cancelCampaign(
  deps: ActionDeps,
  id: string,
): Promise<{ campaign: Campaign; inFlight: number }> {
  const { pool } = deps
  const moved = await inDeed(pool, async (tx, note) => {
    const campaign = await transition(tx, id, 'cancel', CLOSE_UNPLANNED)
    await cancelBatches(tx, id)
    await noteCampaign(tx, note, 'campaign.canceled', id)
    return campaign
  })
  await enqueueCampaign(deps, id, moved)
  return { campaign: await readCampaign(pool, id), inFlight: await countInFlight(pool, id) }
}

const HAS_NO_PLAN = 'frozen_through_id IS NULL AND resend_of IS NULL'
export const CLOSE_UNPLANNED = `pause_reason = NULL, pause_detail = NULL,
  is_planned = is_planned OR (${HAS_NO_PLAN}),
  closed_at = CASE WHEN ${HAS_NO_PLAN} THEN now() END,
  totals = CASE WHEN ${HAS_NO_PLAN} THEN ${NO_TOTALS} END`
