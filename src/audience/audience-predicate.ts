/**
 * Turns an audience into an SQL condition over the aliases `d` (devices) and `m` (members). The planner walks with
 * it, the API asks with it whether anybody is there at all: one place says who belongs to an audience.
 *
 * Values travel as parameters, never as text. Whether a device is active, and whether its member has opted out, is
 * not decided here: the first is the walk's business, the second is looked up when the message leaves.
 */
import type { Audience } from '../domain/campaign.ts'

export interface Predicate {
  sql: string
  values: unknown[]
}

/** `offset` is the number of parameters the statement already has: with 3, the first one here is `$4`. */
export function audiencePredicate(audience: Audience, offset = 0): Predicate {
  const values: unknown[] = []
  const parameter = (value: unknown) => `$${offset + values.push(value)}`

  if ('all' in audience) return { sql: 'true', values }
  if ('externalIds' in audience) {
    return { sql: `m.external_id = ANY(${parameter(audience.externalIds)}::text[])`, values }
  }
  const { platforms, locales, attributes, seenWithinDays } = audience.filter
  const conditions: string[] = []
  if (platforms) conditions.push(`d.platform = ANY(${parameter(platforms)}::platform[])`)
  // `de` means every German, `de-AT` only Austria's.
  if (locales) {
    const wanted = parameter(locales)
    conditions.push(
      `(m.locale = ANY(${wanted}::text[]) OR split_part(m.locale, '-', 1) = ANY(${wanted}::text[]))`,
    )
  }
  if (attributes) conditions.push(`m.attributes @> ${parameter(JSON.stringify(attributes))}::jsonb`)
  if (seenWithinDays !== undefined) {
    conditions.push(`d.last_seen_at >= now() - make_interval(days => ${parameter(seenWithinDays)}::int)`)
  }
  // A filter without a condition would be everybody, by mistake: `{all: true}` is how to say that.
  return { sql: conditions.length > 0 ? conditions.join(' AND ') : 'false', values }
}
