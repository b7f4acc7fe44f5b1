import type { Audience } from './campaign.ts'
import { cleanText } from './clean-text.ts'
import { MAX_ATTRIBUTES_BYTES } from './device-row.ts'
import { AppError } from './errors.ts'
import { canonicalLocale } from './locale.ts'

/**
 * Returns the audience as it is stored. Locales and ids are compared as text, so they are written in the same form as those
 * of members. Throws `invalid_request` for a locale that is not a language tag, and for attributes that no member can have.
 */
export function checkAudience(audience: Audience): Audience {
  if ('externalIds' in audience) return { externalIds: audience.externalIds.map(cleanText) }
  if (!('filter' in audience)) return audience
  checkAttributes(audience.filter.attributes)
  if (audience.filter.locales === undefined) return audience
  const locales = audience.filter.locales.map((locale, index) => {
    const canonical = canonicalLocale(locale)
    if (canonical !== undefined) return canonical
    const field = `/audience/filter/locales/${index}`
    const problem = `is ${JSON.stringify(locale)}; expected a language tag such as "de" or "de-AT"`
    throw new AppError('invalid_request', `${field} ${problem}.`, { fields: [{ field, problem }] })
  })
  return { filter: { ...audience.filter, locales } }
}

const utf8 = new TextEncoder()

/** More than a member can have matches nobody. */
function checkAttributes(attributes: Record<string, unknown> | undefined): void {
  if (attributes === undefined) return
  const bytes = utf8.encode(JSON.stringify(attributes)).length
  if (bytes <= MAX_ATTRIBUTES_BYTES) return
  const field = '/audience/filter/attributes'
  const problem = `have ${bytes} bytes as JSON; expected at most ${MAX_ATTRIBUTES_BYTES}, which is the most that a member has`
  throw new AppError('invalid_request', `${field} ${problem}.`, { fields: [{ field, problem }] })
}
