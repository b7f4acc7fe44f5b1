/** Requests about the results of devices. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import type { Static } from 'typebox'
import type { AttemptsReply, DeliveryReply } from '../../../src/api/deliveries/delivery-schemas.ts'
import type { DeliveryCode, ListedState } from '../../../src/domain/delivery-result.ts'
import type { Language } from '../text/language.tsx'
import type { PageOf } from './campaigns.ts'
import { call, get, pathOf } from './client.ts'
import { keys } from './query-keys.ts'

export type Delivery = Static<typeof DeliveryReply>
export type Attempts = Static<typeof AttemptsReply>
export type DeviceAttempt = Attempts['data'][number]

export interface DeliveryFilter {
  state?: ListedState | undefined
  code?: DeliveryCode | undefined
  member?: string | undefined
  address?: string | undefined
}

const PAGE = 50

const pathTo = (id: string) => `/v1/campaigns/${encodeURIComponent(id)}`

export const deliveriesQuery = (id: string, filter: DeliveryFilter) =>
  infiniteQueryOptions({
    queryKey: keys.deliveries(id, filter),
    queryFn: ({ pageParam, signal }) => {
      const asked = { ...filter, limit: PAGE, ...(pageParam !== null && { cursor: pageParam }) }
      // An address is in no log of a proxy when it is in the body.
      return filter.address === undefined
        ? get<PageOf<Delivery>>(`${pathTo(id)}/deliveries`, asked, signal)
        : call<PageOf<Delivery>>('POST', `${pathTo(id)}/deliveries/find`, { body: asked, signal })
    },
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.nextCursor,
  })

export const attemptsQuery = (id: string, deviceId: string) =>
  queryOptions({
    queryKey: keys.attempts(id, deviceId),
    queryFn: ({ signal }) =>
      get<Attempts>(`${pathTo(id)}/devices/${encodeURIComponent(deviceId)}/attempts`, undefined, signal),
  })

/** A stream of any length: the browser saves it, and the console never loads it. */
export function exportAddress(
  id: string,
  language: Language,
  filter: DeliveryFilter = {},
  addresses?: 'full',
): string {
  return pathOf(`${pathTo(id)}/deliveries.csv`, {
    ...filter,
    addresses,
    language,
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  })
}
