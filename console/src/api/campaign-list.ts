/** What stands around a list of campaigns: how many there are in each state, and what its filters can be set to. */
import { queryOptions } from '@tanstack/react-query'
import type {
  CampaignCountsReply,
  ListChoicesReply,
} from '../../../src/api/campaigns/campaign-list-schemas.ts'
import type { CampaignFilter } from './campaigns.ts'
import { get } from './client.ts'
import { keys } from './query-keys.ts'

const COUNTS_EVERY_MS = 15_000

/** Of all states: the state and the order of the list say nothing about them. */
export function campaignCountsQuery({ state: _state, sort: _sort, ...filter }: CampaignFilter) {
  return queryOptions({
    queryKey: keys.campaignCounts(filter),
    queryFn: ({ signal }) => get<CampaignCountsReply>('/v1/campaigns/counts', filter, signal),
    refetchInterval: COUNTS_EVERY_MS,
  })
}

export const campaignChoicesQuery = queryOptions({
  queryKey: keys.campaignChoices,
  queryFn: ({ signal }) => get<ListChoicesReply>('/v1/campaigns/choices', undefined, signal),
  staleTime: 60_000,
})
