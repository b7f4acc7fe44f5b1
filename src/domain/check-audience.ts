import type { Audience } from './campaign.ts'
import { cleanText } from './clean-text.ts'
import { AppError } from './errors.ts'
import { canonicalLocale } from './locale.ts'

/**
 * Returns the audience as it is stored. Locales and ids are compared as text, so they are written in the same form as those
 * of members. Throws `invalid_request` for a locale that is not a language tag.
 */
export function checkAudience(audience: Audience): Audience {
  if ('externalIds' in audience) return { externalIds: audience.externalIds.map(cleanText) }
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
