/** Does what was asked, puts the answer on the page, and says what came of it. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import {
  archiveCampaign,
  cancelCampaign,
  deleteCampaign,
  duplicateCampaign,
  keepCampaign,
  pauseCampaign,
  restoreCampaign,
  resumeCampaign,
  UNDO_SECONDS,
  unscheduleCampaign,
} from '../../api/campaign-actions.ts'
import type { Campaign } from '../../api/campaigns.ts'
import { ApiProblem } from '../../api/problem.ts'
import { keys } from '../../api/query-keys.ts'
import { toastDone, useFailureToast } from '../../components/toast.tsx'
import { toastUndo } from '../../components/undo-toast.tsx'
import { lastListFilter } from '../../list-filter.ts'
import { campaignTexts } from '../../text/campaign-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import type { Action } from './possible-actions.ts'

type Deed = Exclude<Action, 'correct' | 'tags' | 'repeat'> | 'keep'

interface Asked {
  action: Deed
  /** As it was on the screen when it was decided. */
  seen: Campaign
  /** One for each press: a retry after a lost response does nothing twice. */
  key: string
}

export function useCampaignAction() {
  const { campaignActions: said, campaign: page, shell } = useTextOf(campaignTexts)
  const client = useQueryClient()
  const navigate = useNavigate()
  const onFailure = useFailureToast()

  const show = (changed: Campaign, notice: string | null) => {
    client.setQueryData(keys.campaign(changed.id), changed)
    if (notice !== null) toastDone(notice, shell.close)
  }
  const goTo = (other: Campaign, notice: string) => {
    show(other, notice)
    void navigate({ to: '/campaigns/$id', params: { id: other.id } })
  }
  const leave = ({ id, name }: Campaign) => {
    client.removeQueries({ queryKey: keys.campaign(id) })
    // The list as it was has the row still, and a pointer over it would ask for a campaign that is not there.
    client.removeQueries({ queryKey: ['campaigns', 'list'], type: 'inactive' })
    const key = crypto.randomUUID()
    toastUndo({
      message: said.removed(name),
      undo: page.undo,
      close: shell.close,
      seconds: UNDO_SECONDS,
      onUndo: () =>
        restoreCampaign(id, key).then((restored) => {
          goTo(restored, said.restored)
          void client.invalidateQueries({ queryKey: keys.campaigns })
        }, onFailure),
    })
    void navigate({ to: '/campaigns', search: lastListFilter() })
  }

  return useMutation({
    mutationFn: async ({ action, seen, key }: Asked) => {
      const { id } = seen
      switch (action) {
        case 'pause': {
          const paused = await pauseCampaign(id, key)
          return () => show(paused, said.paused(paused.inFlight))
        }
        case 'cancel': {
          const canceled = await cancelCampaign(id, key)
          // A campaign that was not sending has nothing in flight; the page says the rest.
          return () => show(canceled, seen.state === 'sending' ? said.canceled(canceled.inFlight) : null)
        }
        case 'keep': {
          const kept = await keepCampaign(id, key)
          return () => show(kept, said.kept)
        }
        case 'resume': {
          const resumed = await resumeCampaign(seen, key)
          return () => show(resumed, said.resumed)
        }
        case 'unschedule': {
          const draft = await unscheduleCampaign(seen)
          return () => show(draft, said.unscheduled)
        }
        case 'archive':
        case 'unarchive': {
          const moved = await archiveCampaign(action, seen, key)
          return () => show(moved, action === 'archive' ? said.archived : said.unarchived)
        }
        case 'duplicate': {
          const copy = await duplicateCampaign(seen, said.copyOf(seen.name), key)
          return () => goTo(copy, said.duplicated)
        }
        case 'remove':
          await deleteCampaign(seen)
          return () => leave(seen)
      }
    },
    onSuccess: (showResult) => {
      showResult()
      void client.invalidateQueries({ queryKey: ['campaigns', 'list'] })
    },
    onError: (error, { seen: { id } }) => {
      const current = error instanceof ApiProblem ? error.current : null
      if (current !== null) client.setQueryData(keys.campaign(id), current)
      // It may have changed meanwhile, which is why the action was refused.
      else void client.invalidateQueries({ queryKey: keys.campaign(id), exact: true })
    },
  })
}
