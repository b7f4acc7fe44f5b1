// biome-ignore-all lint/a11y/useSemanticElements: a table element that is laid out as a grid has no roles any more.
// biome-ignore-all lint/a11y/useFocusableInteractive: the links, boxes and buttons of a row have the focus.
/** One campaign in the list. */
import { ActionIcon, Checkbox } from '@mantine/core'
import { IconLayoutSidebarRight } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { memo } from 'react'
import { type Campaign, isMoving } from '../../api/campaigns.ts'
import { nameOfCampaign } from '../../campaign-name.ts'
import { ProgressBar } from '../../components/progress-bar.tsx'
import { StateBadge } from '../../components/state-badge.tsx'
import { useText } from '../../text/language.tsx'
import classes from './campaign-table.module.css'
import { hasFigures, timeOf, waitsForSaid } from './row-figures.ts'

interface Props {
  campaign: Campaign
  now: Date
  isSelected: boolean
  isPeeked: boolean
  onToggle: (id: string, isRange: boolean) => void
  onPeek: (id: string) => void
}

export const CampaignRow = memo(function CampaignRow(props: Props) {
  const { campaign, now, isSelected, isPeeked, onToggle, onPeek } = props
  const text = useText()
  const { campaigns: said, format } = text
  const { id, message, progress, tags, createdByName, archivedAt, resendOf, waitsFor } = campaign
  const name = nameOfCampaign(campaign, text)
  const time = timeOf(campaign)
  const figure = (n: number) => (hasFigures(campaign) ? format.number(n) : text.shell.none)
  return (
    <div
      role="row"
      className={`${classes.grid} ${classes.row}`}
      data-selected={isSelected || undefined}
      data-empty={!hasFigures(campaign) || undefined}
      data-peeked={isPeeked || undefined}
    >
      <div role="cell" className={classes.check}>
        <Checkbox
          size="xs"
          aria-label={said.select(name)}
          checked={isSelected}
          // React makes the change of a checkbox from its click, which says whether shift was held.
          onChange={({ nativeEvent }) =>
            onToggle(id, nativeEvent instanceof MouseEvent && nativeEvent.shiftKey)
          }
        />
      </div>
      <div role="cell" className={classes.name}>
        <div className={classes.nameLine}>
          <Link
            to="/campaigns/$id"
            params={{ id }}
            className={classes.link}
            data-campaign={id}
            data-untitled={campaign.name === '' || undefined}
            title={name}
            dir="auto"
          >
            {name}
          </Link>
          {resendOf !== null && <span className={classes.tag}>{said.resendOf}</span>}
          {archivedAt !== null && <span className={classes.tag}>{said.archivedMark}</span>}
          {tags.map((tag) => (
            <span key={tag} className={classes.tag} dir="auto">
              {tag}
            </span>
          ))}
        </div>
        {message !== null && (
          <div className={classes.title} dir="auto">
            {message.title ?? message.body ?? said.noText}
          </div>
        )}
      </div>
      <div role="cell" className={classes.state}>
        <StateBadge campaign={campaign} />
        {waitsFor !== null && <div className={classes.waits}>{waitsForSaid(waitsFor, text)}</div>}
      </div>
      <div role="cell" className={classes.figure} data-column="audience">
        <span className={classes.label}>{said.columns.audience} </span>
        <span
          title={progress.isPlanned || !hasFigures(campaign) ? undefined : said.counting(progress.audience)}
        >
          {figure(progress.audience)}
        </span>
      </div>
      <div role="cell" className={classes.figure}>
        <span className={classes.label}>{said.columns.sent} </span>
        {figure(progress.sent)}
      </div>
      <div role="cell" className={classes.figure} data-bad={progress.failed > 0 || undefined}>
        <span className={classes.label}>{said.columns.failed} </span>
        {figure(progress.failed)}
      </div>
      <div role="cell" className={classes.figure} data-column="share">
        {hasFigures(campaign) ? format.percent(progress.sent, progress.audience) : text.shell.none}
        {hasFigures(campaign) && isMoving(campaign) && <ProgressBar progress={progress} />}
      </div>
      <div role="cell" className={classes.time} data-column="time">
        <time dateTime={time} title={format.inZone(time)}>
          {format.dateTime(time)}
        </time>
        <span className={classes.relative}>{format.relative(time, now)}</span>
      </div>
      <div
        role="cell"
        className={classes.author}
        data-column="author"
        data-none={createdByName === null || undefined}
        dir="auto"
        title={createdByName ?? undefined}
      >
        {createdByName ?? text.shell.none}
      </div>
      <div role="cell" className={classes.peek}>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={said.peek(name)}
          aria-expanded={isPeeked}
          onClick={() => onPeek(id)}
        >
          <IconLayoutSidebarRight size={16} aria-hidden />
        </ActionIcon>
      </div>
    </div>
  )
})
