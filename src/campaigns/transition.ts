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

/** For SET in every UPDATE that an admin's If-Match must notice. */
export const NEW_VERSION = 'version = version + 1, updated_at = now()'

/** For SET: no plan has begun. The caller deletes its batches, if there are any. */
export const NO_PLAN = `is_planned = false, plan_cursor = 0, frozen_through_id = NULL, planned_batches = 0,
  planned_at = NULL, audience_size = 0`

/** For WHERE: the campaign may be edited or deleted. */
export const IS_EDITABLE = isIn(EDITABLE_STATES)

/** The parts of the UPDATE that makes a transition: `set` for SET, `isAllowed` for WHERE. */
export function transitionSql(action: CampaignAction): { set: string; isAllowed: string } {
  const { from, to } = TRANSITIONS[action]
  return { set: `state = '${to}', ${NEW_VERSION}`, isAllowed: isIn(from) }
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

/**
 * What an operator does to one campaign. `alsoSet`: more columns to set, SQL of our own. Throws `campaign_not_found`,
 * or the action's refusal when the campaign is in a state that the action may not leave.
 */
export async function transition(
  db: Queryable,
  id: string,
  action: OperatorAction,
  alsoSet: string,
  onlyIf?: Condition,
): Promise<Moved> {
  const { set, isAllowed } = transitionSql(action)
  const { rows } = await db.query<Moved>({
    name: `campaign-${action}`,
    text: `UPDATE campaigns SET ${set}, ${alsoSet}
           WHERE id = $1 AND ${isAllowed}${onlyIf === undefined ? '' : ` AND (${onlyIf.sql})`}
           RETURNING version, is_planned AS "isPlanned", frozen_through_id IS NOT NULL AS "hasPlan"`,
    values: [id],
  })
  if (rows[0]) return rows[0]
  const { rows: found } = await db.query<{ state: CampaignState }>(
    'SELECT state FROM campaigns WHERE id = $1',
    [id],
  )
  if (found[0] === undefined) throw campaignNotFound(id)
  const { state } = found[0]
  const isInState = (TRANSITIONS[action].from as readonly CampaignState[]).includes(state)
  throw isInState && onlyIf !== undefined ? onlyIf.refusal(id) : refusal(action, id, state)
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
