/**
 * Says what an action will do before it does it. What is decided here is about the campaign as it was on the screen: if
 * somebody has changed it meanwhile, the dialog shows what, and asks again.
 */
import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import type { Campaign } from '../../api/campaigns.ts'
import { ApiProblem } from '../../api/problem.ts'
import { ProblemAlert } from '../../components/problem-alert.tsx'
import type { CampaignTexts as Texts } from '../../text/campaign-texts.ts'
import { campaignTexts } from '../../text/campaign-texts.ts'
import { useText, useTextOf } from '../../text/language.tsx'
import { ChangedMeanwhile } from './changed-meanwhile.tsx'
import { useCampaignAction } from './use-campaign-action.ts'

/** Those that something leaves or ends with. The others are done at once, because they can be taken back. */
export type Asked = 'resume' | 'cancel' | 'unschedule' | 'duplicate'

interface Props {
  campaign: Campaign
  asked: Asked | null
  onClose: () => void
}

export function ConfirmDialog({ campaign, asked, onClose }: Props) {
  const { shell } = useText()
  // Keeps its text while the dialog closes.
  const [shown, setShown] = useState(asked)
  useEffect(() => {
    if (asked !== null) setShown(asked)
  }, [asked])
  return (
    <Modal
      opened={asked !== null}
      onClose={onClose}
      title={<Title asked={shown} />}
      centered
      closeButtonProps={{ 'aria-label': shell.close }}
    >
      {shown !== null && <Question key={shown} campaign={campaign} asked={shown} onClose={onClose} />}
    </Modal>
  )
}

function Title({ asked }: { asked: Asked | null }) {
  const { campaignActions: said } = useTextOf(campaignTexts)
  const titles = {
    resume: said.resumeTitle,
    cancel: said.cancelTitle,
    unschedule: said.unscheduleTitle,
    duplicate: said.duplicateTitle,
  }
  return asked && titles[asked]
}

function Question({ campaign, asked, onClose }: { campaign: Campaign; asked: Asked; onClose: () => void }) {
  const text = useTextOf(campaignTexts)
  // Not the live one: it may change while somebody reads this.
  const [seen, setSeen] = useState(campaign)
  const [before, setBefore] = useState<Campaign | null>(null)
  const key = useRef(crypto.randomUUID())
  const { mutate, error, isPending } = useCampaignAction()
  const current = error instanceof ApiProblem ? error.current : null
  const press = () =>
    mutate(
      { action: asked, seen, key: key.current },
      {
        onSuccess: onClose,
        onError: (problem) => {
          if (!(problem instanceof ApiProblem) || problem.current === null) return
          setBefore(seen)
          setSeen(problem.current)
          key.current = crypto.randomUUID()
        },
      },
    )
  return (
    <Stack gap="md">
      {bodyOf(asked, seen, text).map((line) => (
        <Text key={line} size="sm">
          {line}
        </Text>
      ))}
      {current !== null && before !== null && <ChangedMeanwhile seen={before} current={current} />}
      {error !== null && current === null && <ProblemAlert error={error} />}
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onClose} data-autofocus>
          {text.campaignActions.dismiss}
        </Button>
        <Button color={asked === 'cancel' ? 'red' : 'slate'} loading={isPending} onClick={press}>
          {text.campaignActions[asked]}
        </Button>
      </Group>
    </Stack>
  )
}

function bodyOf(asked: Asked, campaign: Campaign, { campaignActions: said }: Texts): string[] {
  const { state, progress, pauseReason, resendOf } = campaign
  switch (asked) {
    case 'resume': {
      const byItself = pauseReason !== null && pauseReason !== 'by_operator'
      const body = said.resumeBody(progress.remaining)
      return byItself ? [...body, said.resumeCausePersists] : body
    }
    case 'cancel':
      return state === 'scheduled'
        ? said.cancelScheduledBody
        : said.cancelBody(progress.remaining, state === 'sending')
    case 'unschedule':
      return said.unscheduleBody
    case 'duplicate':
      return resendOf === null ? said.duplicateBody : said.duplicateResendBody
  }
}
