/** Campaigns that are scheduled, the soonest first. */
import { Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { Campaign } from '../../api/campaigns.ts'
import { nameOfCampaign } from '../../campaign-name.ts'
import { TextLink } from '../../components/links.tsx'
import { Panel } from '../../components/panel.tsx'
import { useNow } from '../../components/use-now.ts'
import { useMay } from '../../components/use-session.ts'
import { useText } from '../../text/language.tsx'
import classes from './overview.module.css'

export function NextList({ campaigns }: { campaigns: Campaign[] }) {
  const text = useText()
  const { overview, format } = text
  const now = useNow(30_000)
  const mayWrite = useMay('campaigns:write')
  return (
    <Panel title={overview.next}>
      {campaigns.length === 0 && (
        <Text c="dimmed">
          {overview.nextNone}{' '}
          {mayWrite && (
            <TextLink to="/campaigns/new" inherit underline="always">
              {overview.schedule}
            </TextLink>
          )}
        </Text>
      )}
      <ul className={classes.list}>
        {campaigns.map((campaign) => (
          <li key={campaign.id} className={classes.row}>
            <div className={classes.main}>
              <Link to="/campaigns/$id" params={{ id: campaign.id }} className={classes.link} dir="auto">
                {nameOfCampaign(campaign, text)}
              </Link>
              {campaign.scheduledAt !== null && (
                <Text component="time" size="sm" c="dimmed" dateTime={campaign.scheduledAt}>
                  {format.inZone(campaign.scheduledAt)}
                </Text>
              )}
            </div>
            {campaign.scheduledAt !== null && (
              <Text size="sm" className={classes.time}>
                {format.relative(campaign.scheduledAt, now)}
              </Text>
            )}
          </li>
        ))}
      </ul>
    </Panel>
  )
}
