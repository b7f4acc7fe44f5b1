/** How the installation is. */
import { queryOptions } from '@tanstack/react-query'
import type { SystemReply } from '../../../src/api/system/system-schemas.ts'
import { get } from './client.ts'
import { keys } from './query-keys.ts'

/** Processes write their heartbeat every two seconds: asking more often would show the same again. */
export const SYSTEM_EVERY_MS = 2_000

/** Asked again only once there was an answer: before that, the error has its own button, and would flicker. */
export const systemEvery =
  (everyMs: number) =>
  ({ state }: { state: { data: SystemReply | undefined } }): number | false =>
    state.data === undefined ? false : everyMs

export const systemQuery = queryOptions({
  queryKey: keys.system,
  queryFn: ({ signal }) => get<SystemReply>('/v1/system', undefined, signal),
})
