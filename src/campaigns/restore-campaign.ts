/**
 * A deletion that can be undone. Between `deleted_at` and its removal a campaign is shown nowhere, is not planned and does
 * not start; its rows are all there. One whose time passes meanwhile starts when it is restored.
 */
import { RESTORE_SECONDS } from '../domain/campaign.ts'
import { AppError } from '../domain/errors.ts'
import { inTransaction, type Pool, type Queryable } from '../postgres/pool.ts'
import { type Campaign, readCampaign } from './read-campaigns.ts'
import { NEW_VERSION } from './transition.ts'

/**
 * Safe to repeat: a campaign that is there is returned as it is. Throws `campaign_not_found` if it is too late, and
 * `run_not_changeable` if it was a run of a schedule about which something else was decided since.
 */
export async function restoreCampaign(pool: Pool, id: string): Promise<Campaign> {
  await inTransaction(pool, async (tx) => {
    const run = await lockRunOf(tx, id)
    if (run !== undefined && !run.isIts) {
      throw new AppError(
        'run_not_changeable',
        `Campaign ${id} was the run of schedule ${run.scheduleId} at ${run.at.toISOString()}, about which something else was decided after it was deleted. It was not restored. GET /v1/schedules/${run.scheduleId} shows the run; POST …/runs/restore takes one in again that was left out.`,
      )
    }
    await tx.query({
      name: 'campaign-restore',
      text: `UPDATE campaigns SET deleted_at = NULL, ${NEW_VERSION}
             WHERE id = $1 AND deleted_at > now() - interval '${RESTORE_SECONDS} seconds'`,
      values: [id],
    })
  })
  return readCampaign(pool, id)
}

/**
 * The run whose campaign it was, if it can be restored. Nobody decides about the runs of the schedule until the end of the
 * transaction: a restored campaign and one that was made anew would both be sent.
 */
async function lockRunOf(
  tx: Queryable,
  id: string,
): Promise<{ scheduleId: string; at: Date; isIts: boolean } | undefined> {
  const { rows: schedules } = await tx.query<{ id: string }>({
    name: 'campaign-restore-lock',
    text: `SELECT id FROM schedules WHERE id = (SELECT schedule_id FROM campaigns WHERE id = $1) FOR NO KEY UPDATE`,
    values: [id],
  })
  if (schedules.length === 0) return undefined
  const { rows } = await tx.query<{ scheduleId: string; at: Date; isIts: boolean }>({
    name: 'campaign-restore-run',
    text: `SELECT c.schedule_id AS "scheduleId", c.schedule_run_at AS at,
             EXISTS (SELECT FROM schedule_runs r WHERE r.schedule_id = c.schedule_id AND r.campaign_id = c.id) AS "isIts"
           FROM campaigns c
           WHERE c.id = $1 AND c.deleted_at > now() - interval '${RESTORE_SECONDS} seconds'`,
    values: [id],
  })
  return rows[0]
}

/** By one call. What is left is removed by the next. */
const MOST_AT_ONCE = 100

/**
 * Removes campaigns that cannot be restored any more, each by a statement of its own: it may have the thousands of batches of
 * a plan that was made ahead. Safe to repeat, and from any number of processes. Returns how many.
 */
export async function removeDeleted(pool: Pool): Promise<number> {
  for (let removed = 0; removed < MOST_AT_ONCE; removed++) {
    const { rowCount } = await pool.query({
      name: 'maintenance-remove-deleted',
      // A locked row is being removed by another process.
      text: `DELETE FROM campaigns WHERE id IN (
               SELECT id FROM campaigns WHERE deleted_at <= now() - interval '${RESTORE_SECONDS} seconds'
               ORDER BY deleted_at LIMIT 1 FOR UPDATE SKIP LOCKED)`,
    })
    if (rowCount === 0) return removed
  }
  return MOST_AT_ONCE
}
