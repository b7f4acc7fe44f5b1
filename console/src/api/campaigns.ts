/** Reads campaigns and changes their state. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import type { Static } from 'typebox'
import type { CampaignReply, WholeCampaignReply } from '../../../src/api/campaigns/campaign-schemas.ts'
import type { ZonesReply } from '../../../src/api/campaigns/zone-schemas.ts'
import type { FailuresReply, TimelineReply } from '../../../src/api/deliveries/delivery-schemas.ts'
import type { CampaignState } from '../../../src/domain/campaign.ts'
import type { Archived, CampaignSort } from '../../../src/domain/campaign-list.ts'
import { get } from './client.ts'
import { keys } from './query-keys.ts'

/** Without its audience and what is typed in it, which may be a megabyte. */
export type Campaign = CampaignReply
export type WholeCampaign = WholeCampaignReply
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
  /** The id of a user or of an API key. */
  author?: string | undefined
  tag?: string | undefined
  project?: number | undefined
  /** Instants. */
  from?: string | undefined
  to?: string | undefined
  archived?: Archived | undefined
  sort?: CampaignSort | undefined
}

const PAGE = 50
/** Often enough for the list to show progress. */
const LIST_EVERY_MS = 5_000

export const campaignListQuery = (filter: CampaignFilter) =>
  infiniteQueryOptions({
    queryKey: keys.campaignList(filter),
    queryFn: ({ pageParam, signal }) =>
      get<PageOf<Campaign>>('/v1/campaigns', { ...filter, limit: PAGE, cursor: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.nextCursor,
    refetchInterval: ({ state: { data } }) =>
      isShort(data) && data?.pages.some((page) => page.data.some(isMoving)) ? LIST_EVERY_MS : false,
    refetchOnWindowFocus: ({ state: { data } }) => isShort(data),
  })

/** Reading a list again reads every page that is loaded: somebody who has scrolled through thousands does it by hand. */
const MOST_PAGES_AGAIN = 4

function isShort(data: { pages: unknown[] } | undefined): boolean {
  return (data?.pages.length ?? 0) <= MOST_PAGES_AGAIN
}

export const campaignQuery = (id: string) =>
  queryOptions({
    queryKey: keys.campaign(id),
    queryFn: ({ signal }) => get<Campaign>(pathTo(id), { whole: false }, signal),
  })

/** To make another campaign or a schedule of it. */
export const wholeCampaignQuery = (id: string) =>
  queryOptions({
    queryKey: keys.wholeCampaign(id),
    queryFn: ({ signal }) => get<WholeCampaign>(pathTo(id), undefined, signal),
    gcTime: 0,
  })

/** Whether its figures can still change. Those of a draft and of a closed campaign cannot. */
export function isMoving({ state, closedAt }: Pick<Campaign, 'state' | 'closedAt'>): boolean {
  return state !== 'draft' && closedAt === null
}

export type Timeline = TimelineReply
export type ZoneProgress = ZonesReply['data'][number]
/** A zone begins at a quarter of an hour, and takes minutes. */
const ZONES_EVERY_MS = 5_000

const pathTo = (id: string) => `/v1/campaigns/${encodeURIComponent(id)}`

/** `moves` is part of the key: figures read while it moved are refetched once it no longer does. */
export const timelineQuery = (id: string, moves: boolean) =>
  queryOptions({
    queryKey: [...keys.timeline(id), moves],
    queryFn: ({ signal }) => get<Timeline>(`${pathTo(id)}/timeline`, undefined, signal),
  })

/** Only of a campaign at local times. */
export const zonesQuery = (id: string, moves: boolean) =>
  queryOptions({
    queryKey: [...keys.zones(id), moves],
    queryFn: ({ signal }) => get<ZonesReply>(`${pathTo(id)}/zones`, undefined, signal),
    refetchInterval: moves ? ZONES_EVERY_MS : false,
  })

export const failuresQuery = (id: string, moves: boolean) =>
  queryOptions({
    queryKey: [...keys.failures(id), moves],
    queryFn: ({ signal }) => get<Failures>(`${pathTo(id)}/failures`, undefined, signal),
  })
