import type { Audience } from './campaign.ts'
import { AppError } from './errors.ts'
import { canonicalLocale } from './locale.ts'

/**
 * Returns the audience as it is stored. Locales are compared as text, so they are written in the same canonical form as
 * the locales of members. Throws `invalid_request` for a locale that is not a language tag.
 */
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
