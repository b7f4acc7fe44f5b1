/**
 * Consents that have to be confirmed: Korean law asks for it every two years from the day on which they were given. What silence
 * means it does not say, so they go on to count until a person decides otherwise. Those who have opted out are not asked.
 */
import { addDays } from '../domain/add-days.ts'
import { startOfDay, wallOf } from '../domain/zoned-time.ts'
import type { Pool } from '../postgres/pool.ts'
import type { CONSENT_NAMES } from './change-member.ts'

export type ConsentName = (typeof CONSENT_NAMES)[number]

const YEARS = 2
/** More are not counted: it would take longer the more there are, and nobody asks so many in a day. */
export const MOST_COUNTED = 10_000

export interface DueConsent {
  externalId: string
  /** When it was given, or confirmed last. */
  since: Date
}

export interface DuePosition {
  since: Date
  id: number
}

/** The first instant whose consents are not due yet: those of a day are due from the beginning of the same day two years later. */
export function dueBefore(now: Date, zone: string): Date {
  const [year = '', ...rest] = wallOf(now, zone).slice(0, 10).split('-')
  const sameDay = [Number(year) - YEARS, ...rest].join('-')
  // The 29th of February, in a year that has none: the day before.
  const day = addDays(sameDay, 0) === sameDay ? sameDay : addDays(sameDay, -1)
  return startOfDay(addDays(day, 1), zone)
}

/** The oldest first. */
export async function listDueConsents(
  pool: Pool,
  name: ConsentName,
  before: Date,
  limit: number,
  after?: DuePosition,
): Promise<(DueConsent & { id: number })[]> {
  const { rows } = await pool.query<DueConsent & { id: number }>({
    name: `due-consents-${name}`,
    text: `SELECT id, external_id AS "externalId", ${name}_consent_at AS since FROM members
           WHERE ${name}_consent_at IS NOT NULL AND opted_out_at IS NULL AND ${name}_consent_at < $1
             AND ($3::timestamptz IS NULL OR (${name}_consent_at, id) > ($3, $4::bigint))
           ORDER BY ${name}_consent_at, id LIMIT $2`,
    values: [before, limit, after?.since ?? null, after?.id ?? null],
  })
  return rows
}

const PAGE = 1_000

export async function* exportDueConsents(
  pool: Pool,
  name: ConsentName,
  before: Date,
): AsyncGenerator<DueConsent[], void, void> {
  let after: DuePosition | undefined
  for (;;) {
    const page = await listDueConsents(pool, name, before, PAGE, after)
    if (page.length > 0) yield page
    after = page.at(-1)
    if (page.length < PAGE) return
  }
}

/** At most MOST_COUNTED of each. */
export async function countDueConsents(pool: Pool, before: Date): Promise<Record<ConsentName, number>> {
  const { rows } = await pool.query<Record<ConsentName, number>>({
    name: 'due-consents-count',
    text: `SELECT ${COUNT('marketing')} AS marketing, ${COUNT('night')} AS night`,
    values: [before],
  })
  return rows[0] ?? { marketing: 0, night: 0 }
}

const COUNT = (name: ConsentName) => `(SELECT count(*)::int FROM (SELECT FROM members
  WHERE ${name}_consent_at IS NOT NULL AND opted_out_at IS NULL AND ${name}_consent_at < $1 LIMIT ${MOST_COUNTED}) x)`
