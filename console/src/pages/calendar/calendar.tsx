/** What was sent, is scheduled and recurs: a month, a week, a list, or one day. View, day and filters are in the address. */
import { ActionIcon, Button, Group, SegmentedControl, Stack, Text } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { IconChevronLeft, IconChevronRight, IconPlus } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { type KeyboardEvent, useRef } from 'react'
import { addDays } from '../../../../src/domain/add-days.ts'
import { calendarQuery } from '../../api/calendar.ts'
import { Answer } from '../../components/answer.tsx'
import { ButtonLink, TextLink } from '../../components/links.tsx'
import { Page } from '../../components/page.tsx'
import { useNow } from '../../components/use-now.ts'
import { useMay } from '../../components/use-session.ts'
import { shortcutOf } from '../../shortcuts.ts'
import { calendarTexts } from '../../text/calendar-texts.ts'
import { useLanguage, useTextOf } from '../../text/language.tsx'
import classes from './calendar.module.css'
import { dateOf, datesOf, daysOfKey, moved, rangeOf, type Weekday } from './calendar-days.ts'
import { CalendarFilters } from './calendar-filters.tsx'
import { type CalendarSearch, filtersIn, type View, withChange } from './calendar-search.ts'
import { countMeeting, type DayEntries, entriesByDay } from './day-entries.ts'
import { DayGrid } from './day-grid.tsx'
import { DayList } from './day-list.tsx'
import { LeftOut } from './left-out.tsx'
import { weekStartOf } from './week-start.ts'

/** Narrower, seven columns have no room for a name. */
const WIDE = '(min-width: 48em)'

export function CalendarPage() {
  const { calendar: text } = useTextOf(calendarTexts)
  const search = useSearch({ from: '/signed-in/calendar' })
  const navigate = useNavigate({ from: '/calendar' })
  const mayWrite = useMay('campaigns:write')
  const now = useNow(30_000)
  const today = dateOf(now)
  const { view = 'month', day = today } = search
  const put = (change: { [K in keyof CalendarSearch]?: string }) =>
    void navigate({ search: withChange(search, change), replace: true, resetScroll: false })
  const create = (on: string) =>
    void navigate({ to: '/campaigns/new', search: on < today ? {} : { day: on } })
  return (
    <Page
      title={text.title}
      actions={
        mayWrite && (
          <ButtonLink
            to="/campaigns/new"
            search={day < today ? {} : { day }}
            leftSection={<IconPlus size={16} aria-hidden />}
          >
            {text.create}
          </ButtonLink>
        )
      }
    >
      <Stack gap="sm">
        <Group justify="space-between" gap="sm">
          <Steps view={view} day={day} today={today} put={put} />
          <Group gap="sm" flex="1 1 20rem" justify="flex-end">
            <CalendarFilters search={search} put={put} />
            <SegmentedControl
              aria-label={text.view}
              value={view === 'day' ? 'list' : view}
              onChange={(to) => put({ view: to })}
              data={(['month', 'week', 'list'] as const).map((value) => ({
                value,
                label: text.views[value],
              }))}
            />
          </Group>
        </Group>
        <Days
          search={search}
          view={view}
          day={day}
          today={today}
          now={now}
          put={put}
          onCreate={mayWrite ? create : null}
        />
      </Stack>
    </Page>
  )
}

interface StepsProps {
  view: View
  day: string
  today: string
  put: (change: { view?: View; day?: string }) => void
}

/** What is shown, and the way to what is before and after it. */
function Steps({ view, day, today, put }: StepsProps) {
  const { calendar: text, format } = useTextOf(calendarTexts)
  const { language } = useLanguage()
  const { from, to } = rangeOf(view, day, weekStartOf(language, navigator.languages))
  const title =
    view === 'day'
      ? format.calendarDay(day)
      : view === 'week'
        ? text.weekOf(format.calendarDay(from), format.calendarDay(to))
        : format.month(day)
  return (
    <Group gap="xs" wrap="nowrap">
      <ActionIcon
        variant="default"
        size="lg"
        aria-label={text.earlier[view]}
        onClick={() => put({ day: moved(view, day, -1) })}
      >
        <IconChevronLeft size={18} aria-hidden />
      </ActionIcon>
      <ActionIcon
        variant="default"
        size="lg"
        aria-label={text.later[view]}
        onClick={() => put({ day: moved(view, day, 1) })}
      >
        <IconChevronRight size={18} aria-hidden />
      </ActionIcon>
      <Button flex="none" variant="default" disabled={day === today} onClick={() => put({ day: today })}>
        {text.today}
      </Button>
      <h2 className={classes.range} aria-live="polite">
        {title}
      </h2>
    </Group>
  )
}

interface DaysProps {
  search: CalendarSearch
  view: View
  day: string
  today: string
  now: Date
  put: (change: { view?: View; day?: string }) => void
  /** Null: it may not be done. */
  onCreate: ((day: string) => void) | null
}

function Days({ search, view, day, today, now, put, onCreate }: DaysProps) {
  const { calendar: text, format } = useTextOf(calendarTexts)
  const { language } = useLanguage()
  const weekStart = weekStartOf(language, navigator.languages)
  const isWide = useMediaQuery(WIDE, true, { getInitialValueInEffect: false })
  const isGrid = isWide && (view === 'month' || view === 'week')
  // On a narrow screen a month is a list, and a list has no days of other months.
  const range = rangeOf(view === 'month' && !isGrid ? 'list' : view, day, weekStart)
  const query = useQuery(calendarQuery({ ...range, ...filtersIn(search) }))
  // A day that was reached by a key has the focus, also when it is in another month.
  const hasFocus = useRef(false)

  const press = (event: KeyboardEvent) => {
    const cell = (event.target as HTMLElement).closest('td')
    const pressed = cell?.querySelector<HTMLElement>('[data-day]')
    if (shortcutOf(event.nativeEvent, false) === 'new' && onCreate !== null) {
      event.preventDefault()
      onCreate(pressed?.dataset.day ?? day)
      return
    }
    if (event.target !== pressed) return
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const by = keyDays(event.key, view, day, weekStart)
    if (by === null) return
    event.preventDefault()
    hasFocus.current = true
    put({ day: by })
  }

  const days = (byDay: Map<string, DayEntries> | undefined) =>
    isGrid ? (
      <DayGrid
        dates={datesOf(range)}
        byDay={byDay}
        view={view === 'week' ? 'week' : 'month'}
        day={day}
        today={today}
        search={search}
        hasFocus={hasFocus}
        onKeyDown={press}
      />
    ) : (
      <DayList
        byDay={byDay ?? new Map()}
        dates={datesOf(range)}
        today={today}
        now={now}
        search={search}
        isOneDay={view === 'day'}
        mayCreate={onCreate !== null}
      />
    )

  if (query.data === undefined && !query.isError && isGrid) {
    return (
      <div aria-busy="true" className={classes.loading}>
        <Notes meeting={0} />
        {days(undefined)}
      </div>
    )
  }
  return (
    <Answer query={query}>
      {(calendar) => {
        const byDay = entriesByDay(calendar)
        return (
          <div>
            <Notes meeting={countMeeting(byDay)} />
            {view === 'day' && (
              <Text size="sm" mb="xs">
                <TextLink to="/calendar" search={withChange(search, { view: 'month' })} size="sm">
                  {text.backTo(format.month(day))}
                </TextLink>
              </Text>
            )}
            <LeftOut calendar={calendar} />
            {days(byDay)}
          </div>
        )
      }}
    </Answer>
  )
}

/** The zone once for all times, and how many starts are close to another. */
function Notes({ meeting }: { meeting: number }) {
  const { calendar: text, format } = useTextOf(calendarTexts)
  return (
    <Text size="sm" c="dimmed" mb="xs">
      {text.zone(format.zoneName())}
      {meeting > 0 && ` · ${text.meeting(meeting)}`}
    </Text>
  )
}

/** The day that a key leads to; null: it is another key. */
function keyDays(key: string, view: View, day: string, weekStart: Weekday): string | null {
  if (key === 'PageUp' || key === 'PageDown') return moved(view, day, key === 'PageUp' ? -1 : 1)
  const by = daysOfKey(key, day, weekStart)
  if (by === null) return null
  return addDays(day, by)
}
