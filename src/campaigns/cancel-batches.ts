/**
 * Closes the batches of a canceled campaign that no dispatcher holds. Devices that already have a result keep it; the
 * others are canceled. Counts are taken from `deliveries`, because an earlier attempt may have sent part of a batch.
 */
import { DELIVERY_CODES, DELIVERY_STATES } from '../domain/delivery-result.ts'
import { countByState, resultTimes, setCounts, setResultTimes } from '../postgres/delivery-counts.ts'
import type { Pool, Queryable } from '../postgres/pool.ts'

/** Safe to call repeatedly, and for a campaign in any state: changes nothing unless the campaign is canceled. */
export async function cancelBatches(tx: Queryable, campaignId: string): Promise<void> {
  await tx.query({
    name: 'campaign-cancel-fresh',
    text: `UPDATE batches b SET state = 'canceled', canceled = size
           FROM campaigns c WHERE c.id = $1 AND c.state = 'canceled'
             AND b.campaign_id = $1 AND b.state IN ('planned', 'queued') AND b.attempt = 0`,
    values: [campaignId],
  })
  // at_most_once: messages that a dead dispatcher had launched may have arrived. Calling them canceled would invite a
  // resend to the same devices.
  await tx.query({
    name: 'campaign-cancel-launched',
    text: `INSERT INTO deliveries (campaign_id, device_id, state, code, attempt, message_version)
           SELECT b.campaign_id, i.id, $2, $3, least(b.attempt, 32767), nullif(b.launched_version, 1)
           FROM campaigns c, batches b CROSS JOIN LATERAL unnest(b.device_ids) WITH ORDINALITY AS i (id, position)
           WHERE c.id = $1 AND c.state = 'canceled' AND b.campaign_id = $1
             AND b.state IN ('planned', 'queued') AND b.launched <> '{}' AND i.position::smallint = ANY(b.launched)
           ORDER BY i.id ON CONFLICT DO NOTHING`,
    values: [campaignId, DELIVERY_STATES.in_doubt.number, DELIVERY_CODES.dispatcher_died.number],
  })
  await tx.query({
    name: 'campaign-cancel-attempted',
    text: `UPDATE batches b SET state = 'canceled', ${setCounts('n')}, ${setResultTimes('n')}, canceled = b.size - n.total
           FROM campaigns c, batches x CROSS JOIN LATERAL (${COUNTS_OF_X}) n
           WHERE c.id = $1 AND c.state = 'canceled' AND x.campaign_id = $1 AND x.seq = b.seq
             AND b.campaign_id = $1 AND b.state IN ('planned', 'queued') AND b.attempt > 0`,
    values: [campaignId],
  })
}

/**
 * Counts the canceled batches of a canceled campaign again: a dispatcher that lost its batch may have recorded results
 * after `cancelBatches` had counted. Returns how many batches had wrong counts.
 */
export async function recountCanceledBatches(pool: Pool, campaignId: string): Promise<number> {
  const { rowCount } = await pool.query({
    name: 'campaign-recount-canceled',
    text: `UPDATE batches b SET ${setCounts('n')}, ${setResultTimes('n')}, canceled = b.size - n.total
           FROM campaigns c, batches x CROSS JOIN LATERAL (${COUNTS_OF_X}) n
           WHERE c.id = $1 AND c.state = 'canceled' AND x.campaign_id = $1 AND x.seq = b.seq
             AND b.campaign_id = $1 AND b.state = 'canceled' AND b.canceled <> b.size - n.total`,
    values: [campaignId],
  })
  return rowCount ?? 0
}

/** The results in `deliveries` of the devices of batch x. */
const COUNTS_OF_X = `
  SELECT count(*) AS total, ${countByState('d.state')}, ${resultTimes('d.sent_at')}
  FROM unnest(x.device_ids) AS i (id)
  JOIN deliveries d ON d.campaign_id = x.campaign_id AND d.device_id = i.id`
