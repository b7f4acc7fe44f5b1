/**
 * A deletion that can be undone. Between `deleted_at` and its removal a campaign is shown nowhere, is not planned and does
 * not start; its rows are all there. One whose time passes meanwhile starts when it is restored.
 */
import { inDeed } from '../audit/note-deeds.ts'
import { RESTORE_SECONDS } from '../domain/campaign.ts'
import type { Pool } from '../postgres/pool.ts'
import { noteCampaign } from './note-campaign.ts'
import { type Campaign, readCampaign } from './read-campaigns.ts'
import { NEW_VERSION } from './transition.ts'

/** Safe to repeat: a campaign that is there is returned as it is. Throws `campaign_not_found` if it is too late. */
export async function restoreCampaign(pool: Pool, id: string): Promise<Campaign> {
  await inDeed(pool, async (tx, note) => {
    const { rowCount } = await tx.query({
      name: 'campaign-restore',
      text: `UPDATE campaigns SET deleted_at = NULL, ${NEW_VERSION}
             WHERE id = $1 AND deleted_at > now() - interval '${RESTORE_SECONDS} seconds'`,
      values: [id],
    })
    if (rowCount === 1) await noteCampaign(tx, note, 'campaign.restored', id)
  })
  return readCampaign(pool, id)
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
