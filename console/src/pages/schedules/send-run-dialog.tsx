import { Button, Group, Stack, Text } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { isConflict } from '../../api/problem.ts'
import { keys } from '../../api/query-keys.ts'
import { type Schedule, scheduleDevicesQuery, sendRun, type UpcomingRun } from '../../api/schedules.ts'
import { ProblemAlert } from '../../components/problem-alert.tsx'
import { toastDone } from '../../components/toast.tsx'
import { useKeyPerRequest } from '../../components/use-key-per-request.ts'
import { useTextOf } from '../../text/language.tsx'
import { scheduleTexts } from '../../text/schedule-texts.ts'
import { audienceWords } from '../campaign/audience-words.ts'
import { Fact, MessageView } from '../campaign/message-view.tsx'
import { CountField, useCountConfirmation } from './count-confirmation.tsx'
import classes from './schedules.module.css'
import { useSeen } from './use-seen.ts'

interface Props {
  schedule: Schedule
  run: UpcomingRun
  onClose: () => void
}

/** The message, the audience and its size, all of the one version that is sent. */
export function SendRunDialog({ schedule, run, onClose }: Props) {
  const texts = useTextOf(scheduleTexts)
  const { schedules: text, campaign: said, shell, format } = texts
  const client = useQueryClient()
  const navigate = useNavigate()
  const [seen, take] = useSeen(schedule)
  const [hasChanged, setChanged] = useState(false)
  const devices = useQuery(scheduleDevicesQuery(seen)).data ?? null
  const confirmation = useCountConfirmation()
  const keyOf = useKeyPerRequest()
  const sending = useMutation({
    mutationFn: () =>
      sendRun(
        seen,
        run.at,
        confirmation.devices,
        keyOf(JSON.stringify([seen.version, run.at, confirmation.devices])),
      ),
    onSuccess: (campaign) => {
      client.setQueryData(keys.campaign(campaign.id), campaign)
      void client.invalidateQueries({ queryKey: ['schedules'] })
      void client.invalidateQueries({ queryKey: ['campaigns', 'list'] })
      toastDone(text.sent, shell.close)
      void navigate({ to: '/campaigns/$id', params: { id: campaign.id } })
    },
    onError: (error) => {
      if (confirmation.take(error)) return
      if (take(error)) {
        setChanged(true)
        // The number that was typed was about the version before.
        confirmation.forget()
      } else void client.invalidateQueries({ queryKey: keys.schedule(schedule.id) })
    },
  })
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (confirmation.isComplete) sending.mutate()
      }}
    >
      <Stack gap="md">
        {hasChanged && (
          <Text fw={600} size="sm" role="alert">
            {text.changedMeanwhile}
          </Text>
        )}
        <Text size="sm">{text.sendBody(format.inZone(run.at, seen.timezone))}</Text>
        <MessageView message={seen.message} />
        <dl className={classes.facts}>
          <Fact name={said.audience}>
            {audienceWords(seen.audienceSummary, texts)}
            {devices !== null && (
              <Text size="sm" fw={600}>
                {text.devicesNow(devices)}
              </Text>
            )}
          </Fact>
        </dl>
        <CountField of={confirmation} />
        {sending.error !== null && confirmation.field === null && !isConflict(sending.error) && (
          <ProblemAlert error={sending.error} />
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {shell.cancel}
          </Button>
          <Button type="submit" loading={sending.isPending} disabled={!confirmation.isComplete}>
            {text.sendConfirm}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
