/**
 * Sends again to exactly the failed, in-doubt or canceled devices of a closed campaign. A resend is a campaign of its
 * own that points to the original: the results of both stay as they were recorded, the counts of both reconcile, and
 * pause, cancel, progress and resend work for it as for any campaign. Message, guarantee, priority and rate are
 * copied; the message may be corrected. All campaigns of a chain share the collapse identifier of the first, so a device shows one notification.
 *
 * Each result of a campaign is resent at most once. A device that still lacks the message afterwards has a result in
 * the resend, and is sent to again from there: no device belongs to two resends of one campaign.
 */
import type { CampaignState, Resent } from '../domain/campaign.ts'
import { checkMessage } from '../domain/check-message.ts'
import { CODE_NAMES, DELIVERY_CODES, DELIVERY_STATES } from '../domain/delivery-result.ts'
import { AppError } from '../domain/errors.ts'
import type { CampaignMessage } from '../domain/message.ts'
import { addCounts } from '../postgres/delivery-counts.ts'
import { keepDeliveriesPartition } from '../postgres/partitions.ts'
import { inTransaction, type Pool, type Queryable } from '../postgres/pool.ts'
import { type ActionDeps, enqueueCampaign } from './enqueue-campaign.ts'
import { type Campaign, campaignNotFound, readCampaign } from './read-campaigns.ts'

export interface NewResend {
  /** Of the resend. Safe to repeat with the same id: returns the resend that the first call created. */
  id: string
  only: Resent
  /** Undefined: as it is. */
  message?: CampaignMessage | undefined
  createdBy: string | null
}

export async function resendCampaign(
  deps: ActionDeps,
  originId: string,
  resend: NewResend,
): Promise<Campaign> {
  const { pool } = deps
  const origin = await readOrigin(pool, originId, resend.only)
  if (origin.resendId === resend.id) return readCampaign(pool, resend.id)
  if (origin.resendId !== null) throw alreadyResent(originId, resend.only, origin.resendId)
  if (!origin.isClosed) throw notResendable(originId, origin.state)
  const message = resend.message === undefined ? null : JSON.stringify(checkMessage(resend.message))
  const isCreated = await inTransaction(pool, async (tx) => {
    // The origin's results are dropped before it is checked that they exist, or kept until the resend is planned.
    await keepDeliveriesPartition(tx, originId)
    await expectDevices(tx, originId, resend.only)
    if (resend.only !== 'in_doubt') await expectOtherMessage(tx, originId, resend.only, message)
    const { rowCount } = await tx.query({
      name: 'campaign-resend',
      text: `INSERT INTO campaigns (id, project_id, name, message, audience, state, guarantee, priority, rate_per_minute,
               started_at, resend_of, resend_only, chain_id, created_by)
             SELECT $1, project_id, name, coalesce($5::jsonb, message), audience, 'sending', guarantee, priority, rate_per_minute, now(),
               id, $3, coalesce(chain_id, id), $4
             FROM campaigns WHERE id = $2 AND closed_at IS NOT NULL
             ON CONFLICT DO NOTHING`,
      values: [resend.id, originId, resend.only, resend.createdBy, message],
    })
    return rowCount === 1
  })
  if (!isCreated) {
    // Another request was faster; it may be an earlier run of this one.
    const { resendId } = await readOrigin(pool, originId, resend.only)
    if (resendId !== resend.id) throw alreadyResent(originId, resend.only, resendId ?? 'another')
  }
  await enqueueCampaign(deps, resend.id, { version: 1, isPlanned: false, hasPlan: false })
  return readCampaign(pool, resend.id)
}

interface Origin {
  state: CampaignState
  isClosed: boolean
  /** The campaign that has resent this result already. */
  resendId: string | null
}

async function readOrigin(pool: Pool, originId: string, only: Resent): Promise<Origin> {
  const { rows } = await pool.query<Origin>({
    name: 'resend-origin',
    text: `SELECT state, closed_at IS NOT NULL AS "isClosed",
             (SELECT r.id FROM campaigns r WHERE r.resend_of = c.id AND r.resend_only = $2) AS "resendId"
           FROM campaigns c WHERE id = $1`,
    values: [originId, only],
  })
  if (rows[0] === undefined) throw campaignNotFound(originId)
  return rows[0]
}

function notResendable(originId: string, state: CampaignState): AppError {
  const why = state === 'canceled' ? ' and its last messages are still in flight' : ''
  const wait = state === 'canceled' ? 'wait a little' : 'wait until this one is closed, or cancel it'
  const advice = state === 'draft' ? 'send this one' : wait
  return new AppError(
    'campaign_not_resendable',
    `Campaign ${originId} is "${state}"${why}. A campaign can be resent only when every device has a result (closedAt is set); ${advice}.`,
  )
}

function alreadyResent(originId: string, only: Resent, resendId: string): AppError {
  return new AppError(
    'campaign_already_resent',
    `Campaign ${resendId} has already resent campaign ${originId} to its ${LABELS[only]} devices. To try the remaining devices again, resend campaign ${resendId}.`,
  )
}

const LABELS = { failed: 'failed', in_doubt: 'in-doubt', canceled: 'canceled' } as const

/** Refuses a resend that would send nothing: no such device, results that were dropped, or dead addresses only. */
async function expectDevices(db: Queryable, originId: string, only: Resent): Promise<void> {
  const refuse = (why: string) => new AppError('nothing_to_resend', `Campaign ${originId} ${why}`)
  // A row is looked for, and not the partition: it is made anew when an old draft of that month is sent.
  const { rows } = await db.query<{ devices: number; hasResults: boolean }>(
    `SELECT coalesce(sum(b.${only}), 0)::int AS devices,
       coalesce(sum(${addCounts('b')}), 0) = 0
         OR (SELECT true FROM deliveries x WHERE x.campaign_id = $1 ORDER BY x.device_id LIMIT 1) IS NOT NULL AS "hasResults"
     FROM batches b WHERE b.campaign_id = $1`,
    [originId],
  )
  const { devices = 0, hasResults = false } = rows[0] ?? {}
  if (devices === 0) {
    throw refuse(`has no ${LABELS[only]} devices. GET the campaign to see its results.`)
  }
  // Without the results it is not known which devices got the message: a resend would go to all of them.
  if (!hasResults) {
    throw refuse(
      'is so old that its results were deleted (DELIVERY_RETENTION_MONTHS). Create a new campaign instead.',
    )
  }
  if (only !== 'canceled' && !(await hasActiveDevice(db, originId, only))) {
    throw refuse(
      `has ${devices} ${LABELS[only]} ${devices === 1 ? 'device' : 'devices'}, but all their addresses have expired, so nothing would be sent. A device becomes active when its app registers again.`,
    )
  }
}

async function hasActiveDevice(
  db: Queryable,
  originId: string,
  only: 'failed' | 'in_doubt',
): Promise<boolean> {
  // The number of the state is part of the text; the partial index would not be used with a parameter.
  const { rowCount } = await db.query(
    `SELECT FROM deliveries x WHERE x.campaign_id = $1 AND x.state = ${DELIVERY_STATES[only].number}
       AND EXISTS (SELECT FROM devices d JOIN campaigns c ON c.id = $1 AND c.project_id = d.project_id
                   WHERE d.id = x.device_id AND d.state = 'active')
     ORDER BY x.code, x.device_id LIMIT 1`,
    [originId],
  )
  return rowCount === 1
}

/** Refuses to send a message again that FCM has refused for every device which might still be reached. */
async function expectOtherMessage(
  db: Queryable,
  originId: string,
  only: 'failed' | 'canceled',
  message: string | null,
): Promise<void> {
  const { rows } = await db.query<{ isOther: boolean }>(
    `SELECT (message <> coalesce($2::jsonb, message)) OR ${only === 'failed' ? HAS_OTHER_FAULTS : IS_NOT_CONVINCING} AS "isOther"
     FROM campaigns c WHERE id = $1`,
    [originId, message],
  )
  if (rows[0]?.isOther !== false) return
  throw new AppError(
    'message_needs_correction',
    `FCM refused the message of campaign ${originId} itself, so it would refuse it again: GET /v1/campaigns/${originId}/failures says why. Resend with "message", the corrected one.`,
  )
}

const FAILED = `SELECT FROM deliveries x WHERE x.campaign_id = $1 AND x.state = ${DELIVERY_STATES.failed.number}`
const IS_REFUSED = `x.code = ${DELIVERY_CODES.invalid_payload.number} AND coalesce(x.message_version, 1) = c.message_version`

const OUT_OF_REACH = CODE_NAMES.filter((code) => DELIVERY_CODES[code].class === 'dead_address')
  .map((code) => DELIVERY_CODES[code].number)
  .join(', ')

/** Devices that failed for their dead addresses alone say nothing about the message, and may be back. */
const HAS_OTHER_FAULTS = `NOT EXISTS (${FAILED} AND ${IS_REFUSED}) OR EXISTS (${FAILED} AND x.code NOT IN (${OUT_OF_REACH}) AND NOT (${IS_REFUSED}))`

/** The canceled devices were not tried: as many refusals as there are, and no device that was spared, are a reason to expect the same. */
const CONVINCING = 20
const IS_NOT_CONVINCING = `EXISTS (SELECT FROM batches WHERE campaign_id = $1 AND sent > 0)
  OR (SELECT count(*) FROM (${FAILED} AND ${IS_REFUSED} LIMIT ${CONVINCING}) r) < ${CONVINCING}`
