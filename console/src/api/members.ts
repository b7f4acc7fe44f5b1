/** Members, their devices and their deliveries. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import type { Static } from 'typebox'
import type { MemberDeliveryReply } from '../../../src/api/deliveries/delivery-schemas.ts'
import type {
  ErasureReply,
  MemberChangesBody,
  MemberDetailReply,
  MemberReply,
} from '../../../src/api/members/member-schemas.ts'
import type { PageOf } from './campaigns.ts'
import { call, callForResponse, get, pathOf } from './client.ts'
import { ApiProblem } from './problem.ts'
import { keys } from './query-keys.ts'

export type Member = MemberReply
/** With its ETag: what was seen, for the next change. */
export type MemberDetail = MemberDetailReply & { etag: string | null }
export type MemberChanges = Static<typeof MemberChangesBody>
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
    queryFn: async ({ signal }): Promise<MemberDetail> => {
      const { body, etag } = await callForResponse<MemberDetailReply>('GET', pathTo(externalId), { signal })
      return { ...body, etag }
    },
  })

/** `seen`: the ETag of what the user has seen. Null: whatever is stored. */
export async function changeMember(
  externalId: string,
  changes: MemberChanges,
  seen: string | null,
): Promise<MemberDetail> {
  const { body, etag } = await callForResponse<MemberDetailReply>('PATCH', pathTo(externalId), {
    body: changes,
    ...(seen !== null && { ifMatch: seen }),
  })
  return { ...body, etag }
}

/** A member whom very many campaigns name takes several requests. */
const MOST_REQUESTS = 50

export async function eraseMember(externalId: string): Promise<ErasureReply> {
  for (let request = 1; ; request += 1) {
    try {
      return await call<ErasureReply>('DELETE', pathTo(externalId))
    } catch (error) {
      const isUnfinished = error instanceof ApiProblem && error.code === 'erasure_unfinished'
      if (!isUnfinished || request === MOST_REQUESTS) throw error
    }
  }
}

export type ConsentName = 'marketing' | 'night'

/** Consents that are older than two years: how many of each, and which. */
export const dueConsentCountQuery = queryOptions({
  queryKey: ['members', 'consents', 'counts'],
  queryFn: ({ signal }) => get<Record<ConsentName, number>>('/v1/consents/due/counts', {}, signal),
})

export const dueConsentListQuery = (consent: ConsentName) =>
  infiniteQueryOptions({
    queryKey: ['members', 'consents', consent],
    queryFn: ({ pageParam, signal }) =>
      get<PageOf<{ externalId: string; since: string }>>(
        '/v1/consents/due',
        { consent, limit: PAGE, cursor: pageParam },
        signal,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.nextCursor,
  })

export function dueConsentAddress(consent: ConsentName): string {
  return pathOf('/v1/consents/due.csv', { consent })
}

/** A stream of any length: the browser saves it, and the console never loads it. */
export function deviceExportAddress(query: { state?: 'gone'; addresses?: 'full' }): string {
  return pathOf('/v1/devices/export', { format: 'csv', ...query })
}

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
