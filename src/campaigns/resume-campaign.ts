import { inDeed } from '../audit/note-deeds.ts'
import type { PauseReason } from '../domain/campaign.ts'
import { AppError } from '../domain/errors.ts'
import { ensureDeliveriesPartition } from '../postgres/partitions.ts'
import type { Queryable } from '../postgres/pool.ts'
import { type ActionDeps, enqueueCampaign } from './enqueue-campaign.ts'
import { noteCampaign } from './note-campaign.ts'
import { type Campaign, readCampaign } from './read-campaigns.ts'
import { type Condition, transition } from './transition.ts'

/**
 * Continues a paused campaign, also on platforms that were halted. Not with a message that FCM refuses. `version`: of the campaign
 * as the caller has seen it.
 */
export async function resumeCampaign(deps: ActionDeps, id: string, version: number): Promise<Campaign> {
  const moved = await inDeed(deps.pool, async (tx, note) => {
    const campaign = await transition(tx, id, 'resume', FORGET_PAUSE, { version, onlyIf: IS_WORTH_IT })
    // It may have paused because its results could not be recorded.
    await ensureDeliveriesPartition(tx, id)
    await restartAges(tx, id)
    await noteCampaign(tx, note, 'campaign.resumed', id, { seenVersion: version })
    return campaign
  })
  await enqueueCampaign(deps, id, moved)
  return readCampaign(deps.pool, id)
}

/** A batch's age limit must not count the pause, or the first fault after a long one would be final. */
export async function restartAges(tx: Queryable, id: string): Promise<void> {
  await tx.query({
    name: 'campaign-resume-batches',
    text: `UPDATE batches SET first_claimed_at = NULL WHERE campaign_id = $1 AND state = 'planned' AND attempt > 0`,
    values: [id],
  })
}

/** Whoever resumes a campaign whose addresses are refused has been told so: it does not pause for them again. */
const FORGET_PAUSE = `pause_reason = NULL, pause_detail = NULL, halted_platforms = '{}',
  judges_addresses = judges_addresses AND pause_reason IS DISTINCT FROM '${'addresses_refused' satisfies PauseReason}'`

/** The same message would be refused for everybody who is left, and each refusal counts against the quota. */
const IS_WORTH_IT: Condition = {
  sql: `pause_reason IS DISTINCT FROM '${'message_refused' satisfies PauseReason}'`,
  refusal: (id) =>
    new AppError(
      'message_needs_correction',
      `FCM refuses the message of campaign ${id}; "pauseDetail" says why. Correct it first: PATCH /v1/campaigns/${id} with "message". Then resume. Or cancel the campaign.`,
    ),
}
