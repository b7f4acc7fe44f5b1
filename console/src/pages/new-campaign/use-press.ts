/**
 * The press of the last button. It is about the version on the screen and the number of devices that was read; whatever of
 * the two has changed is asked again, with nothing sent.
 */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { type AudienceCount, draftApi, sendApi } from '../../api/drafts.ts'
import { ApiProblem } from '../../api/problem.ts'
import { keys } from '../../api/query-keys.ts'
import { useKeyPerRequest } from '../../components/use-key-per-request.ts'
import { storedIn } from './draft-saver.ts'
import { putOnItsWay } from './put-on-its-way.ts'
import type { Draft } from './use-draft.ts'

/** What the dialog asks. */
export interface Asked {
  /** Of the audience now. */
  devices: number
  /** The number has to be typed: the server wants it. */
  mustType: boolean
  /** What the user had read; null: the same. */
  before: number | null
}

export interface PressState {
  asked: Asked | null
  isPending: boolean
  problem: unknown
  start: () => void
  /** The dialog's button: for the number that it shows. */
  confirm: () => void
  /** The same press once more, after its answer was lost. */
  again: () => void
  close: () => void
}

/** `read`: the count that is on the screen. */
export function usePress(draft: Draft, read: AudienceCount | undefined): PressState {
  const navigate = useNavigate()
  const client = useQueryClient()
  const [asked, setAsked] = useState<Asked | null>(null)
  const keyOf = useKeyPerRequest()

  const press = useMutation({
    mutationFn: async (confirmAudience: number | null) => {
      const { body, startsAt, localTime } = draft.read
      const { campaign, etag } = draft.saved
      if (body === null || campaign === null) throw new Error('a draft that cannot be saved cannot be sent')
      const at = startsAt?.at ?? null
      return await putOnItsWay(sendApi, {
        seen: { campaign, etag },
        body,
        at,
        localTime,
        confirmAudience,
        idempotencyKey: keyOf(JSON.stringify([etag, confirmAudience, at, localTime])),
        onStored: draft.adopt,
      })
    },
    onSuccess: async (sent) => {
      draft.isDone.current = true
      await client.invalidateQueries({ queryKey: keys.campaigns })
      await navigate({ to: '/campaigns/$id', params: { id: sent.id } })
    },
    onError: async (error, confirmed) => {
      if (!(error instanceof ApiProblem)) return
      const { code, audience } = error
      if (audience !== null) {
        const before = confirmed ?? read?.devices ?? null
        setAsked({
          devices: audience,
          mustType: !isSmall(audience, read),
          before: before === audience ? null : before,
        })
        if (code === 'audience_changed') void client.invalidateQueries({ queryKey: ['audience-count'] })
      } else if (code === 'version_conflict' && draft.id !== null) {
        // A tag alone: the dialog stays, and says that it has to be pressed again.
        if (!draft.notice(storedIn(error) ?? (await draftApi.read(draft.id)))) setAsked(null)
      }
    },
  })
  const isAnswered =
    press.error instanceof ApiProblem &&
    (['audience_not_confirmed', 'audience_changed'].includes(press.error.code) ||
      (press.error.code === 'version_conflict' && draft.saved.conflict !== null))
  return {
    asked,
    isPending: press.isPending,
    problem: isAnswered ? null : press.error,
    // Of a small audience the number that was read is enough; for a large one the server asks for a typed number.
    start: () => press.mutate(read !== undefined && isSmall(read.devices, read) ? read.devices : null),
    confirm: () => press.mutate(asked?.devices ?? null),
    again: () => press.mutate(press.variables ?? null),
    close: () => {
      setAsked(null)
      press.reset()
    },
  }
}

/** No number has to be typed for so many devices, as the server says with each count. */
function isSmall(devices: number, count: AudienceCount | undefined): boolean {
  return count !== undefined && (count.confirmAbove === null || devices <= count.confirmAbove)
}
