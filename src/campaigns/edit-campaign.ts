/**
 * Makes campaigns, changes them while nothing has been sent, and deletes those.
 */

import { type Audience, EDITABLE_STATES, type Guarantee } from '../domain/campaign.ts'
import { checkMessage } from '../domain/check-message.ts'
import { AppError } from '../domain/errors.ts'
import { canonicalLocale } from '../domain/locale.ts'
import type { CampaignMessage } from '../domain/message.ts'
import { inTransaction, type Pool } from '../postgres/pool.ts'
import type { Prisma } from '../postgres/prisma.ts'
import { type Campaign, getCampaign, insertCampaign, type NewCampaign, noCampaign } from './campaign-store.ts'

export interface EditDeps {
  pool: Pool
  prisma: Prisma
}

export interface CampaignChanges {
  name?: string
  message?: CampaignMessage
  audience?: Audience
  guarantee?: Guarantee
  priority?: number
  ratePerMinute?: number | null
  /** null makes it a draft again. */
  scheduledAt?: Date | null
}

export async function createCampaign({ prisma }: EditDeps, given: NewCampaign): Promise<Campaign> {
  checkSchedule(given.scheduledAt)
  return insertCampaign(prisma, {
    ...given,
    message: checkMessage(given.message),
    audience: checkAudience(given.audience),
  })
}

/**
 * Changes a draft or scheduled campaign; `version` undefined means whatever version it has. A campaign that was
 * planned ahead of its schedule is planned again if its audience or its time has changed: the devices were frozen
 * for another moment, or for another condition.
 */
export async function updateCampaign(
  { pool, prisma }: EditDeps,
  id: string,
  changes: CampaignChanges,
  version?: number,
): Promise<Campaign> {
  if (changes.scheduledAt !== undefined) checkSchedule(changes.scheduledAt)
  const values: unknown[] = [id, EDITABLE_STATES, version ?? null]
  const set = ['version = version + 1', 'updated_at = now()']
  const assign = (column: string, value: unknown) => set.push(`${column} = $${values.push(value)}`)

  if (changes.name !== undefined) assign('name', changes.name)
  if (changes.message !== undefined) assign('message', JSON.stringify(checkMessage(changes.message)))
  if (changes.audience !== undefined) assign('audience', JSON.stringify(checkAudience(changes.audience)))
  if (changes.guarantee !== undefined) assign('guarantee', changes.guarantee)
  if (changes.priority !== undefined) assign('priority', changes.priority)
  if (changes.ratePerMinute !== undefined) assign('rate_per_minute', changes.ratePerMinute)
  if (changes.scheduledAt !== undefined) {
    assign('scheduled_at', changes.scheduledAt)
    assign('state', changes.scheduledAt === null ? 'draft' : 'scheduled')
  }
  const plansAnew = changes.audience !== undefined || changes.scheduledAt !== undefined
  if (plansAnew) set.push(UNPLANNED)

  await inTransaction(pool, async (tx) => {
    const { rowCount } = await tx.query(
      `UPDATE campaigns SET ${set.join(', ')}
       WHERE id = $1 AND state = ANY($2::campaign_state[]) AND ($3::int IS NULL OR version = $3)`,
      values,
    )
    if (rowCount === 0) throw await refusedEdit(prisma, id, version, 'changed')
    if (plansAnew) await tx.query('DELETE FROM batches WHERE campaign_id = $1', [id])
  })
  return getCampaign(prisma, id)
}

const UNPLANNED = `plan_cursor = 0, is_planned = false, frozen_through_id = NULL, planned_batches = 0,
  planned_at = NULL, audience_size = 0`

export async function deleteCampaign(
  { pool, prisma }: EditDeps,
  id: string,
  version?: number,
): Promise<void> {
  const { rowCount } = await pool.query(
    `DELETE FROM campaigns
     WHERE id = $1 AND state = ANY($2::campaign_state[]) AND ($3::int IS NULL OR version = $3)`,
    [id, EDITABLE_STATES, version ?? null],
  )
  if (rowCount === 0) throw await refusedEdit(prisma, id, version, 'deleted')
}

async function refusedEdit(
  prisma: Prisma,
  id: string,
  version: number | undefined,
  deed: 'changed' | 'deleted',
): Promise<AppError> {
  const row = await prisma.campaign.findUnique({ where: { id }, select: { state: true, version: true } })
  if (row === null) return noCampaign(id)
  if (!(EDITABLE_STATES as readonly string[]).includes(row.state)) {
    return new AppError(
      'campaign_not_editable',
      `Campaign ${id} is "${row.state}" and cannot be ${deed}. Only "draft" and "scheduled" campaigns can.`,
    )
  }
  return new AppError(
    'version_conflict',
    `Campaign ${id} has version ${row.version}; If-Match asked for ${version}. GET it again, look at what has changed, and repeat with its new ETag.`,
  )
}

function checkSchedule(scheduledAt: Date | null): void {
  if (scheduledAt === null || scheduledAt > new Date()) return
  throw new AppError(
    'schedule_in_past',
    `scheduledAt is ${scheduledAt.toISOString()}, which is past (it is ${new Date().toISOString()}). Give a time to come, or leave it out and POST …/send.`,
    { fields: [{ field: '/scheduledAt', problem: 'is in the past' }] },
  )
}

/** Locales are compared as text, so they are put into the spelling that members have. */
export function checkAudience(audience: Audience): Audience {
  if (!('filter' in audience) || audience.filter.locales === undefined) return audience
  const locales = audience.filter.locales.map((locale, index) => {
    const canonical = canonicalLocale(locale)
    if (canonical !== undefined) return canonical
    const field = `/audience/filter/locales/${index}`
    const problem = `is ${JSON.stringify(locale)}; expected a language tag such as "de" or "de-AT"`
    throw new AppError('invalid_request', `${field} ${problem}.`, { fields: [{ field, problem }] })
  })
  return { filter: { ...audience.filter, locales } }
}
