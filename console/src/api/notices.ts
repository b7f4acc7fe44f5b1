/** What has happened to campaigns in the last seven days, and which of it this browser has shown. */
import { queryOptions } from '@tanstack/react-query'
import type { NoticesReply } from '../../../src/api/campaigns/overview-schemas.ts'
import { get } from './client.ts'
import { keys } from './query-keys.ts'

export type Notice = NoticesReply['data'][number]

const EVERY_MS = 20_000

export const noticesQuery = queryOptions({
  queryKey: keys.notices,
  queryFn: ({ signal }) => get<NoticesReply>('/v1/notices', undefined, signal),
  refetchInterval: EVERY_MS,
})

const KEPT_AS = 'carillon-notices-seen'

/** The time of the latest notice that was shown. Null: none was, or the browser keeps nothing. */
export function readSeenUntil(): string | null {
  try {
    return localStorage.getItem(KEPT_AS)
  } catch {
    return null
  }
}

export function keepSeenUntil(at: string): void {
  try {
    localStorage.setItem(KEPT_AS, at)
  } catch {
    // Storage may be blocked: the notices are new again in the next tab.
  }
}

/** Compared as times: the server may write them with more or fewer decimals. */
export function unseenOf(notices: readonly Notice[], seenUntil: string | null): number {
  if (seenUntil === null) return notices.length
  return notices.filter(({ at }) => Date.parse(at) > Date.parse(seenUntil)).length
}
