/** Who else has a campaign open. The server forgets a window that has not said so for 25 seconds. */
import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { PresenceReply } from '../../../src/api/campaigns/overview-schemas.ts'
import { call } from './client.ts'
import { ApiProblem } from './problem.ts'
import { keys } from './query-keys.ts'

type Viewer = PresenceReply['others'][number]

const EVERY_MS = 10_000
/** Of this window, for as long as it is open. */
const windowId = crypto.randomUUID()

/** Empty until it is known. */
export function usePresence(id: string | null, isEditing: boolean): readonly Viewer[] {
  const { data } = useQuery({
    queryKey: [...keys.presence(id ?? ''), isEditing],
    queryFn: ({ signal }) =>
      call<PresenceReply>('PUT', pathOf(id ?? ''), { body: { windowId, isEditing }, signal }),
    enabled: id !== null,
    retry: false,
    gcTime: 0,
    staleTime: 0,
    // Deleted meanwhile.
    refetchInterval: ({ state: { error } }) =>
      error instanceof ApiProblem && error.status === 404 ? false : EVERY_MS,
  })
  useEffect(() => {
    if (id === null) return
    const leave = () => {
      const path = `${pathOf(id)}/${windowId}`
      // Who is not told is forgotten by the server.
      void call<void>('DELETE', path, { keepalive: true }).catch(() => {})
    }
    globalThis.addEventListener('pagehide', leave)
    return () => {
      globalThis.removeEventListener('pagehide', leave)
      leave()
    }
  }, [id])
  return data?.others ?? []
}

function pathOf(id: string): string {
  return `/v1/campaigns/${encodeURIComponent(id)}/presence`
}
