/**
 * Stores the members of devices, and what they said about being sent to.
 *
 * Consent is only lifted on purpose (invariant 16). A statement is "opted out" or "opted in", with the time when the person
 * made it, if that is known:
 *
 *   both statements have a time       the later one counts; at the same time, the opt-out
 *   an opt-out                        counts
 *   an opt-in of the app itself       counts: the person said so there, now
 *   an opt-in of an import            leaves an opt-out as it is, unless the import was asked to replace opt-outs
 *
 * Several rows of one member in one import are one statement, put together by the same rules; and an import never lifts the
 * opt-out that another of its own rows has set.
 */
import type { MemberRow } from '../domain/device-row.ts'
import type { Queryable } from '../postgres/pool.ts'

export interface ConsentOptions {
  /** `keep`: a row of an import lifts an opt-out only with a time that is later. */
  optOuts: 'keep' | 'replace'
  source: 'registration' | 'import'
  /** Id of the user or the API key. */
  by: string | null
  /** When the import began, by PostgreSQL's clock: it does not lift opt-outs that were said since. */
  began?: string | null
}

export interface StoredMembers {
  /** Of each row. */
  ids: number[]
  /** Rows that would have lifted an opt-out, and did not. */
  optOutsKept: number
}

/** A member with several rows is stored once, with the last value of each field. */
export async function storeMembers(
  tx: Queryable,
  rows: readonly MemberRow[],
  { optOuts, source, by, began = null }: ConsentOptions,
): Promise<StoredMembers> {
  const places = new Map<string, number>()
  const members: MemberRow[] = []
  const placeOf = rows.map((row) => {
    const place = places.get(row.externalId)
    if (place === undefined) {
      places.set(row.externalId, members.length)
      return members.push(row) - 1
    }
    members[place] = together(members[place] as MemberRow, row)
    return place
  })
  const { rows: answer } = await tx.query<{ ids: number[]; kept: boolean[] }>({
    name: 'members-store',
    text: STORE_MEMBERS,
    values: [
      members.map((member) => member.externalId),
      members.map((member) => member.locale),
      members.map((member) => member.timezone),
      members.map((member) => member.attributes),
      members.map((member) => member.optedOut),
      members.map((member) => member.consentAt),
      source,
      by,
      optOuts === 'replace',
      began,
    ],
  })
  const { ids = [], kept = [] } = answer[0] ?? {}
  const isKept = (row: MemberRow, index: number) => {
    const place = placeOf[index] as number
    return row.optedOut === false && (kept[place] === true || members[place]?.optedOut === true)
  }
  return { ids: placeOf.map((place) => ids[place] as number), optOutsKept: rows.filter(isKept).length }
}

function together(seen: MemberRow, row: MemberRow): MemberRow {
  return {
    ...row,
    locale: row.locale ?? seen.locale,
    timezone: row.timezone ?? seen.timezone,
    attributes: row.attributes ?? seen.attributes,
    ...statementOf(seen, row),
  }
}

type Statement = Pick<MemberRow, 'optedOut' | 'consentAt'>

function statementOf(one: MemberRow, other: MemberRow): Statement {
  const [a, b] = [one, other].filter(({ optedOut }) => optedOut !== null)
  if (a === undefined || b === undefined) return pick(a ?? b)
  if (a.consentAt !== null && b.consentAt !== null) {
    const [before, after] = Date.parse(a.consentAt) <= Date.parse(b.consentAt) ? [a, b] : [b, a]
    const isTie = Date.parse(before.consentAt as string) === Date.parse(after.consentAt as string)
    return pick(isTie && before.optedOut === true ? before : after)
  }
  if (a.optedOut !== b.optedOut) return pick(a.optedOut === true ? a : b)
  // Opt-outs without a time are harder to lift, opt-ins without one lift less: the stricter of both.
  return pick(a.consentAt === null ? a : b)
}

function pick(row: MemberRow | undefined): Statement {
  return { optedOut: row?.optedOut ?? null, consentAt: row?.consentAt ?? null }
}

/**
 * Whether what `t` says counts, compared with what member `m` has said before. Used twice: before the update, to leave
 * members alone whom nothing changes, and in it, where `m` is the row as another import may just have left it.
 */
const COUNTS = `(t.opted_out IS NOT NULL AND CASE
  WHEN t.said_at IS NOT NULL AND m.consent_at IS NOT NULL
    THEN t.said_at > m.consent_at OR (t.said_at = m.consent_at AND t.opted_out)
  WHEN t.opted_out OR m.opted_out_at IS NULL THEN true
  WHEN $7 = 'registration' THEN t.said_at >= coalesce(m.consent_recorded_at, '-infinity')
  ELSE $9 AND coalesce(m.consent_recorded_at, '-infinity') < coalesce($10::timestamptz, now()) END)`

/** A statement without a time that says the same as before adds nothing to it, but it has been heard. */
const IS_NEWS = `(t.said_at IS NOT NULL OR m.consent_source IS NULL OR t.opted_out <> (m.opted_out_at IS NOT NULL))`

/**
 * $1–$6 members, $7 source, $8 by whom, $9 whether opt-outs are replaced, $10 when the import began. A member without new
 * values is not updated, so importing a file again writes next to nothing. The date of the first opt-out is kept. An app may
 * say "opted in" whenever it starts: that is written down once an hour. Times have milliseconds, as they are read: an opt-out
 * that comes back with the time that it was read with is not earlier.
 */
const STORE_MEMBERS = `
WITH given AS (
  SELECT *, CASE WHEN opted_out IS NULL THEN NULL
                 WHEN consent_at IS NOT NULL THEN least(consent_at, date_trunc('milliseconds', now()))
                 WHEN $7 = 'registration' THEN date_trunc('milliseconds', now()) END AS said_at
  FROM unnest($1::text[], $2::text[], $3::text[], $4::jsonb[], $5::boolean[], $6::timestamptz[])
    WITH ORDINALITY AS t (external_id, locale, timezone, attributes, opted_out, consent_at, place)
), member AS MATERIALIZED (
  SELECT t.*, coalesce(m.id, nextval('members_id_seq')) AS id, m.id IS NULL AS is_new,
    t.opted_out IS NOT DISTINCT FROM false AND m.opted_out_at IS NOT NULL AND NOT ${COUNTS} AS is_kept,
    (t.locale IS NOT NULL AND m.locale IS DISTINCT FROM nullif(t.locale, ''))
    OR (t.timezone IS NOT NULL AND m.timezone IS DISTINCT FROM nullif(t.timezone, ''))
    OR (t.attributes IS NOT NULL AND m.attributes <> t.attributes)
    OR (${COUNTS} AND (
      m.consent_source IS NULL OR t.opted_out <> (m.opted_out_at IS NOT NULL) OR (t.opted_out AND $9)
      OR t.said_at > coalesce(m.consent_at, '-infinity')
        + CASE WHEN t.opted_out OR t.consent_at IS NOT NULL THEN interval '0' ELSE interval '1 hour' END)) AS is_changed
  FROM given t LEFT JOIN members m ON m.external_id = t.external_id
), created AS (
  INSERT INTO members (id, external_id, locale, timezone, attributes, opted_out_at,
    consent_at, consent_source, consent_by, consent_recorded_at)
  SELECT id, external_id, nullif(locale, ''), nullif(timezone, ''), coalesce(attributes, '{}'),
    CASE WHEN opted_out THEN now() END, said_at,
    CASE WHEN opted_out IS NOT NULL THEN $7::consent_source END, CASE WHEN opted_out IS NOT NULL THEN $8::uuid END,
    CASE WHEN opted_out IS NOT NULL THEN now() END
  FROM member WHERE is_new ORDER BY external_id
), changed AS (
  UPDATE members m SET
    locale = CASE WHEN t.locale IS NULL THEN m.locale ELSE nullif(t.locale, '') END,
    timezone = CASE WHEN t.timezone IS NULL THEN m.timezone ELSE nullif(t.timezone, '') END,
    attributes = coalesce(t.attributes, m.attributes),
    opted_out_at = CASE WHEN NOT ${COUNTS} THEN m.opted_out_at WHEN t.opted_out THEN coalesce(m.opted_out_at, now()) END,
    consent_at = CASE WHEN ${COUNTS} AND ${IS_NEWS} THEN t.said_at ELSE m.consent_at END,
    consent_source = CASE WHEN ${COUNTS} AND ${IS_NEWS} THEN $7::consent_source ELSE m.consent_source END,
    consent_by = CASE WHEN ${COUNTS} AND ${IS_NEWS} THEN $8::uuid ELSE m.consent_by END,
    consent_recorded_at = CASE WHEN ${COUNTS} THEN now() ELSE m.consent_recorded_at END
  FROM (SELECT * FROM member WHERE is_changed AND NOT is_new ORDER BY external_id) t WHERE m.id = t.id
)
SELECT array_agg(id ORDER BY place) AS ids, array_agg(coalesce(is_kept, false) ORDER BY place) AS kept FROM member`
