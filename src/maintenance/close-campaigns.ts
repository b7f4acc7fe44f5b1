/**
 * Closes campaigns: a sending one becomes `finished`, a canceled one stays `canceled`; both get `closed_at`.
 *
 * The closing invariant (invariant 2): audience = sent + failed + skipped + in doubt + canceled, and the counts on
 * the batches equal the rows in `deliveries`. The statement that closes checks it against the rows. A campaign with
 * nothing left to do whose counts do not reconcile pauses for an operator and never becomes finished.
 */
import { recountCanceledBatches } from '../campaigns/cancel-batches.ts'
import { pauseAutomatically } from '../campaigns/pause-campaign.ts'
import { NEW_VERSION, NO_PLAN, transitionSql } from '../campaigns/transition.ts'
import { type CampaignState, TRANSITIONS } from '../domain/campaign.ts'
import type { DeliveryState } from '../domain/delivery-result.ts'
import { countByState, countsAsJson, sumCounts } from '../postgres/delivery-counts.ts'
import type { Pool } from '../postgres/pool.ts'
import type { Logger } from '../process/logger.ts'

/** Returns true if this call closed the campaign. Safe to call repeatedly, for a campaign in any state. */
export async function closeCampaign(pool: Pool, campaignId: string, log: Logger): Promise<boolean> {
  const { rowCount } = await pool.query({ name: 'maintenance-close', text: CLOSE, values: [campaignId] })
  if (rowCount === 1) return true
  const { rows } = await pool.query<Counts>(
    `SELECT c.state, c.closed_at, c.audience_size, b.sizes, b.on_batches, d.in_rows, ${IS_SETTLED} AS "isSettled"
     FROM campaigns c, (${BATCH_SUMS}) b, (${ROW_SUMS}) d WHERE c.id = $1`,
    [campaignId],
  )
  const counts = rows[0]
  // Settled and not closed: the counts do not reconcile, unless another process has closed it meanwhile.
  if (counts === undefined || counts.closed_at !== null || !counts.isSettled) return false
  // A dispatcher that had lost its batch recorded late results: counted now, closed on the next tick.
  if (counts.state === 'canceled' && (await recountCanceledBatches(pool, campaignId)) > 0) return false
  await reportMismatch(pool, campaignId, counts, log)
  return false
}

interface Counts {
  state: CampaignState
  closed_at: Date | null
  audience_size: number
  sizes: number
  on_batches: Record<DeliveryState, number>
  in_rows: Record<DeliveryState, number>
  isSettled: boolean
}

async function reportMismatch(pool: Pool, campaignId: string, counts: Counts, log: Logger): Promise<void> {
  const { state, audience_size, sizes, on_batches, in_rows } = counts
  const figures = `audience ${audience_size}, batches ${sizes}, on batches ${JSON.stringify(on_batches)}, in deliveries ${JSON.stringify(in_rows)}`
  log.error({ campaignId, figures }, 'the counts of a campaign do not reconcile')
  const detail = `Nothing is left to send, but the counts do not reconcile: ${figures}. Rows of this campaign were changed outside Carillon. Restore them${state === 'sending' ? ', then resume' : ''}.`
  if (state === 'sending') await pauseAutomatically(pool, campaignId, 'counts_mismatch', detail)
  else {
    await pool.query({
      name: 'maintenance-note-mismatch',
      text: `UPDATE campaigns SET pause_reason = 'counts_mismatch', pause_detail = $2, updated_at = now()
             WHERE id = $1 AND state = 'canceled' AND closed_at IS NULL`,
      values: [campaignId, detail],
    })
  }
}

/** Pauses a campaign that was planned with no device. It is planned again when it is resumed. */
export async function pauseForEmptyAudience(pool: Pool, campaignId: string): Promise<void> {
  await pauseAutomatically(
    pool,
    campaignId,
    'audience_empty',
    'No active device matched the audience when the campaign was planned. Register or import devices, then resume; or cancel it.',
  )
  await pool.query({
    name: 'maintenance-unplan',
    text: `UPDATE campaigns SET ${NO_PLAN}
           WHERE id = $1 AND state = 'paused' AND audience_size = 0`,
    values: [campaignId],
  })
}

const BATCH_SUMS = `
  SELECT s.sizes, s.canceled, ${countsAsJson('s')} AS on_batches
  FROM (SELECT coalesce(sum(x.size), 0)::int AS sizes, coalesce(sum(x.canceled), 0)::int AS canceled, ${sumCounts('x')}
        FROM batches x WHERE x.campaign_id = $1) s`

const ROW_SUMS = `
  SELECT n.row_count, ${countsAsJson('n')} AS in_rows
  FROM (SELECT count(*)::int AS row_count, ${countByState('x.state')}
        FROM deliveries x WHERE x.campaign_id = $1) n`

/** Planned, and no batch is waiting or held by a dispatcher. */
const IS_SETTLED = `c.is_planned AND c.state IN ('sending', 'canceled') AND NOT EXISTS (
  SELECT FROM batches x WHERE x.campaign_id = $1 AND x.state IN ('planned', 'queued', 'sending'))`

const FINISH = transitionSql('finish')

/** $1 campaign. Closes it if it is settled and its counts reconcile; otherwise changes no row. */
const CLOSE = `
UPDATE campaigns c SET
  state = CASE WHEN ${FINISH.isAllowed} THEN '${TRANSITIONS.finish.to}' ELSE state END,
  ${NEW_VERSION}, closed_at = now(), pause_reason = NULL, pause_detail = NULL
FROM (${BATCH_SUMS}) b, (${ROW_SUMS}) d
WHERE c.id = $1 AND c.closed_at IS NULL AND ${IS_SETTLED}
  AND c.audience_size = b.sizes
  AND b.sizes = d.row_count + b.canceled
  AND b.on_batches = d.in_rows`
