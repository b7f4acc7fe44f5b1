/** An audience, as it is typed, in words: a line for each condition. */
import { draftTexts } from '../../text/draft-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import { type AudienceForm, splitIds } from './audience-form.ts'

/** Ten thousand IDs help nobody to see what is meant. */
const MOST_IDS = 10

export function useAudienceWords(): (audience: AudienceForm) => string[] {
  const { draftAudience: text, states } = useTextOf(draftTexts)
  return ({ kind, platforms, locales, attributes, seenWithinDays, externalIds }) => {
    if (kind === '') return [text.notChosen]
    if (kind === 'all') return [text.all]
    if (kind === 'externalIds') {
      const ids = splitIds(externalIds)
      const listed = ids.slice(0, MOST_IDS).join(', ')
      return [text.idsCount(ids.length), ids.length > MOST_IDS ? text.andMore(listed) : listed]
    }
    return [
      text.filter,
      ...(platforms.length > 0
        ? [text.condition(text.platforms, platforms.map((each) => states.platform[each]).join(', '))]
        : []),
      ...(locales.length > 0 ? [text.condition(text.locales, locales.join(', '))] : []),
      ...(seenWithinDays.trim() !== '' ? [text.condition(text.seenWithinDays, seenWithinDays)] : []),
      ...attributes.map(({ name, kind, value }) =>
        text.condition(name, kind === 'boolean' ? (value === 'false' ? text.no : text.yes) : value),
      ),
    ]
  }
}
