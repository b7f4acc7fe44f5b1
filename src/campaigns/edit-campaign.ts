/**
 * Edits and deletes campaigns that have not been sent, in the version that the caller has seen. Of a paused campaign only the
 * message can be changed: correct-message.ts.
 */
import { inDeed } from '../audit/note-deeds.ts'
import { type Audience, type CampaignState, EDITABLE_STATES, type Guarantee } from '../domain/campaign.ts'
import type { CapSwitches } from '../domain/caps.ts'
import { checkAdvertisement } from '../domain/check-advertisement.ts'
import { checkAudience } from '../domain/check-audience.ts'
import { checkMessage } from '../domain/check-message.ts'
import {
  checkSendRules,
  expectAdvertiser,
  type GivenRules,
  type LawDefaults,
} from '../domain/check-send-rules.ts'
import { AppError } from '../domain/errors.ts'
import type { LocalTime } from '../domain/local-time.ts'
import type { CampaignMessage } from '../domain/message.ts'
import type { Pool, Queryable } from '../postgres/pool.ts'
import { type AudienceGuard, confirmAudience } from './confirm-audience.ts'
import { correctMessage } from './correct-message.ts'
import { editZones, isAboutTime, readBegunZones } from './edit-zones.ts'
import { expectFinished, WRITTEN, type Written } from './expect-finished.ts'
import { type Facts, noteCampaign, readFacts } from './note-campaign.ts'
import { campaignNotFound, readWholeCampaign, type WholeCampaign } from './read-campaigns.ts'
import { SEND_RULES } from './send-rules-sql.ts'
import { checkTags, tagCampaign } from './tag-campaign.ts'
import {
  atLocalTime,
  type GivenTime,
  localTimeSql,
  type TimeToSend,
  timeColumns,
  timeToSend,
} from './time-to-send.ts'
import { IS_EDITABLE, isBeingCanceled, NEW_VERSION, NO_PLAN, transitionSql } from './transition.ts'
import { versionConflict } from './version-conflict.ts'

/** A time of null makes it a draft again. */
export interface CampaignChanges
  extends Partial<GivenRules>,
    Partial<CapSwitches>,
    Omit<GivenTime, 'defaultZone'> {
  /** Empty: only of a draft, like null for message and audience. */
  name?: string
  message?: CampaignMessage | null
  audience?: Audience | null
  unfinished?: Record<string, unknown> | null
  guarantee?: Guarantee
  priority?: number
  ratePerMinute?: number | null
  latestStartMinutes?: number
  oncePerMember?: boolean
  tags?: string[]
}

export interface Edit {
  /** A user or an API key. */
  by: string | null
  /** Of the campaign, as the caller has seen it. */
  version: number
  /** How many devices the caller means to send to. Asked when the campaign is scheduled, or has another audience then. */
  confirmAudience?: number | undefined
}

interface EditDeps {
  pool: Pool
  guard: AudienceGuard
  law: LawDefaults
}

/**
 * Edits a campaign that has not been sent, corrects the message of one that is paused, moves the zones of one that have not
 * begun, or tags one in any state. `begunZones`: only of one whose zones were moved, those that stay as they are.
 */
export async function changeCampaign(
  deps: EditDeps,
  id: string,
  changes: CampaignChanges,
  edit: Edit,
): Promise<WholeCampaign & { begunZones?: (string | null)[] }> {
  const { message, ...others } = changes
  const { tags } = changes
  if (tags !== undefined && Object.keys(changes).length === 1) {
    await tagCampaign(deps.pool, id, tags, edit.version)
    return readWholeCampaign(deps.pool, id)
  }
  if (message != null && Object.keys(others).length === 0) {
    if (await correctMessage(deps.pool, id, { message, ...edit })) return readWholeCampaign(deps.pool, id)
  }
  if (isAboutTime(changes)) {
    const begunZones = await editZones(deps.pool, id, changes, edit)
    if (begunZones !== null) return { ...(await readWholeCampaign(deps.pool, id)), begunZones }
  }
  return editCampaign(deps, id, changes, edit)
}

/**
 * A scheduled campaign is planned ahead of its time. If its audience, its time or the devices of a member that it goes to
 * change, that plan is deleted and made again: its devices were frozen for another condition or another moment.
 */
export async function editCampaign(
  deps: EditDeps,
  id: string,
  given: CampaignChanges,
  edit: Edit,
): Promise<WholeCampaign> {
  const { pool, law } = deps
  const asked = checked(given)
  const { now, time, devices } = await expectSendable(deps, id, asked, edit)
  const changes = withRules(asked, now, law, time)

  const { audience, oncePerMember } = changes
  const isPlanObsolete = audience !== undefined || oncePerMember !== undefined || time !== undefined
  const { set, isAllowed, values } = editSql(id, changes, time, edit)
  await inDeed(pool, async (tx, note) => {
    // Of the version that is changed, or nothing is.
    const before = await readFacts(tx, id)
    const { rowCount } = await tx.query(
      // Not a named statement: its text differs with the columns.
      `/* campaign-edit */ UPDATE campaigns SET ${set.join(', ')}${isPlanObsolete ? `, ${NO_PLAN}` : ''}
       WHERE id = $1 AND ${isAllowed} AND version = $2`,
      values,
    )
    if (rowCount === 0) throw refusedEdit(id, await lookAt(tx, id), edit.version, 'changed')
    // A statement of its own: it must see the batches that a planner committed while the UPDATE waited for the row.
    if (isPlanObsolete) {
      await tx.query({
        name: 'campaign-edit-unplan',
        text: 'DELETE FROM batches WHERE campaign_id = $1',
        values: [id],
      })
    }
    await noteCampaign(tx, note, deedOf(time), id, {
      seenVersion: edit.version,
      fields: Object.keys(asked).filter((field) => asked[field as keyof CampaignChanges] !== undefined),
      before: beforeOf(before),
      ...(time?.scheduledAt && { devices, confirmedDevices: edit.confirmAudience ?? null }),
    })
  })
  return readWholeCampaign(pool, id)
}

function deedOf(time: TimeToSend | undefined) {
  if (time === undefined) return 'campaign.edited'
  return time.scheduledAt === null ? 'campaign.unscheduled' : 'campaign.scheduled'
}

function beforeOf({ state, messageHash, audience, audienceHash, scheduledAt, localAt }: Facts) {
  return { state, messageHash, audience, audienceHash, scheduledAt, localAt }
}

/** As they are stored. */
function checked(changes: CampaignChanges): CampaignChanges {
  const { message, audience, tags } = changes
  return {
    ...changes,
    ...(tags !== undefined && { tags: checkTags(tags) }),
    ...(message != null && { message: checkMessage(message) }),
    ...(audience != null && { audience: checkAudience(audience) }),
  }
}

/**
 * A campaign with a time is sent by itself, so it must be finished, and as large as the caller believes. The UPDATE afterwards
 * finds the campaign as it was looked at here, or changes nothing.
 */
async function expectSendable(
  { pool, guard, law }: EditDeps,
  id: string,
  changes: CampaignChanges,
  { version, confirmAudience: confirmed }: Edit,
): Promise<{ now: Looked; time: TimeToSend | undefined; devices: number | null }> {
  const now = await lookAt(pool, id)
  const isEditable = (EDITABLE_STATES as readonly CampaignState[]).includes(now.state)
  if (now.version !== version || !isEditable) {
    const begun = now.local === null ? undefined : await readBegunZones(pool, id)
    throw refusedEdit(id, now, version, 'changed', begun)
  }
  const { name = now.name, message, audience = now.audience, unfinished } = changes
  // With another audience it is planned anew, and as if its time was set now: another first instant may be over.
  const replanned =
    now.state === 'scheduled' && now.local !== null && changes.audience !== undefined
      ? atLocalTime(now.local, new Date())
      : undefined
  const time = timeToSend(changes, now.local, law.zone) ?? replanned
  const isScheduled = time === undefined ? now.state === 'scheduled' : time.scheduledAt !== null
  if (!isScheduled) return { now, time, devices: null }
  expectFinished(
    id,
    {
      name,
      hasMessage: message === undefined ? now.hasMessage : message !== null,
      hasAudience: audience !== null,
      isUnfinished: unfinished === undefined ? now.isUnfinished : unfinished !== null,
    },
    'scheduled',
  )
  const isToConfirm = changes.audience !== undefined || time !== undefined
  const isCounted = isToConfirm && audience !== null
  const devices = isCounted ? await confirmAudience(guard, now.projectId, audience, confirmed) : null
  return { now, time, devices }
}

const RULES = ['kind', 'advertiser', 'night', 'sendWindow', 'notAfter', 'defaultZone'] as const

/** When it may be sent is checked as a whole, together with what is stored; so is what Korean members read of an advertisement. */
function withRules(
  changes: CampaignChanges,
  now: Looked,
  law: LawDefaults,
  time: TimeToSend | undefined,
): CampaignChanges {
  const next = { ...now, ...changes }
  const { kind, advertiser, night, sendWindow, notAfter, defaultZone, message } = next
  const given = { kind, advertiser, night, sendWindow, notAfter, defaultZone }
  const scheduledAt = time === undefined ? now.scheduledAt : time.scheduledAt
  const isOfRules = time !== undefined || RULES.some((field) => changes[field] !== undefined)
  const localAt = (time === undefined ? now.local : time.local)?.localAt
  const rules = isOfRules ? checkSendRules(given, law, scheduledAt ?? new Date(), localAt) : given
  if (message !== null) checkAdvertisement(message, rules)
  if (scheduledAt !== null) expectAdvertiser(rules)
  return {
    ...changes,
    ...Object.fromEntries(
      RULES.flatMap((field) => (changes[field] === undefined ? [] : [[field, rules[field]]])),
    ),
    // Filled in from the environment.
    ...(rules.advertiser !== now.advertiser && { advertiser: rules.advertiser }),
  }
}

const COLUMNS = {
  name: 'name',
  message: 'message',
  audience: 'audience',
  unfinished: 'unfinished',
  tags: 'tags',
  guarantee: 'guarantee',
  priority: 'priority',
  ratePerMinute: 'rate_per_minute',
  latestStartMinutes: 'latest_start_minutes',
  kind: 'kind',
  advertiser: 'advertiser',
  night: 'night',
  sendWindow: 'send_window',
  notAfter: 'not_after',
  defaultZone: 'default_zone',
  ignoresCaps: 'ignores_caps',
  countsTowardCaps: 'counts_toward_caps',
  oncePerMember: 'once_per_member',
} as const satisfies Record<
  Exclude<keyof CampaignChanges, 'scheduledAt' | 'localAt' | 'late' | 'unknownZone'>,
  string
>

const JSON_COLUMNS: ReadonlySet<string> = new Set([
  COLUMNS.message,
  COLUMNS.audience,
  COLUMNS.unfinished,
  COLUMNS.advertiser,
  COLUMNS.sendWindow,
])

function editSql(id: string, changes: CampaignChanges, time: TimeToSend | undefined, { by, version }: Edit) {
  const values: unknown[] = [id, version, by]
  const { set: first, isAllowed } = scheduleSql(time)
  const set = [first, 'changed_by = $3']
  for (const [field, column] of Object.entries(COLUMNS)) {
    const value = changes[field as keyof CampaignChanges]
    // That of a local time is set with it.
    if (value === undefined || (column === COLUMNS.defaultZone && time?.local != null)) continue
    const isJson = JSON_COLUMNS.has(column) && value !== null
    set.push(`${column} = $${values.push(isJson ? JSON.stringify(value) : value)}`)
  }
  if (time !== undefined) {
    for (const [column, value] of Object.entries(timeColumns(time))) {
      set.push(`${column} = $${values.push(value)}`)
    }
    set.push(`sent_by = ${time.scheduledAt === null ? 'NULL' : '$3'}`)
  }
  return { set, isAllowed, values }
}

/** A new time, or none, is a transition; every other edit leaves the state alone. */
function scheduleSql(time: TimeToSend | undefined): { set: string; isAllowed: string } {
  if (time === undefined) return { set: NEW_VERSION, isAllowed: IS_EDITABLE }
  return transitionSql(time.scheduledAt === null ? 'unschedule' : 'schedule')
}

/**
 * Hides it and stops its plan. restore-campaign.ts has the way back; maintenance removes the rows. `version`: of the campaign,
 * as the caller has seen it.
 */
export async function deleteCampaign(pool: Pool, id: string, version: number): Promise<void> {
  await inDeed(pool, async (tx, note) => {
    const { rowCount } = await tx.query({
      name: 'campaign-delete',
      text: `UPDATE campaigns SET deleted_at = now(), ${NEW_VERSION} WHERE id = $1 AND ${IS_EDITABLE} AND version = $2`,
      values: [id, version],
    })
    if (rowCount === 0) throw refusedEdit(id, await lookAt(tx, id), version, 'deleted')
    await noteCampaign(tx, note, 'campaign.deleted', id, { seenVersion: version })
  })
}

interface Looked extends Written, GivenRules {
  projectId: number
  state: CampaignState
  version: number
  messageVersion: number
  audience: Audience | null
  message: CampaignMessage | null
  scheduledAt: Date | null
  cancelAt: Date | null
  local: LocalTime | null
}

async function lookAt(db: Queryable, id: string): Promise<Looked> {
  const { rows } = await db.query<Looked>({
    name: 'campaign-look',
    text: `SELECT project_id AS "projectId", state, version, message_version AS "messageVersion", audience,
             cancel_at AS "cancelAt", message, scheduled_at AS "scheduledAt", ${localTimeSql('campaigns')} AS local, ${SEND_RULES},
             ${WRITTEN}
           FROM campaigns WHERE id = $1 AND deleted_at IS NULL`,
    values: [id],
  })
  if (rows[0] === undefined) throw campaignNotFound(id)
  return rows[0]
}

/** Why not: another version comes first, because the caller does not know the state of that one. */
function refusedEdit(
  id: string,
  now: Looked,
  version: number,
  done: 'changed' | 'deleted',
  begunZones?: (string | null)[],
): AppError {
  const { state, cancelAt } = now
  if (now.version !== version) return versionConflict(id, version, now)
  if (cancelAt !== null) return isBeingCanceled('campaign_not_editable', id, cancelAt)
  if (begunZones !== undefined && (state === 'paused' || state === 'sending')) {
    const correct = state === 'paused' ? 'correct its message' : 'pause it to correct its message'
    return new AppError(
      'campaign_not_editable',
      `Campaign ${id} is "${state}": it has begun in ${begunZones.length} time zones. For the others, its local time can be changed: send a PATCH with "localAt", "late", "unknownZone" or "defaultZone" and nothing else. Or ${correct}.`,
      { extension: { begunZones } },
    )
  }
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
  return new AppError(
    'campaign_not_editable',
    `Campaign ${id} is "${state}" and cannot be ${done}. Only a campaign that is "draft" or "scheduled" can.${done === 'changed' ? ` Devices that it has not reached can be sent another message: POST /v1/campaigns/${id}/resend with "message".` : ''}`,
  )
}
