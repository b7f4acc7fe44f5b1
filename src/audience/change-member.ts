/**
 * Changes a member for a person: consent, language, time zone, attributes. Who did it is written in the same statement.
 *
 * Two people at once: whoever names the state that they have seen is refused if another state is stored by then, so they
 * see what the other one did before they change it. The row is locked from the comparison to the change.
 */
import { createHash } from 'node:crypto'
import { memberPseudonym } from '../audit/member-pseudonym.ts'
import { inDeed } from '../audit/note-deeds.ts'
import { checkMemberChanges, type MemberChanges } from '../domain/check-member.ts'
import { AppError } from '../domain/errors.ts'
import type { Pool, Queryable } from '../postgres/pool.ts'

/** What can be changed, by people, registrations and imports; not the devices, which are seen all the time. */
export interface MemberState {
  locale: string | null
  timezone: string | null
  attributes: Record<string, unknown>
  optedOut: boolean
  consentAt: Date | null
  consents: Consents
  editedAt: Date | null
}

export const CONSENT_NAMES = ['marketing', 'night'] as const

/** What a member has said about being sent advertising. */
export interface Consent {
  /** The day from which the consent counts; null: there is none, or it was withdrawn. */
  since: Date | null
  /** When the statement was made that this comes from; null: none with a time is known. */
  saidAt: Date | null
}
type Consents = Record<(typeof CONSENT_NAMES)[number], Consent>

export interface ChangeBy {
  /** The user or the API key. */
  id: string
  /** `stateTag` of what they have seen; undefined: any. */
  seen: string | undefined
}

/** Differs whenever the state does. */
export function stateTag({
  locale,
  timezone,
  attributes,
  optedOut,
  consentAt,
  consents: { marketing, night },
  editedAt,
}: MemberState): string {
  const said = [marketing.since, marketing.saidAt, night.since, night.saidAt]
  const state = JSON.stringify([locale, timezone, attributes, optedOut, consentAt, editedAt, said])
  return createHash('sha256').update(state).digest('base64url').slice(0, 16)
}

export async function changeMember(
  pool: Pool,
  externalId: string,
  asked: MemberChanges,
  by: ChangeBy,
): Promise<void> {
  const changes = checkMemberChanges(asked)
  await inDeed(pool, async (tx, note) => {
    const known = await lockMember(tx, externalId)
    if (by.seen !== undefined && by.seen !== stateTag(known)) throw changedMeanwhile(externalId, known)
    await writeMember(tx, known.id, withStatement(externalId, changes, known), by.id)
    const fields = Object.keys(asked).filter((field) => asked[field as keyof MemberChanges] !== undefined)
    note({
      deed: 'member.changed',
      subject: { kind: 'member', id: memberPseudonym(externalId) },
      detail: {
        fields,
        stateBefore: stateTag(known),
        stateAfter: stateTag(await lockMember(tx, externalId)),
      },
    })
  })
}

type LockedRow = Omit<LockedMember, 'consents'> &
  Record<'marketingSince' | 'marketingSaidAt' | 'nightSince' | 'nightSaidAt', Date | null>

interface LockedMember extends MemberState {
  id: number
  editedByName: string | null
}

async function lockMember(tx: Queryable, externalId: string): Promise<LockedMember> {
  const { rows } = await tx.query<LockedRow>({
    name: 'member-lock',
    text: `SELECT id, locale, timezone, attributes, opted_out_at IS NOT NULL AS "optedOut", consent_at AS "consentAt",
             marketing_consent_at AS "marketingSince", marketing_said_at AS "marketingSaidAt",
             night_consent_at AS "nightSince", night_said_at AS "nightSaidAt",
             edited_at AS "editedAt", ${nameOf('m.edited_by')} AS "editedByName"
           FROM members m WHERE external_id = $1 FOR NO KEY UPDATE`,
    values: [externalId],
  })
  if (rows[0] === undefined) throw memberNotFound(externalId)
  const { marketingSince, marketingSaidAt, nightSince, nightSaidAt, ...member } = rows[0]
  return {
    ...member,
    consents: {
      marketing: { since: marketingSince, saidAt: marketingSaidAt },
      night: { since: nightSince, saidAt: nightSaidAt },
    },
  }
}

/** `column`: SQL of the id of a user or of an API key. */
export function nameOf(column: string): string {
  return `coalesce((SELECT k.name FROM api_keys k WHERE k.id = ${column}), (SELECT u.name FROM users u WHERE u.id = ${column}))`
}

/** The statement to be written, if one is made and no later one is known. An opt-out wins against a statement of the same time. */
function withStatement(externalId: string, changes: MemberChanges, known: LockedMember): MemberChanges {
  const { optedOut, consentAt, ...others } = changes
  const rest = withConsents(externalId, others, known)
  if (optedOut === undefined) return rest
  const isLater =
    consentAt === undefined ||
    known.consentAt === null ||
    consentAt > known.consentAt ||
    (optedOut && consentAt.getTime() === known.consentAt.getTime())
  if (isLater) return { ...rest, optedOut, ...(consentAt && { consentAt }) }
  if (optedOut === known.optedOut) return rest
  throw new AppError(
    'consent_superseded',
    `Member ${JSON.stringify(externalId)} has ${known.optedOut ? 'opted out' : 'opted in'} at ${known.consentAt?.toISOString()}, which is not before the consentAt that was sent (${consentAt?.toISOString()}). The later statement decides; nothing was changed. If this one was made later, send its time.`,
  )
}

/** Consents, each by the same rules: a withdrawal wins against a consent of the same time. */
function withConsents(externalId: string, changes: MemberChanges, { consents }: LockedMember): MemberChanges {
  const kept = { ...changes }
  for (const name of CONSENT_NAMES) {
    const isGiven = changes[`${name}Consent`]
    const at = changes[`${name}ConsentAt`]
    if (isGiven === undefined) continue
    const { since, saidAt } = consents[name]
    const isLater =
      at === undefined || saidAt === null || at > saidAt || (!isGiven && at.getTime() === saidAt.getTime())
    if (isLater) continue
    if (isGiven !== (since !== null)) {
      throw new AppError(
        'consent_superseded',
        `Member ${JSON.stringify(externalId)} has ${isGiven ? 'withdrawn' : 'given'} ${name} consent at ${saidAt.toISOString()}, which is not before the ${name}ConsentAt that was sent (${at.toISOString()}). The later statement decides; nothing was changed. If this one was made later, send its time.`,
      )
    }
    delete kept[`${name}Consent`]
    delete kept[`${name}ConsentAt`]
  }
  return kept
}

const writeConsent = (name: string, given: number) => `
             ${name}_consent_at = CASE WHEN $${given}::boolean IS NULL THEN ${name}_consent_at
                                       WHEN $${given} THEN coalesce($${given + 1}::timestamptz, date_trunc('milliseconds', now())) END,
             ${name}_said_at = CASE WHEN $${given} IS NULL THEN ${name}_said_at
                                    ELSE coalesce($${given + 1}, date_trunc('milliseconds', now())) END,
             ${name}_source = CASE WHEN $${given} IS NULL THEN ${name}_source ELSE 'person' END,
             ${name}_by = CASE WHEN $${given} IS NULL THEN ${name}_by ELSE $9::uuid END,
             ${name}_recorded_at = CASE WHEN $${given} IS NULL THEN ${name}_recorded_at ELSE now() END,`

async function writeMember(tx: Queryable, id: number, changes: MemberChanges, by: string): Promise<void> {
  const { optedOut, consentAt, locale, timezone, attributes } = changes
  await tx.query({
    name: 'member-change',
    text: `UPDATE members SET
             locale = CASE WHEN $2 THEN $3 ELSE locale END, timezone = CASE WHEN $4 THEN $5 ELSE timezone END,
             attributes = coalesce($6::jsonb, attributes),
             opted_out_at = CASE WHEN $7::boolean IS NULL THEN opted_out_at
                                 WHEN $7 THEN coalesce(opted_out_at, $8::timestamptz, now()) END,
             consent_at = CASE WHEN $7 IS NULL THEN consent_at ELSE coalesce($8, date_trunc('milliseconds', now())) END,
             consent_source = CASE WHEN $7 IS NULL THEN consent_source ELSE 'person' END,
             consent_by = CASE WHEN $7 IS NULL THEN consent_by ELSE $9::uuid END,
             consent_recorded_at = CASE WHEN $7 IS NULL THEN consent_recorded_at ELSE now() END,${writeConsent('marketing', 10)}${writeConsent('night', 12)}
             edited_at = now(), edited_by = $9
           WHERE id = $1`,
    values: [
      id,
      locale !== undefined,
      locale,
      timezone !== undefined,
      timezone,
      attributes && JSON.stringify(attributes),
      optedOut,
      consentAt,
      by,
      changes.marketingConsent,
      changes.marketingConsentAt,
      changes.nightConsent,
      changes.nightConsentAt,
    ],
  })
}

function changedMeanwhile(externalId: string, { editedAt, editedByName }: LockedMember): AppError {
  const who =
    editedAt === null
      ? ''
      : `, last by ${editedByName ?? 'somebody who is not there any more'} at ${editedAt.toISOString()}`
  return new AppError(
    'member_changed',
    `Member ${JSON.stringify(externalId)} has changed since it was read${who}. Nothing was changed. GET it again, look at what is different, and repeat with its new ETag.`,
  )
}

export function memberNotFound(externalId: string): AppError {
  return new AppError(
    'member_not_found',
    `There is no member with the externalId ${JSON.stringify(externalId)}. Search with GET /v1/members?search=.`,
  )
}
