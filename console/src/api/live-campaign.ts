/**
 * One campaign, kept up to date. The server sends every change as an event; if the stream fails the campaign is polled,
 * and if polling fails the last figures stay on screen. `link` tells which of these applies.
 */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState, useSyncExternalStore } from 'react'
import { type Campaign, campaignQuery, isMoving } from './campaigns.ts'
import { askAgainAfterSeconds, linkOf } from './link.ts'
import { keys } from './query-keys.ts'
import { serverWatch } from './server-watch.ts'

/** A rejected stream (too many viewers, no route) is opened again after this. */
const REOPEN_SECONDS = 15

export function useLiveCampaign(id: string) {
  const client = useQueryClient()
  const [isStreaming, setStreaming] = useState(false)
  const isSilent = useSyncExternalStore(serverWatch.subscribe, serverWatch.silentSince) !== null
  const query = useQuery({
    ...campaignQuery(id),
    // Stale figures are reported at once, and the poll repeats anyway.
    retry: false,
    // Restarts with every event.
    refetchInterval: ({ state: { data } }) => {
      const seconds = data === undefined ? null : askAgainAfterSeconds(data, isStreaming)
      return seconds === null ? false : seconds * 1_000
    },
  })
  const moves = query.data !== undefined && isMoving(query.data)

  useEffect(() => {
    if (!moves) return
    return openStream(id, {
      onCampaign: (campaign) => {
        serverWatch.answered()
        setStreaming(true)
        client.setQueryData(keys.campaign(id), campaign)
      },
      onBreak: () => setStreaming(false),
      onEnd: () => {
        setStreaming(false)
        void client.invalidateQueries({ queryKey: keys.campaign(id) })
      },
    })
  }, [id, moves, client])

  return { query, link: linkOf({ isError: query.isError, moves, isStreaming, isSilent }) }
}

interface Listener {
  onCampaign: (campaign: Campaign) => void
  onBreak: () => void
  onEnd: () => void
}

/**
 * Returns a function that closes the stream. EventSource reconnects by itself unless the server rejected it. Hidden
 * tabs have no stream: without HTTP/2 a browser opens six connections per origin, and six forgotten tabs would use them
 * all.
 */
function openStream(id: string, listener: Listener): () => void {
  let source: EventSource | undefined
  let timer: ReturnType<typeof setTimeout> | undefined

  const open = () => {
    source = new EventSource(`/v1/campaigns/${encodeURIComponent(id)}/events`)
    source.addEventListener('campaign', ({ data }: MessageEvent<string>) => {
      listener.onCampaign(JSON.parse(data) as Campaign)
    })
    source.addEventListener('end', () => {
      source?.close()
      listener.onEnd()
    })
    source.addEventListener('error', () => {
      listener.onBreak()
      if (source?.readyState === EventSource.CLOSED) timer = setTimeout(open, REOPEN_SECONDS * 1_000)
    })
  }
  const close = () => {
    clearTimeout(timer)
    source?.close()
    listener.onBreak()
  }
  const follow = () => {
    close()
    if (document.visibilityState === 'visible') open()
  }
  follow()
  document.addEventListener('visibilitychange', follow)
  return () => {
    document.removeEventListener('visibilitychange', follow)
    close()
  }
}
