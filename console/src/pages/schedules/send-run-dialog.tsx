import { Button, Group, Stack, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { keys } from '../../api/query-keys.ts'
import { type Schedule, sendRun, type UpcomingRun } from '../../api/schedules.ts'
import { ProblemAlert } from '../../components/problem-alert.tsx'
import { toastDone } from '../../components/toast.tsx'
import { useKeyPerRequest } from '../../components/use-key-per-request.ts'
import { useTextOf } from '../../text/language.tsx'
import { scheduleTexts } from '../../text/schedule-texts.ts'
import { CountField, useCountConfirmation } from './count-confirmation.tsx'

interface Props {
  schedule: Schedule
  run: UpcomingRun
  onClose: () => void
}

export function SendRunDialog({ schedule, run, onClose }: Props) {
  const { schedules: text, shell, format } = useTextOf(scheduleTexts)
  const client = useQueryClient()
  const navigate = useNavigate()
  const confirmation = useCountConfirmation()
  const keyOf = useKeyPerRequest()
  const sending = useMutation({
    mutationFn: () =>
      sendRun(
        schedule,
        run.at,
        confirmation.devices,
        keyOf(JSON.stringify([schedule.version, run.at, confirmation.devices])),
      ),
    onSuccess: (campaign) => {
      client.setQueryData(keys.campaign(campaign.id), campaign)
      void client.invalidateQueries({ queryKey: ['schedules'] })
      void client.invalidateQueries({ queryKey: ['campaigns', 'list'] })
      toastDone(text.sent, shell.close)
      void navigate({ to: '/campaigns/$id', params: { id: campaign.id } })
    },
    onError: (error) => {
      if (!confirmation.take(error)) void client.invalidateQueries({ queryKey: keys.schedule(schedule.id) })
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
        <Text size="sm">{text.sendBody(format.inZone(run.at, schedule.timezone))}</Text>
        <CountField of={confirmation} />
        {sending.error !== null && confirmation.field === null && <ProblemAlert error={sending.error} />}
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
