/** Reads campaigns and changes their state. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import type { Static } from 'typebox'
import type { CampaignReply } from '../../../src/api/campaigns/campaign-schemas.ts'
import type { FailuresReply, TimelineReply } from '../../../src/api/deliveries/delivery-schemas.ts'
import type { CampaignState, Resent } from '../../../src/domain/campaign.ts'
import type { CampaignMessage } from '../../../src/domain/message.ts'
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
/** Often enough for the list to show progress. */
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

/** Whether its figures can still change. Those of a draft and of a closed campaign cannot. */
export function isMoving({ state, closedAt }: Pick<Campaign, 'state' | 'closedAt'>): boolean {
  return state !== 'draft' && closedAt === null
}

export type Timeline = TimelineReply

const pathTo = (id: string) => `/v1/campaigns/${encodeURIComponent(id)}`

/** `moves` is part of the key: figures read while it moved are refetched once it no longer does. */
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

/** `inFlight`: messages that may still be delivered after a pause or a cancel. */
export type Stopped = Campaign & { inFlight: number }

export function stopCampaign(action: 'pause' | 'cancel', id: string, key: string): Promise<Stopped> {
  return call<Stopped>('POST', `${pathTo(id)}/${action}`, { idempotencyKey: key })
}

export function resumeCampaign(id: string, key: string): Promise<Campaign> {
  return call<Campaign>('POST', `${pathTo(id)}/resume`, { idempotencyKey: key })
}

/** Without a message: with the campaign's own. */
export function resendCampaign(
  id: string,
  only: Resent,
  key: string,
  message?: CampaignMessage,
): Promise<Campaign> {
  const body = { only, ...(message !== undefined && { message }) }
  return call<Campaign>('POST', `${pathTo(id)}/resend`, { body, idempotencyKey: key })
}

export function deleteCampaign(id: string): Promise<void> {
  return call<void>('DELETE', pathTo(id))
}

/** A draft with the same message, audience and settings, but without the schedule. */
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
