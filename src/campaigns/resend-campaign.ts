/**
 * Sends again to exactly the failed, in-doubt or canceled devices of a closed campaign, or to those with some reasons
 * (resend-choice.ts). A resend is a campaign of its own that points to the original: the results of both stay as they were
 * recorded, the counts of both reconcile, and pause, cancel, progress and resend work for it as for any campaign. Message,
 * guarantee, priority, rate and the hours of sending are copied; the message may be corrected. All campaigns of a chain share the collapse
 * identifier of the first, so a device shows one notification.
 *
 * Each reason of a campaign is resent at most once. A device that still lacks the message afterwards has a result in
 * the resend, and is sent to again from there: no device belongs to two resends of one campaign.
 */
import { inDeed } from '../audit/note-deeds.ts'
import type { CampaignState, Resent } from '../domain/campaign.ts'
import { checkAdvertisement } from '../domain/check-advertisement.ts'
import { checkMessage } from '../domain/check-message.ts'
import type { GivenRules } from '../domain/check-send-rules.ts'
import { CODE_NAMES, DELIVERY_CODES, DELIVERY_STATES, type DeliveryCode } from '../domain/delivery-result.ts'
import { AppError } from '../domain/errors.ts'
import type { CampaignMessage } from '../domain/message.ts'
import { keepDeliveriesPartition } from '../postgres/partitions.ts'
import type { Queryable } from '../postgres/pool.ts'
import { checkConfirmed } from './confirm-audience.ts'
import { type ActionDeps, enqueueCampaign } from './enqueue-campaign.ts'
import { noteCampaign } from './note-campaign.ts'
import { type Campaign, campaignNotFound, readCampaign } from './read-campaigns.ts'
import {
  ACTIVE_DEVICE,
  type ChosenCodes,
  checkCodes,
  chooseCodes,
  countChosen,
  isAddressDead,
  LABELS,
  nothingToResend,
  numbersOf,
  readRemains,
} from './resend-choice.ts'
import { versionConflict } from './version-conflict.ts'

export interface NewResend {
  /** Of the resend. Safe to repeat with the same id: returns the resend that the first call created. */
  id: string
  only: Resent
  /** Of the failed or the in-doubt, those with these reasons. Undefined: all not resent yet, without dead addresses. */
  codes?: readonly DeliveryCode[] | undefined
  /** Undefined: as it is. */
  message?: CampaignMessage | undefined
  createdBy: string | null
  seen: SeenOrigin
}

/** What the caller of a resend has seen. */
export interface SeenOrigin {
  /** Of the original campaign. */
  version: number
  /** How many devices the caller means to send to. */
  confirmAudience?: number | undefined
  /** The largest audience that needs no confirmation. */
  confirmAbove: number
}

interface Origin extends Pick<GivenRules, 'kind' | 'advertiser'> {
  state: CampaignState
  isClosed: boolean
  version: number
  messageVersion: number
}

export async function resendCampaign(
  deps: ActionDeps,
  originId: string,
  resend: NewResend,
): Promise<Campaign> {
  const { pool } = deps
  const { only } = resend
  checkCodes(only, resend.codes)
  const corrected = resend.message === undefined ? null : checkMessage(resend.message)
  const message = corrected && JSON.stringify(corrected)
  const isCreated = await inDeed(pool, async (tx, note) => {
    // The origin's results are dropped before it is checked that they exist, or kept until the resend is planned.
    await keepDeliveriesPartition(tx, originId)
    const origin = await lockOrigin(tx, originId, resend)
    if (origin === 'repeated') return false
    if (corrected !== null) checkAdvertisement(corrected, origin)
    const remaining = await expectRemains(tx, originId, only)
    const codes = await chooseCodes(tx, originId, only, resend.codes)
    await expectActive(tx, originId, only, codes)
    const { confirmAudience, confirmAbove } = resend.seen
    const isWhole = only === 'canceled' || codes === null
    const devices = isWhole ? remaining : await countChosen(tx, originId, only, codes)
    checkConfirmed(devices, confirmAudience, confirmAbove)
    if (only !== 'in_doubt') await expectOtherMessage(tx, originId, codes, message)
    await tx.query({
      name: 'campaign-resend',
      text: `INSERT INTO campaigns (id, project_id, name, message, audience, state, guarantee, priority, rate_per_minute,
               started_at, resend_of, resend_only, resend_codes, chain_id, created_by, sent_by,
               kind, advertiser, night, send_window, default_zone, ignores_caps, counts_toward_caps, once_per_member, not_after)
             SELECT $1, project_id, ${RESEND_NAME}, coalesce($5::jsonb, message), audience, 'sending', guarantee, priority, rate_per_minute, now(),
               id, $3, $6, coalesce(chain_id, id), $4, $4,
               kind, advertiser, night, send_window, default_zone, ignores_caps, counts_toward_caps, once_per_member, CASE WHEN not_after > now() THEN not_after END
             FROM campaigns WHERE id = $2`,
      values: [
        resend.id,
        originId,
        only,
        resend.createdBy,
        message,
        codes && numbersOf(codes),
        resend.message && firstText(resend.message),
      ],
    })
    const asked = { only, codes, devices, confirmedDevices: confirmAudience ?? null }
    note({
      deed: 'campaign.resent',
      subject: { kind: 'campaign', id: originId },
      detail: { ...asked, seenVersion: resend.seen.version, resendId: resend.id },
    })
    await noteCampaign(tx, note, 'campaign.sent', resend.id, { ...asked, resendOf: originId })
    return true
  })
  if (isCreated) {
    await enqueueCampaign(deps, resend.id, { version: 1, isPlanned: false, hasPlan: false })
  }
  return readCampaign(pool, resend.id)
}

/**
 * $7: the first text of another message. A name that was only the first text of the message follows it, or lists would show
 * the text that was wrong.
 */
const RESEND_NAME = `CASE WHEN $7 <> '' AND name = coalesce(nullif(btrim(message->>'title'), ''), btrim(message->>'body'))
  THEN $7 ELSE name END`
const LONGEST_NAME = 200

/** As the console names a campaign that was given no name. */
function firstText({ title = '', body = '' }: CampaignMessage): string {
  return (title.trim() || body.trim()).slice(0, LONGEST_NAME).toWellFormed()
}

/**
 * Until the transaction ends, no other resend of the campaign is made: the next one sees which reasons this one has taken.
 * Returns "repeated" if the resend exists already. Throws unless the campaign is closed, and what was seen.
 */
async function lockOrigin(
  tx: Queryable,
  originId: string,
  { id: resendId, seen: { version } }: NewResend,
): Promise<Origin | 'repeated'> {
  const { rows } = await tx.query<Origin>({
    name: 'resend-lock',
    text: `SELECT state, closed_at IS NOT NULL AS "isClosed", version, message_version AS "messageVersion", kind, advertiser
           FROM campaigns WHERE id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE`,
    values: [originId],
  })
  if (rows[0] === undefined) throw campaignNotFound(originId)
  const { rowCount } = await tx.query({
    name: 'resend-repeated',
    text: `SELECT FROM campaigns WHERE id = $1 AND resend_of = $2`,
    values: [resendId, originId],
  })
  if (rowCount === 1) return 'repeated'
  if (rows[0].version !== version) throw versionConflict(originId, version, rows[0])
  if (!rows[0].isClosed) throw notResendable(originId, rows[0].state)
  return rows[0]
}

export function notResendable(originId: string, state: CampaignState): AppError {
  const why = state === 'canceled' ? ' and its last messages are still in flight' : ''
  const wait = state === 'canceled' ? 'wait a little' : 'wait until this one is closed, or cancel it'
  const advice = state === 'draft' ? 'send this one' : wait
  return new AppError(
    'campaign_not_resendable',
    `Campaign ${originId} is "${state}"${why}. A campaign can be resent only when every device has a result (closedAt is set); ${advice}.`,
  )
}

/** How many devices have the result. Refuses a resend if there are none, or if the results were dropped. */
async function expectRemains(db: Queryable, originId: string, only: Resent): Promise<number> {
  const { devices, hasResults } = await readRemains(db, originId, only)
  if (devices === 0) {
    throw nothingToResend(originId, `has no ${LABELS[only]} devices. GET the campaign to see its results.`)
  }
  // Without the results it is not known which devices got the message: a resend would go to all of them.
  if (!hasResults) {
    throw nothingToResend(
      originId,
      'is so old that its results were deleted (DELIVERY_RETENTION_MONTHS). Create a new campaign instead.',
    )
  }
  return devices
}

/** Refuses a resend that would send nothing: all its devices are inactive now. */
async function expectActive(
  db: Queryable,
  originId: string,
  only: Resent,
  codes: ChosenCodes,
): Promise<void> {
  if (only === 'canceled' || codes === null) return
  // Code by code, in the order of the index, until the first device that is active.
  const { rowCount } = await db.query({
    name: `resend-active-${only}`,
    text: `SELECT FROM unnest($2::smallint[]) AS k (code) CROSS JOIN LATERAL (
             SELECT FROM (SELECT device_id AS id FROM deliveries
                          WHERE campaign_id = $1 AND state = ${DELIVERY_STATES[only].number} AND code = k.code
                          ORDER BY device_id OFFSET 0) i
             CROSS JOIN LATERAL (${ACTIVE_DEVICE}) d LIMIT 1) y LIMIT 1`,
    values: [originId, numbersOf(codes)],
  })
  if (rowCount === 1) return
  const devices = await countChosen(db, originId, only, codes)
  throw nothingToResend(
    originId,
    `has ${devices} ${LABELS[only]} ${devices === 1 ? 'device' : 'devices'} with the code ${codes.join(' or ')}, but all their addresses have expired, so nothing would be sent. A device becomes active when its app registers again.`,
  )
}

/** Refuses to send a message again that FCM has refused for every device which might still be reached. */
async function expectOtherMessage(
  db: Queryable,
  originId: string,
  codes: ChosenCodes,
  message: string | null,
): Promise<void> {
  const { rows } = await db.query<{ isOther: boolean }>(
    `SELECT (message <> coalesce($2::jsonb, message)) OR ${codes === null ? IS_NOT_CONVINCING : HAS_OTHER_FAULTS} AS "isOther"
     FROM campaigns c WHERE id = $1`,
    [originId, message, ...(codes === null ? [] : [numbersOf(codes)])],
  )
  if (rows[0]?.isOther !== false) return
  throw new AppError(
    'message_needs_correction',
    `FCM refused the message of campaign ${originId} itself, so it would refuse it again: GET /v1/campaigns/${originId}/failures says why. Resend with "message", the corrected one.`,
  )
}

const FAILED = `SELECT FROM deliveries x WHERE x.campaign_id = $1 AND x.state = ${DELIVERY_STATES.failed.number}`
const IS_REFUSED = `x.code = ${DELIVERY_CODES.invalid_payload.number} AND coalesce(x.message_version, 1) = c.message_version`

const OUT_OF_REACH = CODE_NAMES.filter(isAddressDead)
  .map((code) => DELIVERY_CODES[code].number)
  .join(', ')

/** $3 the codes. Devices that failed for their dead addresses alone say nothing about the message, and may be back. */
const CHOSEN = `${FAILED} AND x.code = ANY($3::smallint[])`
const HAS_OTHER_FAULTS = `NOT EXISTS (${CHOSEN} AND ${IS_REFUSED}) OR EXISTS (${CHOSEN} AND x.code NOT IN (${OUT_OF_REACH}) AND NOT (${IS_REFUSED}))`

/** The canceled devices were not tried: as many refusals as there are, and no device that was spared, are a reason to expect the same. */
const CONVINCING = 20
const IS_NOT_CONVINCING = `EXISTS (SELECT FROM batches WHERE campaign_id = $1 AND sent > 0)
  OR (SELECT count(*) FROM (${FAILED} AND ${IS_REFUSED} LIMIT ${CONVINCING}) r) < ${CONVINCING}`
