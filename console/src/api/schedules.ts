/** Requests about schedules. What changes one names the version that was on the screen. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import type { Static } from 'typebox'
import type { AudienceCountReply } from '../../../src/api/campaigns/audience-schemas.ts'
import type {
  NewScheduleBody,
  RunListReply,
  ScheduleChangedReply,
  ScheduleChangesBody,
  ScheduleListReply,
  ScheduleMovedReply,
  SchedulePreviewBody,
  SchedulePreviewReply,
  ScheduleReply,
  WholeScheduleReply,
} from '../../../src/api/campaigns/schedule-schemas.ts'
import type { Campaign } from './campaigns.ts'
import { call, get } from './client.ts'
import { keys } from './query-keys.ts'

export type Schedule = ScheduleReply
export type ScheduleRow = Static<typeof ScheduleListReply>['data'][number]
export type UpcomingRun = Schedule['nextRuns'][number]
export type DecidedRun = Static<typeof RunListReply>['data'][number]
export type WholeSchedule = WholeScheduleReply
export type TimesGiven = Static<typeof SchedulePreviewBody>
export type ScheduleChanged = Static<typeof ScheduleChangedReply>
export type ScheduleMoved = Static<typeof ScheduleMovedReply>
export type NewSchedule = Static<typeof NewScheduleBody>
export type ScheduleChanges = Static<typeof ScheduleChangesBody>

const PAGE = 50
const EVERY_MS = 5_000
const pathTo = (id: string) => `/v1/schedules/${encodeURIComponent(id)}`
const ifMatchOf = ({ version }: { version: number }) => `"${version}"`

export const scheduleListQuery = infiniteQueryOptions({
  queryKey: keys.scheduleList,
  queryFn: ({ pageParam, signal }) =>
    get<Static<typeof ScheduleListReply>>('/v1/schedules', { limit: PAGE, cursor: pageParam }, signal),
  initialPageParam: null as string | null,
  getNextPageParam: (last) => last.nextCursor,
  refetchInterval: 4 * EVERY_MS,
})

export const scheduleQuery = (id: string) =>
  queryOptions({
    queryKey: keys.schedule(id),
    queryFn: ({ signal }) => get<Schedule>(pathTo(id), { whole: false }, signal),
    refetchInterval: EVERY_MS,
  })

/** With its audience, to change that. */
export const wholeScheduleQuery = (id: string) =>
  queryOptions({
    queryKey: keys.wholeSchedule(id),
    queryFn: ({ signal }) => get<WholeSchedule>(pathTo(id), undefined, signal),
    // What is typed begins with it: it does not change below a person's hands.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  })

/** How many devices its audience has now. Null: it is another version already, which the server will say. */
export const scheduleDevicesQuery = ({ id, version }: Pick<Schedule, 'id' | 'version'>) =>
  queryOptions({
    queryKey: keys.scheduleDevices(id, version),
    queryFn: async ({ signal }) => {
      const whole = await get<WholeSchedule>(pathTo(id), undefined, signal)
      if (whole.version !== version) return null
      const body = { audience: whole.audience }
      return (await call<AudienceCountReply>('POST', '/v1/audiences/count', { body, signal })).devices
    },
    staleTime: 30_000,
  })

export const runsQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: keys.scheduleRuns(id),
    queryFn: ({ pageParam, signal }) =>
      get<Static<typeof RunListReply>>(`${pathTo(id)}/runs`, { limit: PAGE, cursor: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.nextCursor,
  })

/** What the rule means, as the server understands it. */
export const previewQuery = (times: TimesGiven) =>
  queryOptions({
    queryKey: keys.schedulePreview(times),
    queryFn: ({ signal }) =>
      call<Static<typeof SchedulePreviewReply>>('POST', '/v1/schedules/preview', { body: times, signal }),
    retry: false,
    staleTime: 60_000,
  })

export function createSchedule(body: NewSchedule, key: string): Promise<Schedule> {
  return call<Schedule>('POST', '/v1/schedules', { body, idempotencyKey: key })
}

export function editSchedule(seen: Schedule, body: ScheduleChanges): Promise<ScheduleChanged> {
  return call<ScheduleChanged>('PATCH', pathTo(seen.id), { body, ifMatch: ifMatchOf(seen) })
}

export type Move = 'pause' | 'resume' | 'end'

export function moveSchedule(move: Move, seen: Schedule, key: string): Promise<ScheduleMoved> {
  return call<ScheduleMoved>('POST', `${pathTo(seen.id)}/${move}`, {
    ifMatch: ifMatchOf(seen),
    idempotencyKey: key,
  })
}

export function changeRun(
  deed: 'skip' | 'restore',
  seen: Schedule,
  at: string,
  key: string,
): Promise<Schedule> {
  return call<Schedule>('POST', `${pathTo(seen.id)}/runs/${deed}`, {
    body: { at },
    ifMatch: ifMatchOf(seen),
    idempotencyKey: key,
  })
}

/** `confirmAudience`: the number of devices that was typed. */
export function sendRun(
  seen: Schedule,
  at: string,
  confirmAudience: number | null,
  key: string,
): Promise<Campaign> {
  return call<Campaign>('POST', `${pathTo(seen.id)}/runs/send`, {
    body: { at, ...(confirmAudience !== null && { confirmAudience }) },
    ifMatch: ifMatchOf(seen),
    idempotencyKey: key,
  })
}
