/** The days that have something on them, below each other, with how it went and what stands against it. */
import { Text } from '@mantine/core'
import { IconCalendarOff, IconFilterOff, IconPlus, IconRepeat } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { nameOfCampaign } from '../../campaign-name.ts'
import { Empty } from '../../components/empty.tsx'
import { TextLink } from '../../components/links.tsx'
import { StartConflicts } from '../../components/start-conflicts.tsx'
import { StateBadge } from '../../components/state-badge.tsx'
import { calendarTexts } from '../../text/calendar-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import { type CalendarSearch, filtersIn } from './calendar-search.ts'
import { type DayEntries, type Entry, entriesOf, isOver } from './day-entries.ts'
import classes from './day-list.module.css'
import { saidOf } from './entry-chip.tsx'

interface Props {
  dates: readonly string[]
  byDay: Map<string, DayEntries>
  today: string
  now: Date
  search: CalendarSearch
  isOneDay: boolean
  mayCreate: boolean
}

export function DayList({ dates, byDay, today, now, search, isOneDay, mayCreate }: Props) {
  const { calendar: text } = useTextOf(calendarTexts)
  const days = dates.filter((date) => {
    const { entries, more } = entriesOf(byDay, date)
    return entries.length + more > 0
  })
  if (days.length === 0) {
    const isFiltered = Object.keys(filtersIn(search)).length > 0
    const Icon = isFiltered ? IconFilterOff : IconCalendarOff
    return (
      <Empty icon={<Icon size={40} aria-hidden />} title={isFiltered ? text.noMatchTitle : text.emptyTitle}>
        {isFiltered ? text.noMatch : text.empty}
      </Empty>
    )
  }
  return days.map((date) => (
    <Day
      key={date}
      date={date}
      of={entriesOf(byDay, date)}
      isToday={date === today}
      mayCreate={mayCreate && date >= today}
      hasHead={!isOneDay}
      now={now}
    />
  ))
}

/** What is further away is told by its date. */
const SOON_MS = 2 * 86_400_000

interface DayProps {
  date: string
  of: DayEntries
  isToday: boolean
  mayCreate: boolean
  hasHead: boolean
  now: Date
}

function Day({ date, of: { entries, more }, isToday, mayCreate, hasHead, now }: DayProps) {
  const { calendar: text, format } = useTextOf(calendarTexts)
  const said = format.calendarDay(date)
  return (
    <section className={classes.listDay} aria-label={said}>
      {hasHead && (
        <div className={classes.head}>
          <h3 className={classes.listDate} data-today={isToday || undefined}>
            {said}
            {isToday && <span className={classes.todayMark}>{text.today}</span>}
          </h3>
          {mayCreate && (
            <Link
              to="/campaigns/new"
              search={{ day: date }}
              className={classes.plus}
              aria-label={text.createOn(said)}
              title={text.createOn(said)}
            >
              <IconPlus size={16} aria-hidden />
            </Link>
          )}
        </div>
      )}
      <ul className={classes.rows}>
        {entries.map((entry) => (
          <Row key={entry.key} entry={entry} now={now} />
        ))}
      </ul>
      {more > 0 && (
        <Text size="sm" c="dimmed" mt="xs">
          {text.notNamed(more)}{' '}
          <TextLink to="/campaigns" search={{ from: date, to: date, sort: 'time' }} size="sm">
            {text.inList}
          </TextLink>
        </Text>
      )}
    </section>
  )
}

function Row({ entry, now }: { entry: Entry; now: Date }) {
  const texts = useTextOf(calendarTexts)
  const { calendar: text, conflicts, format } = texts
  const said = saidOf(entry, texts)
  const judged =
    'campaign' in entry
      ? entry.campaign
      : (entry.recurring.runs.find(({ conflicts: found }) => found.length > 0) ?? entry.run)
  return (
    <li className={classes.row} data-over={isOver(entry) || undefined}>
      <div className={`${classes.rowTime} figure`}>
        {said.time}
        {'recurring' in entry && entry.recurring.count > 1 && (
          <span className={classes.firstRun}>{format.time(entry.run.at)} –</span>
        )}
      </div>
      <div className={classes.rowMain}>
        {'campaign' in entry ? (
          <Link to="/campaigns/$id" params={{ id: entry.campaign.id }} className={classes.rowLink} dir="auto">
            {nameOfCampaign(entry.campaign, texts)}
          </Link>
        ) : (
          <Link
            to="/schedules/$id"
            params={{ id: entry.recurring.scheduleId }}
            className={classes.rowLink}
            dir="auto"
          >
            {entry.recurring.name}
          </Link>
        )}
        <Facts entry={entry} now={now} />
        {!('campaign' in entry && entry.isGoingOn) && (
          <StartConflicts judged={judged} text={conflicts} clockOf={(at) => format.time(at)} isBrief />
        )}
      </div>
      <div>
        {'campaign' in entry ? (
          <StateBadge campaign={entry.campaign} />
        ) : (
          <span className={classes.recurs}>
            <IconRepeat size={14} aria-hidden />
            {entry.run.outcome === null ? text.recurring : text.outcomes[entry.run.outcome]}
          </span>
        )}
      </div>
    </li>
  )
}

function Facts({ entry, now }: { entry: Entry; now: Date }) {
  const { calendar: text, format } = useTextOf(calendarTexts)
  if ('recurring' in entry) {
    return entry.recurring.count > 1 ? (
      <Text size="sm" c="dimmed">
        {text.runs(entry.recurring.count)}
      </Text>
    ) : null
  }
  const { progress, localAt, at, until, schedule, state } = entry.campaign
  const facts = [
    ...(entry.isGoingOn ? [text.goesOn] : []),
    ...(schedule === null ? [] : [text.runOf(schedule.name)]),
    ...(localAt !== null && until !== null
      ? [text.localHint(localAt.slice(11), format.dateTime(at), format.dateTime(until))]
      : []),
    ...(state === 'scheduled' && Date.parse(at) - now.getTime() < SOON_MS ? [format.relative(at, now)] : []),
    ...(progress.sent + progress.failed + progress.skipped + progress.inDoubt > 0
      ? [
          text.result(
            format.number(progress.sent),
            format.number(progress.failed),
            format.number(progress.skipped),
            format.number(progress.inDoubt),
          ),
        ]
      : []),
  ]
  return facts.length === 0 ? null : (
    <Text size="sm" c="dimmed" className="figure">
      {facts.join(' · ')}
    </Text>
  )
}
