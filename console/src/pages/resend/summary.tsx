/**
 * The count, what the server asks back, and the button. Above its limit the server wants the number of devices typed; if it
 * has changed meanwhile, or the campaign has, that is shown and asked again.
 */
import { Button, Stack, Text, TextInput } from '@mantine/core'
import { IconSend } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { CampaignMessage } from '../../../../src/domain/message.ts'
import type { Campaign } from '../../api/campaigns.ts'
import { ApiProblem } from '../../api/problem.ts'
import { keys } from '../../api/query-keys.ts'
import { type ResendRequest, resendCampaign } from '../../api/resend.ts'
import { Panel } from '../../components/panel.tsx'
import { ProblemAlert } from '../../components/problem-alert.tsx'
import { toastDone } from '../../components/toast.tsx'
import { useKeyPerRequest } from '../../components/use-key-per-request.ts'
import { useTextOf } from '../../text/language.tsx'
import { resendTexts } from '../../text/resend-texts.ts'
import { ChangedMeanwhile } from '../campaign/changed-meanwhile.tsx'
import { type Chosen, type Count, typedNumber } from './choose.ts'

interface Props {
  seen: Campaign
  chosen: Chosen
  count: Count
  /** Null: that of the campaign. */
  message: CampaignMessage | null
  /** The end of sending, null: none. Undefined: that of the campaign. */
  notAfter: string | null | undefined
  /** What has to be done first. */
  missing: string | null
  /** Somebody has changed the campaign. */
  onMoved: (current: Campaign) => void
  /** There are more or fewer devices now. */
  onRecount: () => void
  /** Before the page of the resend is opened: nothing is lost any more. */
  onSent: () => void
}

export function Summary(props: Props) {
  const { seen, chosen, count, message, notAfter, missing, onMoved, onRecount, onSent } = props
  const { resend: text, shell, format } = useTextOf(resendTexts)
  const client = useQueryClient()
  const navigate = useNavigate()
  // The number that the server wants to be typed; null until it asks.
  const [asked, setAsked] = useState<number | null>(null)
  const [typed, setTyped] = useState('')
  const [before, setBefore] = useState(seen)
  const keyOf = useKeyPerRequest()
  const sending = useMutation({
    mutationFn: () => {
      const request: ResendRequest = {
        only: chosen.only,
        ...(chosen.codes.length > 0 && { codes: chosen.codes }),
        ...(message !== null && { message }),
        ...(notAfter !== undefined && { notAfter }),
        ...(asked !== null && { confirmAudience: asked }),
      }
      return resendCampaign(seen, request, keyOf(JSON.stringify([seen.version, request])))
    },
    onSuccess: (resend) => {
      onSent()
      client.setQueryData(keys.campaign(resend.id), resend)
      void client.invalidateQueries({ queryKey: keys.campaign(seen.id) })
      void client.invalidateQueries({ queryKey: ['campaigns', 'list'] })
      toastDone(text.done, shell.close)
      void navigate({ to: '/campaigns/$id', params: { id: resend.id } })
    },
    onError: (error) => {
      if (!(error instanceof ApiProblem)) return
      if (error.audience !== null) {
        setAsked(error.audience)
        setTyped('')
        if (error.code === 'audience_changed') onRecount()
      }
      if (error.current !== null) {
        setBefore(seen)
        onMoved(error.current)
      }
    },
  })
  const problem = sending.error instanceof ApiProblem ? sending.error : null
  const isAnswered = problem !== null && (problem.audience !== null || problem.current !== null)
  const isConfirmed = asked === null || typedNumber(typed) === asked
  const wanted = asked === null ? '' : format.number(asked)

  return (
    <Panel title={text.summary}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (missing === null && isConfirmed) sending.mutate()
        }}
      >
        <Stack gap="sm">
          <Text fw={650} className="figure">
            {text.toDevices(count.devices)}
          </Text>
          {count.active !== null && count.active < count.devices && (
            <Text size="sm">{text.ofWhichSkipped(count.devices - count.active)}</Text>
          )}
          <Text size="sm">{message === null ? text.unchanged : text.corrected}</Text>
          {seen.localAt !== null && <Text size="sm">{text.noLocalTime}</Text>}
          <Text size="sm" c="dimmed">
            {text.newCampaign}
          </Text>
          {problem?.current != null && <ChangedMeanwhile seen={before} current={problem.current} />}
          {problem?.code === 'audience_changed' && asked !== null && (
            <Text size="sm" role="alert" c="var(--mantine-color-error)">
              {text.audienceChanged(asked)}
            </Text>
          )}
          {asked !== null && (
            <TextInput
              label={text.confirm(wanted)}
              value={typed}
              onChange={(event) => setTyped(event.currentTarget.value)}
              inputMode="numeric"
              autoComplete="off"
              autoFocus
              error={
                typed !== '' && typed.length >= wanted.length && !isConfirmed && text.confirmWrong(wanted)
              }
            />
          )}
          {sending.error !== null && !isAnswered && (
            <ProblemAlert error={sending.error} title={text.failed} />
          )}
          {missing !== null && (
            <Text size="sm" c="dimmed" role="status">
              {missing}
            </Text>
          )}
          <Button
            type="submit"
            loading={sending.isPending}
            disabled={missing !== null || !isConfirmed}
            leftSection={<IconSend size={16} aria-hidden />}
          >
            {text.send(count.devices)}
          </Button>
        </Stack>
      </form>
    </Panel>
  )
}
