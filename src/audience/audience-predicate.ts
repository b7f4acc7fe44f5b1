/**
 * Turns an audience into an SQL condition over the aliases `d` (devices) and `m` (members). The planner, the count and the
 * check for an empty audience all use it: one place defines which devices belong to an audience.
 *
 * Values are passed as parameters, never as text. Whether a device is active and whether its member has opted out is not
 * decided here: the planner checks the first, the dispatcher checks the second when it sends.
 */
import type { Audience } from '../domain/campaign.ts'

export interface Predicate {
  sql: string
  values: unknown[]
  /** False: the condition is about `d` alone, and nothing has to be joined to count. */
  usesMembers: boolean
}

/**
 * Only devices of the project belong to it. `offset` is the number of parameters that the statement already has: with 3,
 * the first one here is `$4`.
 */
export function audiencePredicate(projectId: number, audience: Audience, offset = 0): Predicate {
  const values: unknown[] = []
  const parameter = (value: unknown) => `$${offset + values.push(value)}`
  const ofProject = `d.project_id = ${parameter(projectId)}::smallint`

  if ('all' in audience) return { sql: ofProject, values, usesMembers: false }
  if ('externalIds' in audience) {
    const sql = `${ofProject} AND m.external_id = ANY(${parameter(audience.externalIds)}::text[])`
    return { sql, values, usesMembers: true }
  }
  const { platforms, locales, attributes, seenWithinDays } = audience.filter
  const conditions: string[] = []
  if (platforms) conditions.push(`d.platform = ANY(${parameter(platforms)}::platform[])`)
  // `de` includes every regional variant of German, `de-AT` only the Austrian one.
  if (locales) {
    const wanted = parameter(locales)
    conditions.push(
      `(m.locale = ANY(${wanted}::text[]) OR split_part(m.locale, '-', 1) = ANY(${wanted}::text[]))`,
    )
  }
  if (attributes) conditions.push(`m.attributes @> ${parameter(JSON.stringify(attributes))}::jsonb`)
  if (seenWithinDays !== undefined) {
    conditions.push(
      `d.last_seen_at >= now() - make_interval(hours => 24 * ${parameter(seenWithinDays)}::int)`,
    )
  }
  // A filter without conditions selects no device: it may be a mistake, and `{all: true}` selects all devices.
  if (conditions.length === 0) conditions.push('false')
  const usesMembers = locales !== undefined || attributes !== undefined
  return { sql: [ofProject, ...conditions].join(' AND '), values, usesMembers }
}
