/**
 * Closes campaigns: a sending one becomes `finished`, a canceled one stays `canceled`; both get `closed_at`.
 *
 * The closing invariant (invariant 2): audience = sent + failed + skipped + in doubt + canceled, and the counts on
 * the batches equal the rows in `deliveries`. The rows are counted in parts, each by one short statement: in one, ten
 * million take longer than the statement timeout allows. What is counted so far is in `campaigns.closing`, so it is
 * visible, survives a crash, and several processes take turns. The statement that closes compares it with the batches. A
 * campaign with nothing left to do whose counts do not reconcile pauses for an operator and never becomes finished.
 */
import { recountCanceledBatches } from '../campaigns/cancel-batches.ts'
import { pauseAutomatically } from '../campaigns/pause-campaign.ts'
import { NEW_VERSION, NO_PLAN, transitionSql } from '../campaigns/transition.ts'
import { type CampaignState, TRANSITIONS } from '../domain/campaign.ts'
import { DELIVERY_STATES, type DeliveryState, STATE_NAMES } from '../domain/delivery-result.ts'
import { countByState, countsAsJson } from '../postgres/delivery-counts.ts'
import type { Pool } from '../postgres/pool.ts'
import type { Logger } from '../process/logger.ts'
import { type CampaignFinished, campaignFinished } from '../process/operator-events.ts'
import { BATCH_SUMS, totalsSql } from '../results/read-progress.ts'
import { markRefusedAddresses } from './mark-refused.ts'
import { HAS_MOVING_BATCHES, HAS_PLANNED_BATCHES } from './open-campaigns.ts'

/** Rows counted by one statement: about 30 ms when they are cached. */
const PART = 50_000

/**
 * Closes all campaigns that are settled. Each in turn gets one part counted, so that a small one does not wait for a large
 * one. A failure of one does not stop the others; the first is thrown at the end. Ends early when `signal` is aborted.
 */
export async function closeSettled(pool: Pool, log: Logger, signal: AbortSignal, part = PART): Promise<void> {
  const failures: unknown[] = []
  for (let isAnyLeft = true; isAnyLeft && failures.length === 0; ) {
    isAnyLeft = false
    for (const id of await findSettled(pool)) {
      if (signal.aborted) return
      try {
        if ((await advanceClosing(pool, id, log, part, signal)) === 'not_yet') isAnyLeft = true
      } catch (error) {
        failures.push(error)
      }
    }
  }
  if (failures.length > 0) throw failures[0]
}

/** Returns true if this call closed the campaign. Safe to call repeatedly, for a campaign in any state. */
export async function closeCampaign(
  pool: Pool,
  campaignId: string,
  log: Logger,
  part = PART,
): Promise<boolean> {
  for (;;) {
    const step = await advanceClosing(pool, campaignId, log, part)
    if (step !== 'not_yet') return step === 'closed'
  }
}

/** Planned, and no batch is waiting or held by a dispatcher. */
const IS_SETTLED = `c.closed_at IS NULL AND c.is_planned AND c.state IN ('sending', 'canceled')
  AND NOT (${HAS_MOVING_BATCHES}) AND NOT ${HAS_PLANNED_BATCHES}`

/** A canceled one that did not reconcile is counted again after ten minutes: until then, the result would be the same. */
async function findSettled(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>({
    name: 'maintenance-settled',
    text: `SELECT c.id FROM campaigns c
           WHERE ${IS_SETTLED} AND (c.state = 'canceled' OR c.audience_size > 0)
             AND NOT (c.pause_reason IS NOT NULL AND c.updated_at > now() - interval '10 min')
           ORDER BY c.priority, c.created_at`,
  })
  return rows.map(({ id }) => id)
}

/** Counts one part, and closes the campaign after the last. `no`: not settled, in the hands of another process, or wrong. */
async function advanceClosing(
  pool: Pool,
  campaignId: string,
  log: Logger,
  part: number,
  signal?: AbortSignal,
): Promise<'closed' | 'not_yet' | 'no'> {
  const { rows } = await pool.query<{ isComplete: boolean }>({
    name: 'maintenance-count-results',
    text: COUNT_PART,
    values: [campaignId, part],
  })
  if (rows[0] === undefined) return 'no'
  if (!rows[0].isComplete) return 'not_yet'
  await markRefusedAddresses(pool, campaignId, signal && { signal })
  if (signal?.aborted === true) return 'not_yet'
  const { rows: closed } = await pool.query<CampaignFinished & { state: CampaignState }>({
    name: 'maintenance-close',
    text: CLOSE,
    values: [campaignId],
  })
  if (closed[0] !== undefined) {
    const { state, ...facts } = closed[0]
    log.info({ campaignId }, 'a campaign is closed')
    if (state === TRANSITIONS.finish.to) campaignFinished.publish(facts satisfies CampaignFinished)
    return 'closed'
  }
  return await recountOrReport(pool, campaignId, log)
}

/**
 * A dispatcher that had lost its batch may have recorded results of a canceled campaign while they were counted. So
 * everything is counted once more, and only if that does not reconcile either, it is wrong.
 */
async function recountOrReport(pool: Pool, campaignId: string, log: Logger): Promise<'not_yet' | 'no'> {
  const { rows } = await pool.query<Counts>(
    `SELECT c.state, c.audience_size, b.sizes, b.on_batches, c.closing->'states' AS in_rows,
       c.closing ? 'isRecount' AS "isRecount"
     FROM campaigns c, (${SUMS}) b
     WHERE c.id = $1 AND ${IS_SETTLED} AND ${IS_COUNTED}`,
    [campaignId],
  )
  // None: another process has closed it, or it has been changed meanwhile.
  const counts = rows[0]
  if (counts === undefined) return 'no'
  if (counts.isRecount) {
    await reportMismatch(pool, campaignId, counts, log)
    return 'no'
  }
  await recountCanceledBatches(pool, campaignId)
  await pool.query({
    name: 'maintenance-count-again',
    text: `UPDATE campaigns SET closing = jsonb_build_object('version', version, 'isRecount', true)
           WHERE id = $1 AND closed_at IS NULL`,
    values: [campaignId],
  })
  return 'not_yet'
}

interface Counts {
  state: CampaignState
  audience_size: number
  sizes: number
  on_batches: Record<DeliveryState, number>
  in_rows: Record<DeliveryState, number>
  isRecount: boolean
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
      text: `UPDATE campaigns SET pause_reason = 'counts_mismatch', pause_detail = $2, updated_at = now(), closing = NULL
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

/** $1 campaign. */
const SUMS = `
  SELECT s.*, ${countsAsJson('s')} AS on_batches
  FROM (SELECT coalesce(sum(b.size), 0)::int AS sizes, ${BATCH_SUMS} FROM batches b WHERE b.campaign_id = $1) s`

const counted = (key: string) => `coalesce((old.closing->'states'->>'${key}')::int, 0)`
const ADDED = STATE_NAMES.map((state) => `'${state}', ${counted(state)} + n.${state}`).join(', ')

/**
 * $1 campaign, $2 rows. Counts the next rows in the order of devices, if the campaign is settled and no other process is
 * counting it. Begins anew if the campaign was changed since: it may have been repaired.
 */
const COUNT_PART = `
WITH old AS MATERIALIZED (
  SELECT c.version, CASE WHEN (c.closing->>'version')::int = c.version THEN c.closing ELSE '{}' END AS closing
  FROM campaigns c WHERE c.id = $1 AND ${IS_SETTLED} FOR NO KEY UPDATE SKIP LOCKED
), n AS MATERIALIZED (
  SELECT count(*)::int AS row_count, max(x.device_id) AS last_id, ${countByState('x.state')}
  FROM old CROSS JOIN LATERAL (
    SELECT device_id, state FROM deliveries
    WHERE campaign_id = $1 AND device_id > coalesce((old.closing->>'throughId')::bigint, -1)
    ORDER BY device_id LIMIT $2::int) x
)
UPDATE campaigns c SET closing = old.closing || jsonb_build_object(
  'version', old.version,
  'throughId', coalesce(n.last_id, (old.closing->>'throughId')::bigint, -1),
  'rows', coalesce((old.closing->>'rows')::int, 0) + n.row_count,
  'states', jsonb_build_object(${ADDED}),
  'isComplete', n.row_count < $2::int)
FROM old, n WHERE c.id = $1
RETURNING (c.closing->>'isComplete')::boolean AS "isComplete"`

/** All rows are counted, and the campaign was not changed since that began. */
const IS_COUNTED = `(c.closing->>'version')::int = c.version AND (c.closing->>'isComplete')::boolean`

const FINISH = transitionSql('finish')

/** $1 campaign. Closes it if it is settled and its counts reconcile, and keeps them; otherwise changes no row. */
const CLOSE = `
UPDATE campaigns c SET
  state = CASE WHEN ${FINISH.isAllowed} THEN '${TRANSITIONS.finish.to}' ELSE state END,
  ${NEW_VERSION}, closed_at = now(), closing = NULL, pause_reason = NULL, pause_detail = NULL,
  totals = ${totalsSql('b', 'b.sizes')}
FROM (${SUMS}) b
WHERE c.id = $1 AND ${IS_SETTLED} AND ${IS_COUNTED}
  AND c.audience_size = b.sizes
  AND b.sizes = (c.closing->>'rows')::int + b.canceled
  AND b.on_batches = c.closing->'states'
RETURNING c.id AS "campaignId", c.name, c.state, b.sizes AS audience, ${STATE_NAMES.map((state) => `b.${state} AS "${DELIVERY_STATES[state].count}"`).join(', ')}, b.canceled`
