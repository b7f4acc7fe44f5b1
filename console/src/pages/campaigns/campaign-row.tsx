/** One campaign in the list: name, status, progress. */
import { Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { Campaign } from '../../api/campaigns.ts'
import { ProgressBar } from '../../components/progress-bar.tsx'
import { StateBadge } from '../../components/state-badge.tsx'
import { useText } from '../../text/language.tsx'
import classes from './campaigns.module.css'

export function CampaignRow({ campaign }: { campaign: Campaign }) {
  const text = useText()
  const { id, name, message, state, progress, createdAt, createdByName, scheduledAt, resendOf } = campaign
  return (
    <li className={classes.row}>
      <div className={classes.name}>
        <Link to="/campaigns/$id" params={{ id }} className={classes.link} dir="auto">
          {name}
        </Link>
      </div>
      <Text size="sm" c="dimmed" lineClamp={1} dir="auto" className={classes.title}>
        {message.title ?? message.body ?? text.campaigns.noText}
      </Text>
      <div className={classes.state}>
        <StateBadge state={state} />
        {resendOf !== null && (
          <Text size="xs" c="dimmed">
            {text.campaigns.resendOf}
          </Text>
        )}
      </div>
      <div className={classes.progress}>
        {state === 'draft' || (state === 'scheduled' && progress.audience === 0) ? (
          <Text size="sm" c="dimmed">
            {state === 'scheduled' && scheduledAt !== null
              ? text.campaigns.scheduledFor(text.format.dateTime(scheduledAt))
              : text.campaigns.notStarted}
          </Text>
        ) : (
          <RowProgress campaign={campaign} />
        )}
      </div>
      <div className={classes.made}>
        <Text size="xs" c="dimmed" lineClamp={1}>
          {createdByName === null
            ? text.campaigns.created
            : text.campaigns.createdBy(`\u2068${createdByName}\u2069`)}
        </Text>
        <Text size="sm" component="time" dateTime={createdAt}>
          {text.format.dateTime(createdAt)}
        </Text>
      </div>
    </li>
  )
}

function RowProgress({ campaign: { progress, scheduledAt, state } }: { campaign: Campaign }) {
  const { campaigns: text, format } = useText()
  return (
    <>
      <ProgressBar progress={progress} />
      <Text size="sm" className="figure" mt={4}>
        {progress.isPlanned
          ? text.sentOf(progress.sent, progress.audience)
          : text.counting(progress.audience)}
        {progress.isPlanned && progress.audience > 0 && (
          <Text span size="sm" c="dimmed">
            {' · '}
            {format.percent(progress.sent, progress.audience)}
          </Text>
        )}
      </Text>
      {state === 'scheduled' && scheduledAt !== null && (
        <Text size="xs" c="dimmed">
          {text.scheduledFor(format.dateTime(scheduledAt))}
        </Text>
      )}
    </>
  )
}
