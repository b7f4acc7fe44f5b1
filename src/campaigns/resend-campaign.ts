/**
 * Resends to exactly the failed, in-doubt or canceled devices of a campaign. A resend is a campaign of its own that
 * points to its origin: recorded results never change, the counts of both reconcile, and everything that works for a
 * campaign (pause, cancel, progress, resend) works for it. It has the message, guarantee, priority and rate of the
 * origin, and the collapse identifier of the first campaign of the chain, so a device shows one notification.
 *
 * Each state of a campaign is resent once, so no device is in two resends of the same campaign. A device that a resend
 * did not reach has its result there, and that resend can be resent in turn.
 */

import type { Resent } from '../domain/campaign.ts'
import { DELIVERY_STATES } from '../domain/delivery-result.ts'
import { AppError } from '../domain/errors.ts'
import { createdAtOf } from '../postgres/partitions.ts'
import type { Pool } from '../postgres/pool.ts'
import { type Campaign, getCampaign } from './campaign-store.ts'
import { enqueueCampaign, type ManageDeps } from './manage-campaign.ts'

export interface NewResend {
  /** Id of the resend. Safe to call repeatedly with the same id: returns the existing resend. */
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
      `Campaign ${originId} is "${origin.state}"${origin.state === 'canceled' ? ' and its last messages are still in flight' : ''}. Only a closed campaign (closedAt is set: every device has its result) can be resent; ${origin.state === 'draft' ? 'send this one' : 'wait until it ends, or cancel it'}.`,
    )
  }
  await refuseIfPointless(deps.pool, originId, resend.only)
  const { rowCount } = await deps.pool.query(
    `INSERT INTO campaigns (id, name, message, audience, state, guarantee, priority, rate_per_minute, started_at,
       resend_of, resend_only, chain_id, created_by)
     SELECT $1, name, message, audience, 'sending', guarantee, priority, rate_per_minute, now(),
       id, $3, coalesce(chain_id, id), $4
     FROM campaigns WHERE id = $2 AND closed_at IS NOT NULL
     ON CONFLICT DO NOTHING`,
    [resend.id, originId, resend.only, resend.createdBy],
  )
  if (rowCount === 0) {
    // Another request inserted it first; perhaps our own, before a crash.
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
    `The ${ADJECTIVE[only]} devices of campaign ${originId} were resent to by campaign ${resendId}. To resend to the devices it did not reach, resend that campaign.`,
  )
}

const ADJECTIVE = {
  failed: 'failed',
  in_doubt: 'in-doubt',
  canceled: 'canceled',
} as const satisfies Record<Resent, string>

/** Refuses a resend without devices, and one whose tokens are all dead: nothing would be sent. */
async function refuseIfPointless(pool: Pool, originId: string, only: Resent): Promise<void> {
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
    throw refuse(`has no ${ADJECTIVE[only]} device. GET the campaign to see its progress.`)
  }
  // Without deliveries a resend cannot tell the devices apart and would send to all of them.
  if (!hasResults) {
    throw refuse(
      'is so old that its results were dropped (DELIVERY_RETENTION_MONTHS). Create a new campaign.',
    )
  }
  if (only !== 'canceled' && !(await isAnyActive(pool, originId, only))) {
    throw refuse(
      `has ${devices} ${ADJECTIVE[only]} ${devices === 1 ? 'device' : 'devices'}, but every token is dead: nothing would be sent. The devices become active when their apps register again.`,
    )
  }
}

async function isAnyActive(
  pool: Pool,
  originId: string,
  only: Exclude<Resent, 'canceled'>,
): Promise<boolean> {
  // The number is part of the text: with a parameter the planner would not use the partial index.
  const { rowCount } = await pool.query(
    `SELECT FROM deliveries x WHERE x.campaign_id = $1 AND x.state = ${DELIVERY_STATES[only].number}
       AND EXISTS (SELECT FROM devices d WHERE d.id = x.device_id AND d.state = 'active')
     ORDER BY x.code, x.device_id LIMIT 1`,
    [originId],
  )
  return rowCount === 1
}

/** Named as by the SQL function ensure_deliveries_partition. */
function partitionOf(campaignId: string): string {
  return `deliveries_${createdAtOf(campaignId).toISOString().slice(0, 7).replace('-', '_')}`
}
