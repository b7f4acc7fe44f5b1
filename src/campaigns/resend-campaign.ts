/**
 * Sends again to exactly those who failed, are in doubt, or were canceled. A retry is a campaign of its own, which
 * points to the one it repeats: results are recorded once and stay, the books of both balance, and everything that
 * works for a campaign (pause, cancel, progress, retry) works for it. Message, guarantee, priority and rate are the
 * origin's; the collapse identifier is that of the first campaign of the chain, so a device shows one notification.
 *
 * Each result of a campaign is retried once. Whoever is still without the message afterwards has a result in the
 * retry, and that is what can be retried next: nobody is in two of them.
 */
import type { Pool } from '../postgres/pool.ts'
import { AppError } from '../domain/errors.ts'
import { createdAtOf } from '../postgres/partitions.ts'
import type { Retried } from '../domain/campaign.ts'
import { type Campaign, getCampaign } from './campaign-store.ts'
import { type ManageDeps, putOnConveyor } from './manage-campaign.ts'

export interface NewRetry {
  /** Of the retry. Safe to repeat with the same one: what is there is the answer. */
  id: string
  only: Retried
  createdBy: string | null
}

export async function retryCampaign(deps: ManageDeps, originId: string, retry: NewRetry): Promise<Campaign> {
  const origin = await getCampaign(deps.prisma, originId)
  const earlier = origin.retries.find(({ only }) => only === retry.only)
  if (earlier?.id === retry.id) return getCampaign(deps.prisma, retry.id)
  if (earlier !== undefined) throw alreadyRetried(originId, retry.only, earlier.id)
  if (origin.closedAt === null) {
    throw new AppError(
      'campaign_not_retryable',
      `Campaign ${originId} is "${origin.state}"${origin.state === 'canceled' ? ' and its last messages are still on their way' : ''}. Only a campaign whose every device has its result (closedAt is set) can be retried; ${origin.state === 'draft' ? 'send this one' : 'wait for its end, or cancel it'}.`,
    )
  }
  await expectSomebody(deps.pool, originId, retry.only)
  const { rowCount } = await deps.pool.query(
    `INSERT INTO campaigns (id, name, message, audience, state, guarantee, priority, rate_per_minute, started_at,
       retry_of, retry_only, chain_id, created_by)
     SELECT $1, name, message, audience, 'sending', guarantee, priority, rate_per_minute, now(),
       id, $3, coalesce(chain_id, id), $4
     FROM campaigns WHERE id = $2 AND closed_at IS NOT NULL
     ON CONFLICT DO NOTHING`,
    [retry.id, originId, retry.only, retry.createdBy],
  )
  if (rowCount === 0) {
    // Somebody was quicker; perhaps ourselves, before a crash.
    const { rows } = await deps.pool.query<{ id: string }>(
      'SELECT id FROM campaigns WHERE retry_of = $1 AND retry_only = $2',
      [originId, retry.only],
    )
    if (rows[0]?.id !== retry.id) throw alreadyRetried(originId, retry.only, rows[0]?.id ?? 'another')
  }
  await putOnConveyor(deps, retry.id, { version: 1, isPlanned: false, isBegun: false })
  return getCampaign(deps.prisma, retry.id)
}

function alreadyRetried(originId: string, only: Retried, retryId: string): AppError {
  return new AppError(
    'campaign_already_retried',
    `The ${WHO[only]} devices of campaign ${originId} were sent to again by campaign ${retryId}. To send once more to those it did not reach, retry that one.`,
  )
}

const WHO = { failed: 'failed', in_doubt: 'in-doubt', canceled: 'canceled' } as const

/** A retry of nobody would finish as an empty campaign; one of dead tokens alone would send nothing. */
async function expectSomebody(pool: Pool, originId: string, only: Retried): Promise<void> {
  const refuse = (why: string) => new AppError('nothing_to_retry', `Campaign ${originId} ${why}`)
  const { rows } = await pool.query<{ devices: number; hasResults: boolean }>(
    `SELECT coalesce(sum(${only}), 0)::int AS devices, EXISTS (
       SELECT FROM pg_class WHERE relname = $2 AND relnamespace =
         (SELECT relnamespace FROM pg_class WHERE oid = 'deliveries'::regclass)) AS "hasResults"
     FROM batches WHERE campaign_id = $1`,
    [originId, partitionOf(originId)],
  )
  const { devices = 0, hasResults = false } = rows[0] ?? {}
  if (devices === 0) {
    throw refuse(`has no ${WHO[only]} device. GET its progress to see what its devices have.`)
  }
  // Without the results nobody knows any more who had got it, and a retry would send to all of them.
  if (!hasResults) {
    throw refuse('is so old that its results were dropped (DELIVERY_RETENTION_MONTHS). Make a new campaign.')
  }
  if (only !== 'canceled' && !(await isAnyActive(pool, originId, only))) {
    throw refuse(
      `has ${devices} ${WHO[only]} ${devices === 1 ? 'device' : 'devices'}, but the token of each is dead: nothing would be sent. They come back when their apps register again.`,
    )
  }
}

async function isAnyActive(pool: Pool, originId: string, only: 'failed' | 'in_doubt'): Promise<boolean> {
  // The state's number is in the text, or the partial index would not be considered.
  const { rowCount } = await pool.query(
    `SELECT FROM deliveries x WHERE x.campaign_id = $1 AND x.state = ${only === 'failed' ? 2 : 4}
       AND EXISTS (SELECT FROM devices d WHERE d.id = x.device_id AND d.state = 'active')
     ORDER BY x.code, x.device_id LIMIT 1`,
    [originId],
  )
  return rowCount === 1
}

/** As ensure_deliveries_partition names them. */
function partitionOf(campaignId: string): string {
  return `deliveries_${createdAtOf(campaignId).toISOString().slice(0, 7).replace('-', '_')}`
}
