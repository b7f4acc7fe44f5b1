/**
 * What happens to the batches of a campaign when it is paused or canceled. Used by the admin's actions (in the
 * transaction of the transition) and by campaigns that pause themselves.
 *
 * Lock order, here and everywhere: the campaign's row, then its batches.
 */

import { type PauseReason, type Platform, TRANSITIONS } from '../domain/campaign.ts'
import { DELIVERY_CODES, DELIVERY_STATES } from '../domain/delivery-result.ts'
import { countByState, setCounts } from '../postgres/delivery-counts.ts'
import { inTransaction, type Pool, type Queryable } from '../postgres/pool.ts'
import { type CampaignPaused, campaignPaused } from '../process/operator-events.ts'

/**
 * Pauses a campaign that cannot continue, with a reason and a sentence a person can act on. Returns false if the
 * campaign was not sending, and changes nothing then. Dispatchers await and record the messages in flight.
 */
export async function pauseItself(
  pool: Pool,
  campaignId: string,
  reason: PauseReason,
  detail: string,
): Promise<boolean> {
  const name = await inTransaction(pool, async (tx) => {
    const { rows } = await tx.query<{ name: string }>({
      name: 'campaign-pause',
      text: `UPDATE campaigns SET state = 'paused', pause_reason = $2, pause_detail = $3, updated_at = now(),
               version = version + 1
             WHERE id = $1 AND state = ANY ($4::campaign_state[])
             RETURNING name`,
      values: [campaignId, reason, detail, TRANSITIONS.pause.from],
    })
    if (rows[0] === undefined) return null
    await dequeueBatches(tx, campaignId)
    return rows[0].name
  })
  if (name === null) return false
  campaignPaused.publish({ campaignId, name, reason, detail } satisfies CampaignPaused)
  return true
}

/**
 * Halts one platform of a campaign because FCM cannot authenticate with its push service. Other platforms continue; a
 * resume lifts the halt. Returns false if the platform is halted already or the campaign is not sending.
 */
export async function haltPlatform(pool: Pool, campaignId: string, platform: Platform): Promise<boolean> {
  const { rowCount } = await pool.query({
    name: 'campaign-halt-platform',
    text: `UPDATE campaigns SET halted_platforms = array_append(halted_platforms, $2::platform), updated_at = now(),
             version = version + 1
           WHERE id = $1 AND state = 'sending' AND NOT $2::platform = ANY (halted_platforms)`,
    values: [campaignId, platform],
  })
  return rowCount === 1
}

/** Plans enqueued batches again that nobody has claimed. Their jobs on the queue find nothing to do. */
export async function dequeueBatches(tx: Queryable, campaignId: string): Promise<void> {
  await tx.query({
    name: 'campaign-unqueue',
    text: `UPDATE batches SET state = 'planned', not_before = now() WHERE campaign_id = $1 AND state = 'queued'`,
    values: [campaignId],
  })
}

/**
 * Closes every batch of a canceled campaign that no dispatcher owns. Devices that already have a result keep it; the
 * others are canceled. Counts the rows, because some batches were sent in part before they were released.
 */
export async function sweepCanceled(tx: Queryable, campaignId: string): Promise<void> {
  await tx.query({
    name: 'campaign-sweep-fresh',
    text: `UPDATE batches b SET state = 'canceled', canceled = size
           FROM campaigns c WHERE c.id = $1 AND c.state = 'canceled'
             AND b.campaign_id = $1 AND b.state IN ('planned', 'queued') AND b.attempt = 0`,
    values: [campaignId],
  })
  // at_most_once: messages of a dead dispatcher may have arrived. Calling them canceled would invite a repeat.
  await tx.query({
    name: 'campaign-sweep-launched',
    text: `INSERT INTO deliveries (campaign_id, device_id, state, code, attempt)
           SELECT b.campaign_id, i.id, $2, $3, least(b.attempt, 32767)
           FROM campaigns c, batches b CROSS JOIN LATERAL unnest(b.device_ids) WITH ORDINALITY AS i (id, position)
           WHERE c.id = $1 AND c.state = 'canceled' AND b.campaign_id = $1
             AND b.state IN ('planned', 'queued') AND b.launched > 0 AND i.position <= b.launched
           ORDER BY i.id ON CONFLICT DO NOTHING`,
    values: [campaignId, DELIVERY_STATES.in_doubt.number, DELIVERY_CODES.dispatcher_died.number],
  })
  await tx.query({
    name: 'campaign-sweep-attempted',
    text: `UPDATE batches b SET state = 'canceled', ${setCounts('n')}, canceled = b.size - n.total
           FROM campaigns c, batches x CROSS JOIN LATERAL (${COUNTS_OF_X}) n
           WHERE c.id = $1 AND c.state = 'canceled' AND x.campaign_id = $1 AND x.seq = b.seq
             AND b.campaign_id = $1 AND b.state IN ('planned', 'queued') AND b.attempt > 0`,
    values: [campaignId],
  })
}

/**
 * Recounts the canceled batches of a canceled campaign. A result that a former owner recorded during the sweep is in
 * `deliveries` and not in the sweep's counts. Returns how many batches were wrong.
 */
export async function recountCanceledBatches(pool: Pool, campaignId: string): Promise<number> {
  const { rowCount } = await pool.query(
    `UPDATE batches b SET ${setCounts('n')}, canceled = b.size - n.total
     FROM campaigns c, batches x CROSS JOIN LATERAL (${COUNTS_OF_X}) n
     WHERE c.id = $1 AND c.state = 'canceled' AND x.campaign_id = $1 AND x.seq = b.seq
       AND b.campaign_id = $1 AND b.state = 'canceled' AND b.canceled <> b.size - n.total`,
    [campaignId],
  )
  return rowCount ?? 0
}

/** Counts the deliveries of the devices of batch x: `total`, and a column for each state. */
const COUNTS_OF_X = `
  SELECT count(*) AS total, ${countByState('d.state')}
  FROM unnest(x.device_ids) AS i (id)
  JOIN deliveries d ON d.campaign_id = x.campaign_id AND d.device_id = i.id`
