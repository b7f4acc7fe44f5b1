import { inTransaction } from '../postgres/pool.ts'
import { cancelBatches } from './cancel-batches.ts'
import { countInFlight } from './count-in-flight.ts'
import { type ActionDeps, enqueueCampaign } from './enqueue-campaign.ts'
import { type Campaign, readCampaign } from './read-campaigns.ts'
import { transition } from './transition.ts'

/**
 * Ends a campaign for good. Waiting batches are canceled with it; dispatchers close the batches they hold.
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
  const moved = await inTransaction(pool, async (tx) => {
    const campaign = await transition(tx, id, 'cancel', CLOSE_UNPLANNED)
    await cancelBatches(tx, id)
    return campaign
  })
  await enqueueCampaign(deps, id, moved)
  return { campaign: await readCampaign(pool, id), inFlight: await countInFlight(pool, id) }
}

const CLOSE_UNPLANNED = `pause_reason = NULL, pause_detail = NULL,
  is_planned = is_planned OR (frozen_through_id IS NULL AND resend_of IS NULL),
  closed_at = CASE WHEN frozen_through_id IS NULL AND resend_of IS NULL THEN now() END`
