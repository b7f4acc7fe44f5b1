/**
 * A month or a week as a table, a column for each weekday. The arrow keys move from day to day: only one day is in the order of
 * Tab, and so are the campaigns in the cells.
 */
import { VisuallyHidden } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { type KeyboardEventHandler, type RefObject, useEffect, useRef } from 'react'
import { calendarTexts } from '../../text/calendar-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import classes from './calendar.module.css'
import { type CalendarSearch, withChange } from './calendar-search.ts'
import { type DayEntries, entriesOf } from './day-entries.ts'
import { EntryChip } from './entry-chip.tsx'

/** More do not fit into a day of a month; a week has room for as many as somebody reads. */
const MOST = { month: 4, week: 40 }

interface Props {
  dates: readonly string[]
  /** Undefined: not known yet. */
  byDay: Map<string, DayEntries> | undefined
  view: 'month' | 'week'
  day: string
  today: string
  search: CalendarSearch
  hasFocus: RefObject<boolean>
  onKeyDown: KeyboardEventHandler
}

export function DayGrid({ dates, byDay, view, day, today, search, hasFocus, onKeyDown }: Props) {
  const { calendar: text, format } = useTextOf(calendarTexts)
  const table = useRef<HTMLTableElement>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the day that a key has led to may be in a table that is new.
  useEffect(() => {
    if (!hasFocus.current) return
    // Whoever has gone elsewhere meanwhile is not called back.
    const { activeElement, body } = document
    if (activeElement === body || table.current?.contains(activeElement)) {
      table.current?.querySelector<HTMLElement>(`[data-day="${day}"]`)?.focus()
    } else hasFocus.current = false
  }, [day, dates.length, dates[0]])
  const weeks = Array.from({ length: dates.length / 7 }, (_, week) => dates.slice(7 * week, 7 * week + 7))
  return (
    <div className={classes.frame}>
      <table
        ref={table}
        className={classes.grid}
        data-view={view}
        aria-label={text.title}
        aria-describedby="calendar-keys"
        onKeyDown={onKeyDown}
      >
        <thead>
          <tr>
            {dates.slice(0, 7).map((date) => (
              <th key={date} scope="col">
                {format.weekday(date)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {weeks.map((week) => (
            <tr key={week[0]}>
              {week.map((date) => (
                <Day
                  key={date}
                  date={date}
                  of={entriesOf(byDay, date)}
                  most={MOST[view]}
                  search={search}
                  isToday={date === today}
                  isPast={date < today}
                  isChosen={date === day}
                  isOutside={view === 'month' && date.slice(0, 7) !== day.slice(0, 7)}
                />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <p id="calendar-keys" className={classes.keys}>
        {text.keys}
      </p>
    </div>
  )
}

interface DayProps {
  date: string
  of: DayEntries
  most: number
  search: CalendarSearch
  isToday: boolean
  isPast: boolean
  isChosen: boolean
  isOutside: boolean
}

function Day({ date, of: { entries, more }, most, search, isToday, isPast, isChosen, isOutside }: DayProps) {
  const { calendar: text, format } = useTextOf(calendarTexts)
  const all = entries.length + more
  const shown = all > most ? entries.slice(0, most - 1) : entries
  const toDay = { to: '/calendar', search: withChange(search, { view: 'day', day: date }) } as const
  return (
    <td
      className={classes.day}
      data-today={isToday || undefined}
      data-past={isPast || undefined}
      data-outside={isOutside || undefined}
    >
      <Link
        {...toDay}
        data-day={date}
        tabIndex={isChosen ? 0 : -1}
        className={classes.date}
        {...(isToday && { 'aria-current': 'date' as const })}
      >
        <span aria-hidden>{date.endsWith('-01') ? format.shortDay(date) : Number(date.slice(8))}</span>
        <VisuallyHidden>{text.day(format.calendarDay(date), all, isToday)}</VisuallyHidden>
      </Link>
      {shown.length > 0 && (
        <ul className={classes.entries}>
          {shown.map((entry) => (
            <li key={entry.key}>
              <EntryChip entry={entry} />
            </li>
          ))}
        </ul>
      )}
      {all > shown.length && (
        <Link {...toDay} className={classes.more}>
          <span aria-hidden>{text.more(all - shown.length)}</span>
          <VisuallyHidden>{text.moreOf(all - shown.length, format.shortDay(date))}</VisuallyHidden>
        </Link>
      )}
    </td>
  )
}
