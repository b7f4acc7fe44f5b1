/** What the console asks about campaigns, and asks to be done to them. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import type { CampaignReply } from '../../../src/api/campaign-schemas.ts'
import type { CampaignState } from '../../../src/campaigns/campaign.ts'
import { get } from './client.ts'
import { keys } from './query-keys.ts'

export interface Campaign extends CampaignReply {
  createdByName: string | null
}
export type Progress = Campaign['progress']

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

/** Its figures may change by themselves. A draft's do not; nor do those of one whose books are closed. */
export function isMoving({ state, closedAt }: Pick<Campaign, 'state' | 'closedAt'>): boolean {
  return state !== 'draft' && closedAt === null
}
