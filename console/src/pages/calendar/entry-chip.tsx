/** One campaign, or the runs of a schedule on a day, in a line of a cell. */
import { VisuallyHidden } from '@mantine/core'
import { IconClockExclamation, IconRepeat } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { nameOfCampaign } from '../../campaign-name.ts'
import { headlineOf, toneOf } from '../../campaign-tone.ts'
import { conflictSaid } from '../../components/start-conflicts.tsx'
import { type CalendarTexts, calendarTexts } from '../../text/calendar-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import classes from './calendar.module.css'
import { againstIt, type Entry, isOver } from './day-entries.ts'

export function EntryChip({ entry }: { entry: Entry }) {
  const texts = useTextOf(calendarTexts)
  const said = saidOf(entry, texts)
  const title = [said.time, said.name, said.state, ...said.more].filter((part) => part !== '').join(' · ')
  // What is said is more than what is seen: colors and signs are not read.
  const inside = (
    <>
      <span aria-hidden className={classes.seen}>
        {'recurring' in entry ? (
          <IconRepeat size={12} className={classes.repeat} />
        ) : (
          <span className={classes.dot} />
        )}
        <span className={`${classes.time} figure`}>{said.time}</span>
        <span className={classes.name} dir="auto">
          {said.name}
        </span>
        {againstIt(entry).length > 0 && <IconClockExclamation size={13} className={classes.meets} />}
      </span>
      <VisuallyHidden>{title}</VisuallyHidden>
    </>
  )
  if ('recurring' in entry) {
    return (
      <Link
        to="/schedules/$id"
        params={{ id: entry.recurring.scheduleId }}
        className={classes.chip}
        data-over={isOver(entry) || undefined}
        title={title}
      >
        {inside}
      </Link>
    )
  }
  return (
    <Link
      to="/campaigns/$id"
      params={{ id: entry.campaign.id }}
      className={classes.chip}
      data-tone={toneOf(entry.campaign)}
      data-state={entry.campaign.state}
      data-over={isOver(entry) || undefined}
      title={title}
    >
      {inside}
    </Link>
  )
}

interface Said {
  time: string
  name: string
  state: string
  more: string[]
}

/** In words: what the colors and signs of a cell mean. */
export function saidOf(entry: Entry, texts: CalendarTexts): Said {
  const { calendar: text, conflicts, states, format } = texts
  const near = againstIt(entry).map((conflict) => conflictSaid(conflict, conflicts))
  if ('recurring' in entry) {
    const { recurring, run } = entry
    return {
      time: recurring.count > 1 ? text.times(recurring.count) : format.time(run.at),
      name: recurring.name,
      state: run.outcome === null ? `${text.recurring}, ${text.willRun}` : text.outcomes[run.outcome],
      more: near,
    }
  }
  const { campaign, isGoingOn } = entry
  const { localAt, until, schedule } = campaign
  return {
    time: isGoingOn ? '…' : localAt === null ? format.time(campaign.at) : text.localAt(localAt.slice(11)),
    name: nameOfCampaign(campaign, texts),
    state: states.headline[headlineOf(campaign)],
    more: [
      ...(isGoingOn ? [text.goesOn] : []),
      ...(localAt !== null && until !== null
        ? [text.localHint(localAt.slice(11), format.dateTime(campaign.at), format.dateTime(until))]
        : []),
      ...(schedule === null ? [] : [text.runOf(schedule.name)]),
      ...near,
    ],
  }
}
