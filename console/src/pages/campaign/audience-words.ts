/** An audience, as it is stored, in one line. */
import type { Audience } from '../../../../src/domain/campaign.ts'
import type { CampaignTexts } from '../../text/campaign-texts.ts'

export function audienceWords(audience: Audience, { campaign: said, states }: CampaignTexts): string {
  if ('all' in audience) return said.audienceAll
  if ('externalIds' in audience) return said.audienceMembers(audience.externalIds.length)
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
