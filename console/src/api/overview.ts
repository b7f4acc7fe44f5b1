/** The first page: what runs, what is next, what went out, and what needs a person. One answer, read at one moment. */
import { queryOptions } from '@tanstack/react-query'
import type { OverviewReply } from '../../../src/api/campaigns/overview-schemas.ts'
import { get } from './client.ts'
import { keys } from './query-keys.ts'

export type Overview = OverviewReply
export type Day = Overview['days'][number]
export type Attention = Overview['attention'][number]

const WHILE_RUNNING_MS = 2_000
const OTHERWISE_MS = 15_000

/** Days are those of the reader: yesterday in Seoul is not yesterday in Vienna. */
export const overviewQuery = queryOptions({
  queryKey: keys.overview,
  queryFn: ({ signal }) => {
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
    return get<Overview>('/v1/overview', { timezone: timeZone }, signal)
  },
  refetchInterval: ({ state: { data } }) => {
    if (data === undefined) return false
    return data.running.length > 0 ? WHILE_RUNNING_MS : OTHERWISE_MS
  },
})
