/** A scheduled campaign becomes a draft again: it will not start by itself, and can be edited in peace. */
import { Button } from '@mantine/core'
import { IconClockOff } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { ifMatchOf, unscheduleCampaign } from '../../api/campaign-actions.ts'
import { draftApi } from '../../api/drafts.ts'
import { isConflict } from '../../api/problem.ts'
import { toastDone, useFailureToast } from '../../components/toast.tsx'
import { draftTexts } from '../../text/draft-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import { storedIn } from './draft-saver.ts'
import type { Draft } from './use-draft.ts'

export function UnscheduleButton({ draft }: { draft: Draft }) {
  const { draftSend: text, shell } = useTextOf(draftTexts)
  const fail = useFailureToast()
  const { id, saved } = draft
  const unschedule = useMutation({
    mutationFn: () => unscheduleCampaign({ id: id ?? '', version: saved.campaign?.version ?? 0 }),
    onSuccess: (campaign) => {
      // What is on the screen stays, its time included, and is saved as a draft from now on.
      draft.adopt({ campaign, etag: ifMatchOf(campaign) })
      toastDone(text.unscheduled, shell.close)
    },
    onError: async (error) => {
      if (isConflict(error) && id !== null) {
        draft.notice(storedIn(error) ?? (await draftApi.read(id)))
      } else fail(error)
    },
  })
  return (
    <Button
      variant="default"
      leftSection={<IconClockOff size={16} aria-hidden />}
      loading={unschedule.isPending}
      onClick={() => unschedule.mutate()}
    >
      {text.unschedule}
    </Button>
  )
}
