/** The calendar, and what stands against a time. */
import { queryOptions } from '@tanstack/react-query'
import type { Static } from 'typebox'
import type {
  CalendarReply,
  StartPreviewBody,
  StartPreviewReply,
} from '../../../src/api/campaigns/calendar-schemas.ts'
import { call, get } from './client.ts'
import { keys } from './query-keys.ts'

export type Calendar = CalendarReply
export type CalendarCampaign = Calendar['campaigns'][number]
export type Recurring = Calendar['recurring'][number]
export type CalendarRun = Recurring['runs'][number]
export type StartPreview = StartPreviewReply
/** What is to come, and what stands against its time. */
export type Judged = Pick<CalendarCampaign, 'conflicts' | 'suggestedAt'>

const WHILE_SENDING_MS = 5_000
const OTHERWISE_MS = 20_000

export interface CalendarAsked {
  /** Dates, both shown. */
  from: string
  to: string
  state?: string | undefined
  search?: string | undefined
  author?: string | undefined
  tag?: string | undefined
  project?: string | undefined
}

/** Days are those of the reader. */
export const calendarQuery = (asked: CalendarAsked) =>
  queryOptions({
    queryKey: keys.calendar(asked),
    queryFn: ({ signal }) => {
      const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
      return get<Calendar>('/v1/calendar', { ...asked, timezone: timeZone }, signal)
    },
    refetchInterval: ({ state: { data } }) =>
      data?.campaigns.some(({ state }) => state === 'sending') ? WHILE_SENDING_MS : OTHERWISE_MS,
  })

/** A moment ago is soon enough, and a hint that cannot be had is none. */
export const startPreviewQuery = (asked: Static<typeof StartPreviewBody>) =>
  queryOptions({
    queryKey: keys.startPreview(asked),
    queryFn: ({ signal }) => call<StartPreview>('POST', '/v1/calendar/preview', { body: asked, signal }),
    retry: false,
    staleTime: 15_000,
  })
