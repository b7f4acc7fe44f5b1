/**
 * Changes the state of a campaign. Every UPDATE of `campaigns.state`, here and in maintenance, takes its new state
 * and its guard from `transitionSql`, and so from the one table in domain/campaign.ts. Zero rows is an answer, not an
 * error: the campaign was in another state.
 *
 * Lock order, here and everywhere: the campaign's row, then its batches.
 */
import { type CampaignAction, type CampaignState, EDITABLE_STATES, TRANSITIONS } from '../domain/campaign.ts'
import { AppError, type ErrorCode } from '../domain/errors.ts'
import type { Queryable } from '../postgres/pool.ts'
import { campaignNotFound } from './read-campaigns.ts'
import { versionConflict } from './version-conflict.ts'

/** For SET in every UPDATE that an admin's If-Match must notice. */
export const NEW_VERSION = 'version = version + 1, updated_at = now()'

/** For SET: no plan has begun. The caller deletes its batches, if there are any. */
export const NO_PLAN = `is_planned = false, plan_cursor = 0, frozen_through_id = NULL, planned_batches = 0,
  frozen_at = NULL, planned_at = NULL, audience_size = 0`

/** Pauses that are remembered of one campaign: the first ones. Nobody pauses as often by hand. */
const MOST_PAUSES = 100
/** What `pauses` becomes when a pause ends: it is remembered, with its reason, and whether a cancel has ended it. */
export const pausesWithThis = (isCanceled = false) => `CASE
  WHEN state = 'paused' AND paused_at IS NOT NULL AND jsonb_array_length(pauses) < ${MOST_PAUSES}
  THEN pauses || jsonb_build_object('from', paused_at, 'to', now(), 'reason', pause_reason, 'isCanceled', ${isCanceled})
  ELSE pauses END`

/** For WHERE: the campaign is there, and nobody is canceling it. Without this, what was undone or deleted would leave. */
const IS_KEPT = 'cancel_at IS NULL AND deleted_at IS NULL'

/** For WHERE: it has a state in which a campaign may be edited or deleted. */
export const HAS_EDITABLE_STATE = isIn(EDITABLE_STATES)

/** For WHERE: the campaign may be edited or deleted. */
export const IS_EDITABLE = `${HAS_EDITABLE_STATE} AND ${IS_KEPT}`

/**
 * The parts of the UPDATE that makes a transition: `set` for SET, `isAllowed` for WHERE. A campaign that is being canceled
 * may only be canceled, once and for all, or kept (undo-cancel.ts). One that moves is not in the archive: nobody would see
 * it.
 */
export function transitionSql(action: CampaignAction): { set: string; isAllowed: string } {
  const { from, to } = TRANSITIONS[action]
  const pausedAt = to === 'paused' ? 'now()' : 'NULL'
  const endsPause = (from as readonly CampaignState[]).includes('paused')
    ? `, pauses = ${pausesWithThis(action === 'cancel')}`
    : ''
  const set = `state = '${to}', paused_at = ${pausedAt}, archived_at = NULL, ${NEW_VERSION}${endsPause}`
  return action === 'cancel'
    ? { set: `${set}, cancel_at = NULL`, isAllowed: `${isIn(from)} AND deleted_at IS NULL` }
    : { set, isAllowed: `${isIn(from)} AND ${IS_KEPT}` }
}

/** As text, not as a parameter: the planner can then use the partial indexes on `state`. */
function isIn(states: readonly CampaignState[]): string {
  return `state IN (${states.map((state) => `'${state}'`).join(', ')})`
}

/** The plan at the moment of a transition. Decides what is put on the queue. */
export interface Moved {
  version: number
  /** Complete. */
  isPlanned: boolean
  /** Begun: there may be batches. */
  hasPlan: boolean
}

/** A further condition of a transition: SQL over the row, and what to say when a campaign in the right state does not meet it. */
export interface Condition {
  sql: string
  refusal: (id: string) => AppError
}

interface Guard {
  /** The campaign moves only in the version that the caller has seen. Undefined: in any, for what must always work. */
  version?: number
  onlyIf?: Condition
  /** $3, for `alsoSet`. */
  by?: string | null
}

/**
 * What an operator does to one campaign. `alsoSet`: more columns to set, SQL of our own. Throws `campaign_not_found`,
 * `version_conflict`, or the action's refusal when the campaign is in a state that the action may not leave.
 */
export async function transition(
  db: Queryable,
  id: string,
  action: OperatorAction,
  alsoSet: string,
  { version, onlyIf, by }: Guard = {},
): Promise<Moved> {
  const { set, isAllowed } = transitionSql(action)
  const { rows } = await db.query<Moved>({
    name: `campaign-${action}`,
    text: `UPDATE campaigns SET ${set}, ${alsoSet}
           WHERE id = $1 AND ${isAllowed} AND ($2::int IS NULL OR version = $2)${onlyIf === undefined ? '' : ` AND (${onlyIf.sql})`}
           RETURNING version, is_planned AS "isPlanned", frozen_through_id IS NOT NULL AS "hasPlan"`,
    values: [id, version ?? null, ...(by === undefined ? [] : [by])],
  })
  if (rows[0]) return rows[0]
  const { cancelAt, ...found } = await readStanding(db, id)
  if (version !== undefined && version !== found.version) throw versionConflict(id, version, found)
  const isInState = (TRANSITIONS[action].from as readonly CampaignState[]).includes(found.state)
  if (isInState && cancelAt !== null) throw isBeingCanceled(REFUSALS[action].code, id, cancelAt)
  throw isInState && onlyIf !== undefined ? onlyIf.refusal(id) : refusal(action, id, found.state)
}

interface Standing {
  state: CampaignState
  version: number
  messageVersion: number
  cancelAt: Date | null
}

/** What a statement that changed no row is explained by. Throws `campaign_not_found`, also for a deleted campaign. */
export async function readStanding(db: Queryable, id: string): Promise<Standing> {
  const { rows } = await db.query<Standing>(
    `SELECT state, version, message_version AS "messageVersion", cancel_at AS "cancelAt"
     FROM campaigns WHERE id = $1 AND deleted_at IS NULL`,
    [id],
  )
  if (rows[0] === undefined) throw campaignNotFound(id)
  return rows[0]
}

/** For whatever would change or start the campaign meanwhile. */
export function isBeingCanceled(code: ErrorCode, id: string, cancelAt: Date): AppError {
  return new AppError(
    code,
    `Campaign ${id} is being canceled, which is final at ${cancelAt.toISOString()}; nothing is sent. To take that back, POST /v1/campaigns/${id}/keep first.`,
  )
}

const REFUSALS = {
  send: { code: 'campaign_not_sendable', done: 'sent' },
  pause: { code: 'campaign_not_pausable', done: 'paused' },
  resume: { code: 'campaign_not_resumable', done: 'resumed' },
  cancel: { code: 'campaign_not_cancelable', done: 'canceled' },
} as const satisfies Partial<Record<CampaignAction, { code: ErrorCode; done: string }>>

export type OperatorAction = keyof typeof REFUSALS

export function refusal(action: OperatorAction, id: string, state: CampaignState): AppError {
  const { code, done } = REFUSALS[action]
  if (action === 'send' && state === 'sending') {
    return new AppError(
      'campaign_already_sending',
      `Campaign ${id} is already "sending". GET the campaign to see its progress.`,
    )
  }
  const allowed = TRANSITIONS[action].from.map((name) => `"${name}"`).join(' or ')
  return new AppError(
    code,
    `Campaign ${id} is "${state}" and cannot be ${done}. Only a campaign that is ${allowed} can.`,
  )
}
