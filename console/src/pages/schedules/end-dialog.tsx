import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { moveSchedule, type Schedule, type ScheduleChanged } from '../../api/schedules.ts'
import { ProblemAlert } from '../../components/problem-alert.tsx'
import { useKeyPerRequest } from '../../components/use-key-per-request.ts'
import { useTextOf } from '../../text/language.tsx'
import { scheduleTexts } from '../../text/schedule-texts.ts'

interface Props {
  schedule: Schedule
  onClose: () => void
  onEnded: (changed: ScheduleChanged) => void
}

export function EndDialog({ schedule, onClose, onEnded }: Props) {
  const { schedules: text, shell } = useTextOf(scheduleTexts)
  const keyOf = useKeyPerRequest()
  const ending = useMutation({
    mutationFn: () => moveSchedule('end', schedule, keyOf(`end ${schedule.version}`)),
    onSuccess: (changed) => {
      onEnded(changed)
      onClose()
    },
  })
  return (
    <Modal
      opened
      onClose={onClose}
      title={text.endTitle}
      centered
      closeButtonProps={{ 'aria-label': shell.close }}
    >
      <Stack gap="md">
        <Text size="sm">{text.endBody}</Text>
        {ending.error !== null && <ProblemAlert error={ending.error} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose} data-autofocus>
            {shell.cancel}
          </Button>
          <Button color="red" loading={ending.isPending} onClick={() => ending.mutate()}>
            {text.endConfirm}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
