import { useSyncExternalStore } from 'react'
import { serverWatch } from '../api/server-watch.ts'

/** `silentSince`: when the server answered last, if it answers no more; null while it does. */
export function useServerAge(): { silentSince: number | null } {
  return { silentSince: useSyncExternalStore(serverWatch.subscribe, serverWatch.silentSince) }
}
