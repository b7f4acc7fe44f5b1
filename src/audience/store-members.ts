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
 * Consents to advertising and to the night are statements of the same kind: "no" holds as an opt-out does. One thing differs: a
 * "yes" that repeats a "yes" without a time is none. Apps say their switches whenever they start, and the day on which
 * a person has consented is what the two years until it has to be confirmed count from.
 *
 * Several rows of one member in one import are one statement, put together by the same rules; and an import never lifts the
 * opt-out that another of its own rows has set.
 */
import type { ConsentRow, MemberRow } from '../domain/device-row.ts'
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
  // Most lists say nothing about them, and should not pay for it.
  const hasConsents = members.some(({ marketing, night }) => marketing !== null || night !== null)
  const { rows: answer } = await tx.query<{ ids: number[]; kept: boolean[] }>({
    name: hasConsents ? 'members-store-consents' : 'members-store',
    text: hasConsents ? storeMembersSql(CONSENTS) : storeMembersSql([]),
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
      ...(hasConsents
        ? CONSENTS.flatMap((name) => [
            members.map((member) => member[name]?.isGiven ?? null),
            members.map((member) => member[name]?.at ?? null),
          ])
        : []),
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
    marketing: consentOf(seen.marketing, row.marketing),
    night: consentOf(seen.night, row.night),
  }
}

/** By the same rules: a refusal is as an opt-out. */
function consentOf(one: ConsentRow | null, other: ConsentRow | null): ConsentRow | null {
  if (one === null || other === null) return one ?? other
  const { optedOut, consentAt } = statementOf(asStatement(one), asStatement(other))
  return { isGiven: optedOut === false, at: consentAt }
}

function asStatement({ isGiven, at }: ConsentRow): Statement {
  return { optedOut: !isGiven, consentAt: at }
}

type Statement = Pick<MemberRow, 'optedOut' | 'consentAt'>

function statementOf(one: Statement, other: Statement): Statement {
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

function pick(row: Statement | undefined): Statement {
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

const CONSENTS = ['marketing', 'night'] as const
type Consent = (typeof CONSENTS)[number]

function each(consents: readonly Consent[], sql: (name: Consent, place: number) => string): string {
  return consents.map(sql).join('')
}

const saidAt = (name: Consent) => `,
         CASE WHEN ${name} IS NULL THEN NULL
              WHEN ${name}_at IS NOT NULL THEN least(${name}_at, date_trunc('milliseconds', now()))
              WHEN $7 = 'registration' THEN date_trunc('milliseconds', now()) END AS ${name}_said`

/** As COUNTS. What was withdrawn without a time is as hard to lift as an opt-out. */
const consentCounts = (name: Consent) => `(t.${name} IS NOT NULL AND CASE
  WHEN m.${name}_source IS NULL THEN true
  WHEN t.${name} AND m.${name}_consent_at IS NOT NULL
    THEN t.${name}_at IS NOT NULL AND t.${name}_said > coalesce(m.${name}_said_at, '-infinity')
  WHEN t.${name}_said IS NOT NULL AND m.${name}_said_at IS NOT NULL
    THEN t.${name}_said > m.${name}_said_at OR (t.${name}_said = m.${name}_said_at AND NOT t.${name})
  WHEN NOT t.${name} THEN true
  WHEN $7 = 'registration' THEN t.${name}_said >= coalesce(m.${name}_recorded_at, '-infinity')
  ELSE $9 AND coalesce(m.${name}_recorded_at, '-infinity') < coalesce($10::timestamptz, now()) END)`

const isConsentChanged = (name: Consent) => `
    OR (${consentCounts(name)} AND (
      m.${name}_source IS NULL OR t.${name} <> (m.${name}_consent_at IS NOT NULL)
      OR t.${name}_said > coalesce(m.${name}_said_at, '-infinity')
        + CASE WHEN t.${name}_at IS NOT NULL THEN interval '0' ELSE interval '1 hour' END))`

const newConsent = (name: Consent) => `,
    CASE WHEN ${name} THEN coalesce(${name}_said, date_trunc('milliseconds', now())) END, ${name}_said,
    CASE WHEN ${name} IS NOT NULL THEN $7::consent_source END, CASE WHEN ${name} IS NOT NULL THEN $8::uuid END,
    CASE WHEN ${name} IS NOT NULL THEN now() END`

const changedConsent = (name: Consent) => {
  const counts = consentCounts(name)
  const isNews = `(t.${name}_said IS NOT NULL OR m.${name}_source IS NULL OR t.${name} <> (m.${name}_consent_at IS NOT NULL))`
  return `,
    ${name}_consent_at = CASE WHEN NOT ${counts} THEN m.${name}_consent_at
                              WHEN t.${name} THEN coalesce(t.${name}_said, date_trunc('milliseconds', now())) END,
    ${name}_said_at = CASE WHEN ${counts} AND ${isNews} THEN t.${name}_said ELSE m.${name}_said_at END,
    ${name}_source = CASE WHEN ${counts} AND ${isNews} THEN $7::consent_source ELSE m.${name}_source END,
    ${name}_by = CASE WHEN ${counts} AND ${isNews} THEN $8::uuid ELSE m.${name}_by END,
    ${name}_recorded_at = CASE WHEN ${counts} THEN now() ELSE m.${name}_recorded_at END`
}

/**
 * $1–$6 members, $7 source, $8 by whom, $9 whether opt-outs are replaced, $10 when the import began, from $11 on what is said
 * of each consent, and when. A member without new
 * values is not updated, so importing a file again writes next to nothing. The date of the first opt-out is kept. An app may
 * say "opted in" whenever it starts: that is written down once an hour. Times have milliseconds, as they are read: an opt-out
 * that comes back with the time that it was read with is not earlier.
 */
const storeMembersSql = (consents: readonly Consent[]) => `
WITH given AS (
  SELECT *, CASE WHEN opted_out IS NULL THEN NULL
                 WHEN consent_at IS NOT NULL THEN least(consent_at, date_trunc('milliseconds', now()))
                 WHEN $7 = 'registration' THEN date_trunc('milliseconds', now()) END AS said_at${each(consents, saidAt)}
  FROM unnest($1::text[], $2::text[], $3::text[], $4::jsonb[], $5::boolean[], $6::timestamptz[]${each(consents, (_, i) => `, $${11 + 2 * i}::boolean[], $${12 + 2 * i}::timestamptz[]`)})
    WITH ORDINALITY AS t (external_id, locale, timezone, attributes, opted_out, consent_at${each(consents, (name) => `, ${name}, ${name}_at`)}, place)
), member AS MATERIALIZED (
  SELECT t.*, coalesce(m.id, nextval('members_id_seq')) AS id, m.id IS NULL AS is_new,
    t.opted_out IS NOT DISTINCT FROM false AND m.opted_out_at IS NOT NULL AND NOT ${COUNTS} AS is_kept,
    (t.locale IS NOT NULL AND m.locale IS DISTINCT FROM nullif(t.locale, ''))
    OR (t.timezone IS NOT NULL AND m.timezone IS DISTINCT FROM nullif(t.timezone, ''))
    OR (t.attributes IS NOT NULL AND m.attributes <> t.attributes)
    OR (${COUNTS} AND (
      m.consent_source IS NULL OR t.opted_out <> (m.opted_out_at IS NOT NULL) OR (t.opted_out AND $9)
      OR t.said_at > coalesce(m.consent_at, '-infinity')
        + CASE WHEN t.opted_out OR t.consent_at IS NOT NULL THEN interval '0' ELSE interval '1 hour' END))${each(consents, isConsentChanged)} AS is_changed
  FROM given t LEFT JOIN members m ON m.external_id = t.external_id
), created AS (
  INSERT INTO members (id, external_id, locale, timezone, attributes, opted_out_at,
    consent_at, consent_source, consent_by, consent_recorded_at${each(consents, (name) => `, ${name}_consent_at, ${name}_said_at, ${name}_source, ${name}_by, ${name}_recorded_at`)})
  SELECT id, external_id, nullif(locale, ''), nullif(timezone, ''), coalesce(attributes, '{}'),
    CASE WHEN opted_out THEN now() END, said_at,
    CASE WHEN opted_out IS NOT NULL THEN $7::consent_source END, CASE WHEN opted_out IS NOT NULL THEN $8::uuid END,
    CASE WHEN opted_out IS NOT NULL THEN now() END${each(consents, newConsent)}
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
    consent_recorded_at = CASE WHEN ${COUNTS} THEN now() ELSE m.consent_recorded_at END${each(consents, changedConsent)}
  FROM (SELECT * FROM member WHERE is_changed AND NOT is_new ORDER BY external_id) t WHERE m.id = t.id
)
SELECT array_agg(id ORDER BY place) AS ids, array_agg(coalesce(is_kept, false) ORDER BY place) AS kept FROM member`
