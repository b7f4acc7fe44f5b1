/** The state of the installation. */
import { queryOptions } from '@tanstack/react-query'
import type { SystemReply } from '../../../src/api/system/system-schemas.ts'
import { get } from './client.ts'
import { keys } from './query-keys.ts'

/** Processes write their heartbeat every two seconds; polling more often would return the same. */
export const SYSTEM_EVERY_MS = 2_000

/** Polls only after a first success: an error before that has its own button, and polling would make it flicker. */
export const systemEvery =
  (everyMs: number) =>
  ({ state }: { state: { data: SystemReply | undefined } }): number | false =>
    state.data === undefined ? false : everyMs

export const systemQuery = queryOptions({
  queryKey: keys.system,
  queryFn: ({ signal }) => get<SystemReply>('/v1/system', undefined, signal),
})
