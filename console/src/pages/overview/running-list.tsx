/** Campaigns that are being sent, with their progress. */
import { Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { Campaign } from '../../api/campaigns.ts'
import { nameOfCampaign } from '../../campaign-name.ts'
import { Panel } from '../../components/panel.tsx'
import { ProgressBar } from '../../components/progress-bar.tsx'
import { StateBadge } from '../../components/state-badge.tsx'
import { timeLeftOf } from '../../progress-figures.ts'
import { useText } from '../../text/language.tsx'
import classes from './overview.module.css'

export function RunningList({ campaigns }: { campaigns: Campaign[] }) {
  const text = useText()
  return (
    <Panel title={text.overview.running}>
      {campaigns.length === 0 ? (
        <Text c="dimmed">{text.overview.runningNone}</Text>
      ) : (
        <ul className={classes.list}>
          {campaigns.map((campaign) => (
            <Running key={campaign.id} campaign={campaign} />
          ))}
        </ul>
      )}
    </Panel>
  )
}

function Running({ campaign }: { campaign: Campaign }) {
  const text = useText()
  const { overview, format } = text
  const { progress } = campaign
  const left = timeLeftOf(campaign)
  const facts = [
    progress.isPlanned
      ? overview.sentOf(format.number(progress.sent), format.number(progress.audience))
      : overview.counting(format.number(progress.audience)),
    progress.failed > 0 ? overview.failed(format.number(progress.failed)) : null,
    progress.ratePerSecond === null ? null : overview.perSecond(format.rate(progress.ratePerSecond)),
    left.kind === 'seconds' ? overview.timeLeft(format.aboutDuration(left.seconds)) : null,
  ]
  return (
    <li className={classes.running}>
      <div className={classes.head}>
        <Link to="/campaigns/$id" params={{ id: campaign.id }} className={classes.link} dir="auto">
          {nameOfCampaign(campaign, text)}
        </Link>
        <StateBadge campaign={campaign} />
      </div>
      <ProgressBar progress={progress} />
      <ul className={`${classes.facts} figure`}>
        {facts
          .filter((fact) => fact !== null)
          .map((fact) => (
            <li key={fact}>{fact}</li>
          ))}
      </ul>
    </li>
  )
}
