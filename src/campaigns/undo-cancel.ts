/**
 * A cancel that can be undone for some seconds. Until `cancel_at` nothing of the campaign leaves: one that is sending is
 * paused, one that is scheduled or paused stays as it is, and nothing but a keep may start it (transition.ts). It keeps its
 * plan and its queued devices, so a keep goes on where it was.
 *
 * Then it is canceled for good: by the API that took the cancel, or by maintenance, whoever comes first. Keeping and
 * completing are one guarded UPDATE each of the same row, so of the two exactly one happens. With every process dead at that
 * moment the campaign just waits: nothing is sent, and it is canceled when one is up again.
 */
import { inDeed } from '../audit/note-deeds.ts'
import { canDo, type PauseReason, TRANSITIONS } from '../domain/campaign.ts'
import { AppError } from '../domain/errors.ts'
import { asProcess } from '../process/acting.ts'
import { cancelBatches } from './cancel-batches.ts'
import { CLOSE_UNPLANNED } from './cancel-campaign.ts'
import { countInFlight } from './count-in-flight.ts'
import { type ActionDeps, enqueueCampaign } from './enqueue-campaign.ts'
import { noteCampaign } from './note-campaign.ts'
import { dequeueBatches } from './pause-campaign.ts'
import { type Campaign, readCampaign } from './read-campaigns.ts'
import { restartAges } from './resume-campaign.ts'
import {
  type Moved,
  NEW_VERSION,
  pausesWithThis,
  readStanding,
  refusal,
  transitionSql,
} from './transition.ts'

const CANCEL = transitionSql('cancel')
const PAUSE = transitionSql('pause')

const CANCELING = 'canceling' satisfies PauseReason
export const CANCELING_DETAIL =
  'It is being canceled: nothing is sent, and at "cancelAt" that is final. Until then POST …/keep takes it back.'

/**
 * Cancels it in so many seconds. Repeated, it changes nothing: the first time stands. `inFlight`: how many messages may
 * still be sent, as when it is paused.
 */
export async function beginCancel(
  { pool }: Pick<ActionDeps, 'pool'>,
  id: string,
  undoSeconds: number,
): Promise<{ campaign: Campaign; inFlight: number }> {
  await inDeed(pool, async (tx, note) => {
    const { rowCount } = await tx.query({
      name: 'campaign-begin-cancel',
      text: BEGIN,
      values: [id, undoSeconds, CANCELING_DETAIL],
    })
    if (rowCount === 1) {
      await dequeueBatches(tx, id)
      return noteCampaign(tx, note, 'campaign.cancel_begun', id, { undoSeconds })
    }
    const { state, cancelAt } = await readStanding(tx, id)
    if (cancelAt === null || !canDo('cancel', state)) throw refusal('cancel', id, state)
  })
  return { campaign: await readCampaign(pool, id), inFlight: await countInFlight(pool, id) }
}

/** Only one that is sending has to be paused. */
const BEGIN = `
UPDATE campaigns SET
  state = CASE WHEN ${PAUSE.isAllowed} THEN '${TRANSITIONS.pause.to}' ELSE state END,
  pause_reason = CASE WHEN ${PAUSE.isAllowed} THEN '${CANCELING}' ELSE pause_reason END,
  pause_detail = CASE WHEN ${PAUSE.isAllowed} THEN $3 ELSE pause_detail END,
  paused_at = CASE WHEN ${PAUSE.isAllowed} THEN now() ELSE paused_at END,
  cancel_at = now() + make_interval(secs => $2::float8), ${NEW_VERSION}
WHERE id = $1 AND ${CANCEL.isAllowed} AND cancel_at IS NULL`

/** Takes the cancel back: the campaign is again what it was before. */
export async function keepCampaign(deps: ActionDeps, id: string): Promise<Campaign> {
  const { pool } = deps
  const moved = await inDeed(pool, async (tx, note) => {
    const { rows } = await tx.query<Moved & { isSending: boolean }>({
      name: 'campaign-keep',
      text: KEEP,
      values: [id],
    })
    if (rows[0] === undefined) {
      const { state, cancelAt } = await readStanding(tx, id)
      throw nothingToUndo(id, state, cancelAt)
    }
    await noteCampaign(tx, note, 'campaign.cancel_taken_back', id)
    if (!rows[0].isSending) return null
    await restartAges(tx, id)
    return rows[0]
  })
  if (moved !== null) await enqueueCampaign(deps, id, moved)
  return readCampaign(pool, id)
}

/** Paused for something else meanwhile, or before: it stays paused for that. */
const WAS_SENDING = `state = 'paused' AND pause_reason = '${CANCELING}'`

const KEEP = `
UPDATE campaigns SET
  state = CASE WHEN ${WAS_SENDING} THEN '${TRANSITIONS.resume.to}' ELSE state END,
  paused_at = CASE WHEN ${WAS_SENDING} THEN NULL ELSE paused_at END,
  pause_detail = CASE WHEN ${WAS_SENDING} THEN NULL ELSE pause_detail END,
  pause_reason = CASE WHEN ${WAS_SENDING} THEN NULL ELSE pause_reason END,
  pauses = CASE WHEN ${WAS_SENDING} THEN ${pausesWithThis()} ELSE pauses END,
  cancel_at = NULL, ${NEW_VERSION}
WHERE id = $1 AND cancel_at > now() AND deleted_at IS NULL
RETURNING version, state = '${TRANSITIONS.resume.to}' AS "isSending", is_planned AS "isPlanned",
  frozen_through_id IS NOT NULL AS "hasPlan"`

function nothingToUndo(id: string, state: string, cancelAt: Date | null): AppError {
  const why =
    cancelAt === null
      ? `is "${state}" and is not being canceled`
      : `is "${state}", and its cancel is final since ${cancelAt.toISOString()}`
  const advice =
    state === 'canceled' || cancelAt !== null
      ? `To send to the devices that did not get the message, POST /v1/campaigns/${id}/resend with {"only": "canceled"}.`
      : 'GET the campaign to see what it is now.'
  return new AppError('cancel_not_undoable', `Campaign ${id} ${why}: there is nothing to undo. ${advice}`)
}

/** Returns true if this call has canceled the campaign for good. Safe to repeat, and from any number of processes. */
export async function completeCancel(deps: ActionDeps, id: string): Promise<boolean> {
  // Whoever began it is in the event of that; a person who completes it is none.
  const moved = await asProcess(() =>
    inDeed(deps.pool, async (tx, note) => {
      const { rows } = await tx.query<Moved>({
        name: 'campaign-complete-cancel',
        text: COMPLETE,
        values: [id],
      })
      if (rows[0] === undefined) return undefined
      await cancelBatches(tx, id)
      await noteCampaign(tx, note, 'campaign.canceled', id)
      return rows[0]
    }),
  )
  if (moved === undefined) return false
  deps.log.info({ campaignId: id }, 'the cancel of a campaign is final')
  await enqueueCampaign(deps, id, moved)
  return true
}

const COMPLETE = `
UPDATE campaigns SET ${CANCEL.set}, ${CLOSE_UNPLANNED}
WHERE id = $1 AND ${CANCEL.isAllowed} AND cancel_at <= now()
RETURNING version, is_planned AS "isPlanned", frozen_through_id IS NOT NULL AS "hasPlan"`

/** Those whose time has passed. A failure of one does not stop the others; the first is thrown at the end. */
export async function completeDueCancels(deps: ActionDeps): Promise<void> {
  const { rows } = await deps.pool.query<{ id: string }>({
    name: 'maintenance-due-cancels',
    text: `SELECT id FROM campaigns
           WHERE closed_at IS NULL AND state IN ('scheduled', 'paused') AND cancel_at <= now() ORDER BY cancel_at`,
  })
  const failures: unknown[] = []
  for (const { id } of rows) await completeCancel(deps, id).catch((error: unknown) => failures.push(error))
  if (failures.length > 0) throw failures[0]
}
