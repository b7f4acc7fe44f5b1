/**
 * One campaign as it is now. The server tells every change (server-sent events); where that fails it is asked, and
 * where that fails too the last figures stay. `link` says which, because a figure is only worth what it is known to be.
 */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { type Campaign, campaignQuery, isMoving } from './campaigns.ts'
import { askAgainAfterSeconds, linkOf } from './link.ts'
import { keys } from './query-keys.ts'

/** A stream that was refused (too many viewers, no route) is tried again after this. */
const REOPEN_SECONDS = 15

export function useLiveCampaign(id: string) {
  const client = useQueryClient()
  const [isStreaming, setStreaming] = useState(false)
  const query = useQuery({
    ...campaignQuery(id),
    // What is stale is said at once; it is asked again anyway.
    retry: false,
    // Counted anew from each event that comes in.
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

  return { query, link: linkOf({ isError: query.isError, moves, isStreaming }) }
}

interface Listener {
  onCampaign: (campaign: Campaign) => void
  onBreak: () => void
  onEnd: () => void
}

/**
 * Answers a function that closes it. EventSource connects again by itself, unless the server refused. A tab that nobody
 * sees has none: without HTTP/2 a browser opens six connections to one address, and six forgotten tabs would take all.
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
