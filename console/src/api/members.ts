/** Members, their devices and their deliveries. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import type { Static } from 'typebox'
import type { MemberDeliveryReply } from '../../../src/api/deliveries/delivery-schemas.ts'
import type { MemberDetailReply, MemberReply } from '../../../src/api/members/member-schemas.ts'
import type { PageOf } from './campaigns.ts'
import { get } from './client.ts'
import { keys } from './query-keys.ts'

export type Member = MemberReply
export type MemberDetail = MemberDetailReply
export type MemberDelivery = Static<typeof MemberDeliveryReply>

const PAGE = 50

const pathTo = (externalId: string) => `/v1/members/${encodeURIComponent(externalId)}`

export const memberListQuery = (search: string) =>
  infiniteQueryOptions({
    queryKey: keys.memberList(search),
    queryFn: ({ pageParam, signal }) =>
      get<PageOf<Member>>('/v1/members', { search, limit: PAGE, cursor: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.nextCursor,
  })

export const memberQuery = (externalId: string) =>
  queryOptions({
    queryKey: keys.member(externalId),
    queryFn: ({ signal }) => get<MemberDetail>(pathTo(externalId), undefined, signal),
  })

export const memberDeliveriesQuery = (externalId: string) =>
  infiniteQueryOptions({
    queryKey: keys.memberDeliveries(externalId),
    queryFn: ({ pageParam, signal }) =>
      get<PageOf<MemberDelivery>>(
        `${pathTo(externalId)}/deliveries`,
        { limit: PAGE, cursor: pageParam },
        signal,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.nextCursor,
  })
