/**
 * Edits and deletes campaigns that have not been sent. Both take the version that the caller has seen; undefined means
 * any version. Of a paused campaign only the message can be changed: correct-message.ts.
 */
import { type Audience, type CampaignState, EDITABLE_STATES, type Guarantee } from '../domain/campaign.ts'
import { checkAudience } from '../domain/check-audience.ts'
import { checkMessage } from '../domain/check-message.ts'
import { AppError } from '../domain/errors.ts'
import type { CampaignMessage } from '../domain/message.ts'
import { inTransaction, type Pool, type Queryable } from '../postgres/pool.ts'
import { checkSchedule } from './check-schedule.ts'
import { correctMessage } from './correct-message.ts'
import { type Campaign, campaignNotFound, readCampaign } from './read-campaigns.ts'
import { IS_EDITABLE, NEW_VERSION, NO_PLAN, transitionSql } from './transition.ts'
import { versionConflict } from './version-conflict.ts'

export interface CampaignChanges {
  name?: string
  message?: CampaignMessage
  audience?: Audience
  guarantee?: Guarantee
  priority?: number
  ratePerMinute?: number | null
  /** Null makes it a draft again. */
  scheduledAt?: Date | null
}

/** Edits a campaign that has not been sent, or corrects the message of one that is paused. */
export async function changeCampaign(
  pool: Pool,
  id: string,
  changes: CampaignChanges,
  { by, version }: { by: string | null; version: number | undefined },
): Promise<Campaign> {
  const { message, ...others } = changes
  if (message !== undefined && Object.keys(others).length === 0) {
    if (await correctMessage(pool, id, { message, by, version })) return readCampaign(pool, id)
  }
  return editCampaign(pool, id, changes, version)
}

/**
 * A scheduled campaign is planned ahead of its time. If its audience or its time changes, that plan is deleted and made
 * again: its devices were frozen for another condition or another moment.
 */
export async function editCampaign(
  pool: Pool,
  id: string,
  changes: CampaignChanges,
  version?: number,
): Promise<Campaign> {
  const { name, message, audience, guarantee, priority, ratePerMinute, scheduledAt } = changes
  const values: unknown[] = [id, version ?? null]
  const assign = (column: string, value: unknown) => set.push(`${column} = $${values.push(value)}`)

  const { set: first, isAllowed } = scheduleSql(scheduledAt)
  const set = [first]
  if (name !== undefined) assign('name', name)
  if (message !== undefined) assign('message', JSON.stringify(checkMessage(message)))
  if (audience !== undefined) assign('audience', JSON.stringify(checkAudience(audience)))
  if (guarantee !== undefined) assign('guarantee', guarantee)
  if (priority !== undefined) assign('priority', priority)
  if (ratePerMinute !== undefined) assign('rate_per_minute', ratePerMinute)
  if (scheduledAt !== undefined) assign('scheduled_at', scheduledAt)
  const isPlanObsolete = audience !== undefined || scheduledAt !== undefined
  if (isPlanObsolete) set.push(NO_PLAN)

  await inTransaction(pool, async (tx) => {
    const { rowCount } = await tx.query(
      // Not a named statement: its text differs with the columns.
      `/* campaign-edit */ UPDATE campaigns SET ${set.join(', ')}
       WHERE id = $1 AND ${isAllowed} AND ($2::int IS NULL OR version = $2)`,
      values,
    )
    if (rowCount === 0) throw await refusedEdit(tx, id, version, 'changed')
    // A statement of its own: it must see the batches that a planner committed while the UPDATE waited for the row.
    if (isPlanObsolete) {
      await tx.query({
        name: 'campaign-edit-unplan',
        text: 'DELETE FROM batches WHERE campaign_id = $1',
        values: [id],
      })
    }
  })
  return readCampaign(pool, id)
}

/** A new time, or none, is a transition; every other edit leaves the state alone. */
function scheduleSql(scheduledAt: Date | null | undefined): { set: string; isAllowed: string } {
  if (scheduledAt === undefined) return { set: NEW_VERSION, isAllowed: IS_EDITABLE }
  checkSchedule(scheduledAt)
  return transitionSql(scheduledAt === null ? 'unschedule' : 'schedule')
}

export async function deleteCampaign(pool: Pool, id: string, version?: number): Promise<void> {
  const { rowCount } = await pool.query({
    name: 'campaign-delete',
    text: `DELETE FROM campaigns WHERE id = $1 AND ${IS_EDITABLE} AND ($2::int IS NULL OR version = $2)`,
    values: [id, version ?? null],
  })
  if (rowCount === 0) throw await refusedEdit(pool, id, version, 'deleted')
}

async function refusedEdit(
  db: Queryable,
  id: string,
  version: number | undefined,
  done: 'changed' | 'deleted',
): Promise<AppError> {
  const { rows } = await db.query<{ state: CampaignState; version: number; messageVersion: number }>(
    'SELECT state, version, message_version AS "messageVersion" FROM campaigns WHERE id = $1',
    [id],
  )
  if (rows[0] === undefined) return campaignNotFound(id)
  const { state } = rows[0]
  if (done === 'changed' && state === 'paused') {
    return new AppError(
      'campaign_not_editable',
      `Campaign ${id} is "paused": only its message can be corrected. Send a PATCH with "message" and nothing else.`,
    )
  }
  if (done === 'changed' && state === 'sending') {
    return new AppError(
      'campaign_not_editable',
      `Campaign ${id} is "sending" and cannot be changed. Pause it to correct its message; or cancel it.`,
    )
  }
  if (!(EDITABLE_STATES as readonly CampaignState[]).includes(state)) {
    return new AppError(
      'campaign_not_editable',
      `Campaign ${id} is "${state}" and cannot be ${done}. Only a campaign that is "draft" or "scheduled" can.${done === 'changed' ? ` Devices that it has not reached can be sent another message: POST /v1/campaigns/${id}/resend with "message".` : ''}`,
    )
  }
  return versionConflict(id, version, rows[0])
}
