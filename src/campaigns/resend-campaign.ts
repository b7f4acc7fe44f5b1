/**
 * Sends again to exactly those who failed, are in doubt, or were canceled. A resend is a campaign of its own, which
 * points to the one it repeats: results are recorded once and stay, the counts of both reconcile, and everything that
 * works for a campaign (pause, cancel, progress, resend) works for it. Message, guarantee, priority and rate are the
 * origin's; the collapse identifier is that of the first campaign of the chain, so a device shows one notification.
 *
 * Each result of a campaign is resent once. Whoever is still without the message afterwards has a result in the
 * resend, and that is what can be resent next: nobody is in two of them.
 */

import type { Resent } from '../domain/campaign.ts'
import { AppError } from '../domain/errors.ts'
import { createdAtOf } from '../postgres/partitions.ts'
import type { Pool } from '../postgres/pool.ts'
import { type Campaign, getCampaign } from './campaign-store.ts'
import { enqueueCampaign, type ManageDeps } from './manage-campaign.ts'

export interface NewResend {
  /** Of the resend. Safe to repeat with the same one: what is there is the answer. */
  id: string
  only: Resent
  createdBy: string | null
}

export async function resendCampaign(
  deps: ManageDeps,
  originId: string,
  resend: NewResend,
): Promise<Campaign> {
  const origin = await getCampaign(deps.prisma, originId)
  const earlier = origin.resends.find(({ only }) => only === resend.only)
  if (earlier?.id === resend.id) return getCampaign(deps.prisma, resend.id)
  if (earlier !== undefined) throw alreadyResent(originId, resend.only, earlier.id)
  if (origin.closedAt === null) {
    throw new AppError(
      'campaign_not_resendable',
      `Campaign ${originId} is "${origin.state}"${origin.state === 'canceled' ? ' and its last messages are still on their way' : ''}. Only a campaign whose every device has its result (closedAt is set) can be resent; ${origin.state === 'draft' ? 'send this one' : 'wait for its end, or cancel it'}.`,
    )
  }
  await expectSomebody(deps.pool, originId, resend.only)
  const { rowCount } = await deps.pool.query(
    `INSERT INTO campaigns (id, project_id, name, message, audience, state, guarantee, priority, rate_per_minute,
       started_at, resend_of, resend_only, chain_id, created_by)
     SELECT $1, project_id, name, message, audience, 'sending', guarantee, priority, rate_per_minute, now(),
       id, $3, coalesce(chain_id, id), $4
     FROM campaigns WHERE id = $2 AND closed_at IS NOT NULL
     ON CONFLICT DO NOTHING`,
    [resend.id, originId, resend.only, resend.createdBy],
  )
  if (rowCount === 0) {
    // Somebody was quicker; perhaps ourselves, before a crash.
    const { rows } = await deps.pool.query<{ id: string }>(
      'SELECT id FROM campaigns WHERE resend_of = $1 AND resend_only = $2',
      [originId, resend.only],
    )
    if (rows[0]?.id !== resend.id) throw alreadyResent(originId, resend.only, rows[0]?.id ?? 'another')
  }
  await enqueueCampaign(deps, resend.id, { version: 1, isPlanned: false, isBegun: false })
  return getCampaign(deps.prisma, resend.id)
}

function alreadyResent(originId: string, only: Resent, resendId: string): AppError {
  return new AppError(
    'campaign_already_resent',
    `The ${WHO[only]} devices of campaign ${originId} were sent to again by campaign ${resendId}. To send once more to those it did not reach, resend that one.`,
  )
}

const WHO = { failed: 'failed', in_doubt: 'in-doubt', canceled: 'canceled' } as const

/** A resend of nobody would finish as an empty campaign; one of dead tokens alone would send nothing. */
async function expectSomebody(pool: Pool, originId: string, only: Resent): Promise<void> {
  const refuse = (why: string) => new AppError('nothing_to_resend', `Campaign ${originId} ${why}`)
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
  // Without the results nobody knows any more who had got it, and a resend would send to all of them.
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
