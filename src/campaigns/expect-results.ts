/** Before results of single devices are read: of a campaign whose results were deleted, "nobody failed" would be a lie. */
import { AppError } from '../domain/errors.ts'
import type { Pool } from '../postgres/pool.ts'
import { campaignNotFound, IS_SHOWN } from './read-campaigns.ts'

/** Throws `campaign_not_found`, or `results_deleted`. */
export async function expectResults(pool: Pool, campaignId: string): Promise<void> {
  const { rows } = await pool.query<{ deletedAt: Date | null }>({
    name: 'expect-results',
    text: `SELECT results_deleted_at AS "deletedAt" FROM campaigns WHERE id = $1 AND ${IS_SHOWN}`,
    values: [campaignId],
  })
  if (rows[0] === undefined) throw campaignNotFound(campaignId)
  if (rows[0].deletedAt === null) return
  throw new AppError(
    'results_deleted',
    `Campaign ${campaignId} is so old that the results of its devices were deleted (DELIVERY_RETENTION_MONTHS). Its counts remain: GET /v1/campaigns/${campaignId}.`,
  )
}
