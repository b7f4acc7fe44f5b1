import { inDeed } from '../audit/note-deeds.ts'
import type { PauseReason } from '../domain/campaign.ts'
import { inTransaction, type Pool, type Queryable } from '../postgres/pool.ts'
import { type CampaignPaused, campaignPaused } from '../process/operator-events.ts'
import { countInFlight } from './count-in-flight.ts'
import type { ActionDeps } from './enqueue-campaign.ts'
import { noteCampaign } from './note-campaign.ts'
import { type Campaign, readCampaign } from './read-campaigns.ts'
import { transition, transitionSql } from './transition.ts'

/**
 * Pauses a campaign for an operator. Queued batches become planned again; dispatchers stop the batches they hold within
 * about a second. `inFlight`: how many messages may still be sent until then.
 */
export async function pauseCampaign(
  { pool }: Pick<ActionDeps, 'pool'>,
  id: string,
): Promise<{ campaign: Campaign; inFlight: number }> {
  await inDeed(pool, async (tx, note) => {
    await transition(tx, id, 'pause', `pause_reason = 'by_operator', pause_detail = NULL`)
    await dequeueBatches(tx, id)
    await noteCampaign(tx, note, 'campaign.paused', id)
  })
  return { campaign: await readCampaign(pool, id), inFlight: await countInFlight(pool, id) }
}

const PAUSE = transitionSql('pause')
/** Ours have a third of it, with what FCM said. A token service or a driver may quote a whole page. */
const LONGEST_DETAIL = 2_000

/**
 * Pauses a campaign that cannot go on, with a reason and a sentence that tells the operator what to do. Dispatchers
 * wait for the answers to messages in flight and record them. Returns false and changes nothing if the campaign was
 * not sending, if its message is not the one with `messageVersion` any more, or if a person has decided that refused addresses
 * are no reason: a dispatcher may still have a batch in hand from before.
 */
export async function pauseAutomatically(
  pool: Pool,
  campaignId: string,
  reason: PauseReason,
  detail: string,
  messageVersion?: number,
): Promise<boolean> {
  const storable = detail.slice(0, LONGEST_DETAIL).replaceAll('\0', ' ').toWellFormed()
  const name = await inTransaction(pool, async (tx) => {
    const { rows } = await tx.query<{ name: string }>({
      name: 'campaign-auto-pause',
      text: `UPDATE campaigns SET ${PAUSE.set}, pause_reason = $2::text, pause_detail = $3
             WHERE id = $1 AND ${PAUSE.isAllowed} AND ($4::int IS NULL OR message_version = $4)
               AND ($2::text <> 'addresses_refused' OR judges_addresses)
             RETURNING name`,
      values: [campaignId, reason, storable, messageVersion ?? null],
    })
    if (rows[0] === undefined) return null
    await dequeueBatches(tx, campaignId)
    return rows[0].name
  })
  if (name === null) return false
  campaignPaused.publish({ campaignId, name, reason, detail: storable } satisfies CampaignPaused)
  return true
}

/**
 * Queued batches become planned again. Their jobs stay on the queue; a dispatcher that takes one cannot claim its
 * batch.
 */
export async function dequeueBatches(tx: Queryable, campaignId: string): Promise<void> {
  await tx.query({
    name: 'campaign-dequeue',
    text: `UPDATE batches SET state = 'planned', not_before = now() WHERE campaign_id = $1 AND state = 'queued'`,
    values: [campaignId],
  })
}
