/** Says what an action will do before it does it. Errors are shown in the dialog. */
import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import type { CampaignState, Resent } from '../../../../src/domain/campaign.ts'
import {
  type Campaign,
  deleteCampaign,
  duplicateCampaign,
  resendCampaign,
  resumeCampaign,
  stopCampaign,
} from '../../api/campaigns.ts'
import { keys } from '../../api/query-keys.ts'
import { ProblemAlert } from '../../components/problem-alert.tsx'
import { toastDone } from '../../components/toast.tsx'
import { useSession } from '../../components/use-session.ts'
import { useText } from '../../text/language.tsx'
import type { Text as Texts } from '../../text/text.ts'
import type { Correcting } from './correct-message.tsx'
import type { Action } from './possible-actions.ts'

export type Asked = { action: Exclude<Action, 'correct'> } | { action: 'resend'; only: Resent; count: number }

interface Props {
  campaign: Campaign
  asked: Asked | null
  onClose: () => void
  /** With the result, to be shown on the page. */
  onDone: (notice: { text: string; state: CampaignState }) => void
  /** The message is to be corrected before it is sent again. */
  onCorrect: (correcting: Correcting) => void
}

export function ConfirmDialog({ campaign, asked, onClose, onDone, onCorrect }: Props) {
  const text = useText()
  const mayWrite = useSession().permissions.includes('campaigns:write')
  // Keeps its text while the dialog closes.
  const [shown, setShown] = useState(asked)
  useEffect(() => {
    if (asked !== null) setShown(asked)
  }, [asked])
  const said = shown && wording(shown, campaign, text)
  const { mutate, reset, error, isPending } = useAction(campaign, { onClose, onDone })
  // One key per click: a retry after a lost response does nothing twice.
  const key = useRef('')
  useEffect(() => {
    if (asked === null) return
    key.current = crypto.randomUUID()
    reset()
  }, [asked, reset])

  return (
    <Modal
      opened={asked !== null}
      onClose={onClose}
      title={said?.title}
      centered
      closeButtonProps={{ 'aria-label': text.shell.close }}
    >
      <Stack gap="md">
        {said?.body.map((line) => (
          <Text key={line} size="sm">
            {line}
          </Text>
        ))}
        {error !== null && <ProblemAlert error={error} />}
        <Group justify="flex-end" gap="xs">
          {shown?.action === 'resend' && mayWrite && (
            <Button
              variant="default"
              mr="auto"
              onClick={() => {
                onClose()
                onCorrect({ only: shown.only, count: shown.count })
              }}
            >
              {text.campaignActions.correctFirst}
            </Button>
          )}
          <Button variant="default" onClick={onClose} data-autofocus>
            {text.campaignActions.dismiss}
          </Button>
          <Button
            color={said?.isDangerous ? 'red' : 'slate'}
            loading={isPending}
            onClick={() => asked && mutate({ asked, key: key.current })}
          >
            {said?.confirm}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}

function useAction(campaign: Campaign, { onClose, onDone }: Pick<Props, 'onClose' | 'onDone'>) {
  const text = useText()
  const { campaignActions: said } = text
  const client = useQueryClient()
  const navigate = useNavigate()
  const { id } = campaign

  const show = (changed: Campaign, notice: string) => {
    client.setQueryData(keys.campaign(id), changed)
    onDone({ text: notice, state: changed.state })
  }
  const goTo = (other: Campaign, notice: string) => {
    client.setQueryData(keys.campaign(other.id), other)
    toastDone(notice, text.shell.close)
    void navigate({ to: '/campaigns/$id', params: { id: other.id } })
  }

  return useMutation({
    mutationFn: async ({ asked, key }: { asked: Asked; key: string }) => {
      switch (asked.action) {
        case 'pause':
        case 'cancel': {
          const stopped = await stopCampaign(asked.action, id, key)
          const notice = asked.action === 'pause' ? said.paused : said.canceled
          return () => show(stopped, notice(stopped.inFlight))
        }
        case 'resume': {
          const resumed = await resumeCampaign(id, key)
          return () => show(resumed, said.resumed)
        }
        case 'resend': {
          const resend = await resendCampaign(id, asked.only, key)
          return () => goTo(resend, said.resent)
        }
        case 'duplicate': {
          const copy = await duplicateCampaign(campaign, said.copyOf(campaign.name), key)
          return () => goTo(copy, said.duplicated)
        }
        case 'remove':
          await deleteCampaign(id)
          return () => {
            client.removeQueries({ queryKey: keys.campaign(id) })
            toastDone(said.removed, text.shell.close)
            void navigate({ to: '/campaigns' })
          }
      }
    },
    onSuccess: (showResult) => {
      onClose()
      showResult()
      void client.invalidateQueries({ queryKey: ['campaigns', 'list'] })
    },
    // The campaign may have changed in the meantime, which is why the action was rejected.
    onError: () => void client.invalidateQueries({ queryKey: keys.campaign(id), exact: true }),
  })
}

interface Wording {
  title: string
  body: string[]
  confirm: string
  isDangerous?: boolean
}

function wording(asked: Asked, campaign: Campaign, { campaignActions: said }: Texts): Wording {
  const { state, progress, pauseReason, resendOf } = campaign
  switch (asked.action) {
    case 'pause':
      return {
        title: said.pauseTitle,
        body: said.pauseBody(progress.remaining, progress.ratePerSecond),
        confirm: said.pause,
      }
    case 'resume': {
      const byItself = pauseReason !== null && pauseReason !== 'by_operator'
      const body = said.resumeBody(progress.remaining)
      return {
        title: said.resumeTitle,
        body: byItself ? [...body, said.resumeCausePersists] : body,
        confirm: said.resume,
      }
    }
    case 'cancel':
      return {
        title: said.cancelTitle,
        body:
          state === 'scheduled'
            ? said.cancelScheduledBody
            : said.cancelBody(progress.remaining, state === 'sending'),
        confirm: said.cancel,
        isDangerous: true,
      }
    case 'remove':
      return { title: said.removeTitle, body: said.removeBody, confirm: said.remove, isDangerous: true }
    case 'duplicate':
      return {
        title: said.duplicateTitle,
        body: resendOf === null ? said.duplicateBody : said.duplicateResendBody,
        confirm: said.duplicate,
      }
    case 'resend':
      return {
        title: said.resendTitle(asked.count),
        body: said.resendBody[asked.only](asked.count),
        confirm: said.resendConfirm(asked.count),
      }
  }
}
