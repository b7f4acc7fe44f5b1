/** The summary of an audience in one line. */
import type { AudienceSummary } from '../../../../src/domain/audience-summary.ts'
import type { CampaignTexts } from '../../text/campaign-texts.ts'

export function audienceWords(audience: AudienceSummary, { campaign: said, states }: CampaignTexts): string {
  if (audience.kind === 'all') return said.audienceAll
  if (audience.kind === 'members') return said.audienceMembers(audience.members)
  if (audience.filter === null) return said.audienceFilterLong
  const { platforms, locales, attributes, seenWithinDays } = audience.filter
  const list = (values: readonly string[]) => values.join(', ')
  const conditions = [
    platforms && said.audienceFilter.platforms(list(platforms.map((platform) => states.platform[platform]))),
    locales && said.audienceFilter.locales(list(locales)),
    attributes &&
      said.audienceFilter.attributes(
        list(Object.entries(attributes).map(([name, value]) => `${name} = ${JSON.stringify(value)}`)),
      ),
    seenWithinDays !== undefined && said.audienceFilter.seenWithinDays(seenWithinDays),
  ]
    .filter(Boolean)
    .join(' · ')
  return said.audienceFiltered(conditions)
}
