/** The message and the settings. */
import type { Audience } from '../../../../src/domain/campaign.ts'
import type { Campaign } from '../../api/campaigns.ts'
import { Panel } from '../../components/panel.tsx'
import { useText } from '../../text/language.tsx'
import type { Text as Texts } from '../../text/text.ts'
import classes from './campaign-settings.module.css'
import { MessageVersions } from './message-versions.tsx'
import { Fact, MessageView } from './message-view.tsx'

export function CampaignSettings({ campaign }: { campaign: Campaign }) {
  const text = useText()
  const { campaign: said, campaigns, format } = text
  const { message, audience, guarantee, ratePerMinute, priority, createdAt, createdByName } = campaign
  const time = (name: string, at: string | null) =>
    at !== null && <Fact name={name}>{format.exactTime(at)}</Fact>
  return (
    <div className={classes.two}>
      <Panel title={said.message}>
        <MessageView message={message} />
        {campaign.messageVersion > 1 && <MessageVersions campaign={campaign} />}
      </Panel>
      <Panel title={said.settings}>
        <dl className={classes.facts}>
          <Fact name={said.audience}>{audienceSaid(audience, text)}</Fact>
          <Fact name={said.speed}>
            {ratePerMinute === null ? said.speedFull : said.speedLimit(ratePerMinute)}
          </Fact>
          <Fact name={said.priority}>{said.priorityOf(priority)}</Fact>
          <Fact name={said.guarantee}>{said.guaranteeHint[guarantee]}</Fact>
          <Fact name={said.createdAt}>
            {format.exactTime(createdAt)}
            {createdByName !== null && ` ${campaigns.by(createdByName)}`}
          </Fact>
          {time(said.scheduledAt, campaign.scheduledAt)}
          {time(said.startedAt, campaign.startedAt)}
          {time(said.closedAt, campaign.closedAt)}
        </dl>
      </Panel>
    </div>
  )
}

function audienceSaid(audience: Audience, { campaign: said, states }: Texts): string {
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
