/** What the address says about the calendar. Loaded with the first page, as the router is. Pure. */
import type { CampaignState } from '../../../../src/domain/campaign.ts'
import type { CalendarAsked } from '../../api/calendar.ts'
import { isDay, readListSearch } from '../campaigns/list-search.ts'

/** `day` is one day, which a day of the others leads to. */
const VIEWS = ['month', 'week', 'list', 'day'] as const
export type View = (typeof VIEWS)[number]

export interface CalendarSearch {
  /** Left out: the month. */
  view?: View
  /** YYYY-MM-DD. Left out: today. */
  day?: string
  state?: CampaignState
  search?: string
  author?: string
  tag?: string
  project?: string
}

/** Addresses may be typed by hand: valid parameters are used, others are ignored. */
export function readCalendarSearch(given: Record<string, unknown>): CalendarSearch {
  const { state, search, author, tag, project } = readListSearch(given)
  const filters = Object.entries({ state, search, author, tag, project }).filter(
    ([, value]) => value !== undefined,
  )
  return {
    ...(VIEWS.includes(given.view as View) && given.view !== 'month' && { view: given.view as View }),
    ...(isDay(given.day) && { day: given.day }),
    ...Object.fromEntries(filters),
  }
}

export function withChange(
  search: CalendarSearch,
  change: { [K in keyof CalendarSearch]?: string | undefined },
): CalendarSearch {
  return readCalendarSearch({ ...search, ...change })
}

/** Without the view and the day, which hide nothing. */
export function filtersIn({
  view: _view,
  day: _day,
  ...filters
}: CalendarSearch): Omit<CalendarAsked, 'from' | 'to'> {
  return filters
}
