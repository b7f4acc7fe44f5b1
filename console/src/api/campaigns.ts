/** What the console asks about campaigns, and asks to be done to them. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import type { Static } from 'typebox'
import type { CampaignReply } from '../../../src/api/campaigns/campaign-schemas.ts'
import type { FailuresReply, TimelineReply } from '../../../src/api/deliveries/delivery-schemas.ts'
import type { CampaignState, Resent } from '../../../src/domain/campaign.ts'
import { call, get } from './client.ts'
import { keys } from './query-keys.ts'

export type Campaign = CampaignReply
export type Progress = Campaign['progress']
export type Failures = Static<typeof FailuresReply>
export type Failure = Failures['data'][number]

export interface PageOf<T> {
  data: T[]
  nextCursor: string | null
}

export interface CampaignFilter {
  state?: CampaignState | undefined
  search?: string | undefined
}

const PAGE = 25
/** The list is looked at in passing: often enough to see that something moves. */
const LIST_EVERY_MS = 5_000

export const campaignListQuery = (filter: CampaignFilter) =>
  infiniteQueryOptions({
    queryKey: keys.campaignList(filter),
    queryFn: ({ pageParam, signal }) =>
      get<PageOf<Campaign>>('/v1/campaigns', { ...filter, limit: PAGE, cursor: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.nextCursor,
    refetchInterval: ({ state }) =>
      state.data?.pages.some((page) => page.data.some(isMoving)) ? LIST_EVERY_MS : false,
  })

export const campaignQuery = (id: string) =>
  queryOptions({
    queryKey: keys.campaign(id),
    queryFn: ({ signal }) => get<Campaign>(`/v1/campaigns/${encodeURIComponent(id)}`, undefined, signal),
  })

/** Its figures may change by themselves. A draft's do not; nor do those of one that are closed. */
export function isMoving({ state, closedAt }: Pick<Campaign, 'state' | 'closedAt'>): boolean {
  return state !== 'draft' && closedAt === null
}

export type Timeline = TimelineReply

const pathTo = (id: string) => `/v1/campaigns/${encodeURIComponent(id)}`

/** `moves`: once it no longer does, what was read before is not the last word. */
export const timelineQuery = (id: string, moves: boolean) =>
  queryOptions({
    queryKey: [...keys.timeline(id), moves],
    queryFn: ({ signal }) => get<Timeline>(`${pathTo(id)}/timeline`, undefined, signal),
  })

export const failuresQuery = (id: string, moves: boolean) =>
  queryOptions({
    queryKey: [...keys.failures(id), moves],
    queryFn: ({ signal }) => get<Failures>(`${pathTo(id)}/failures`, undefined, signal),
  })

/** `inFlight` is there after a pause and a cancel: what may still leave. */
export type Stopped = Campaign & { inFlight: number }

export function stopCampaign(deed: 'pause' | 'cancel', id: string, key: string): Promise<Stopped> {
  return call<Stopped>('POST', `${pathTo(id)}/${deed}`, { idempotencyKey: key })
}

export function resumeCampaign(id: string, key: string): Promise<Campaign> {
  return call<Campaign>('POST', `${pathTo(id)}/resume`, { idempotencyKey: key })
}

export function resendCampaign(id: string, only: Resent, key: string): Promise<Campaign> {
  return call<Campaign>('POST', `${pathTo(id)}/resend`, { body: { only }, idempotencyKey: key })
}

export function deleteCampaign(id: string): Promise<void> {
  return call<void>('DELETE', pathTo(id))
}

/** A draft with the same message, audience and settings; the time it was scheduled for has passed or is taken. */
export function duplicateCampaign(campaign: Campaign, name: string, key: string): Promise<Campaign> {
  const { message, audience, ratePerMinute, priority, guarantee } = campaign
  const body = {
    name: [...name].slice(0, 200).join(''),
    message,
    audience,
    ratePerMinute,
    priority,
    guarantee,
  }
  return call<Campaign>('POST', '/v1/campaigns', { body, idempotencyKey: key })
}
