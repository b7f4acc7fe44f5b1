/** What is scheduled and what recurs, the soonest first. */
import { Text } from '@mantine/core'
import { IconRepeat } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import type { Campaign } from '../../api/campaigns.ts'
import type { Overview } from '../../api/overview.ts'
import { nameOfCampaign } from '../../campaign-name.ts'
import { TextLink } from '../../components/links.tsx'
import { Panel } from '../../components/panel.tsx'
import { useNow } from '../../components/use-now.ts'
import { useMay } from '../../components/use-session.ts'
import { useText } from '../../text/language.tsx'
import classes from './overview.module.css'

const MOST = 10

interface Props {
  campaigns: Campaign[]
  runs: Overview['nextRuns']
}

export function NextList({ campaigns, runs }: Props) {
  const text = useText()
  const { overview, shell, format } = text
  const now = useNow(30_000)
  const mayWrite = useMay('campaigns:write')
  const next = inOrder(campaigns, runs)
  return (
    <Panel
      title={overview.next}
      actions={
        <TextLink to="/calendar" size="sm">
          {shell.calendar}
        </TextLink>
      }
    >
      {next.length === 0 && (
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
        {next.map(({ id, at, campaign, run }) => (
          <li key={id} className={classes.row}>
            <div className={classes.main}>
              {campaign !== undefined && (
                <Link to="/campaigns/$id" params={{ id }} className={classes.link} dir="auto">
                  {nameOfCampaign(campaign, text)}
                </Link>
              )}
              {run !== undefined && (
                <Link to="/schedules/$id" params={{ id }} className={classes.link} dir="auto">
                  {run.name}
                </Link>
              )}
              {at !== null && (
                <Text component="time" size="sm" c="dimmed" dateTime={at}>
                  {format.inZone(at)}
                </Text>
              )}
            </div>
            {run !== undefined && (
              <IconRepeat size={16} className={classes.repeat} role="img" aria-label={shell.schedules} />
            )}
            {at !== null && (
              <Text size="sm" className={classes.time}>
                {format.relative(at, now)}
              </Text>
            )}
          </li>
        ))}
      </ul>
    </Panel>
  )
}

interface Next {
  id: string
  at: string | null
  campaign?: Campaign
  run?: Overview['nextRuns'][number]
}

/** The soonest of both. A run that is a campaign already is only that. */
function inOrder(campaigns: Campaign[], runs: Overview['nextRuns']): Next[] {
  const all: Next[] = [
    ...campaigns.map((campaign) => ({ id: campaign.id, at: campaign.scheduledAt, campaign })),
    ...runs.map((run) => ({ id: run.scheduleId, at: run.at, run })),
  ]
  return all.sort((a, b) => Date.parse(a.at ?? '') - Date.parse(b.at ?? '') || 0).slice(0, MOST)
}
