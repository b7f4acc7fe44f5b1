import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { isConflict } from '../../api/problem.ts'
import { moveSchedule, type Schedule, type ScheduleMoved } from '../../api/schedules.ts'
import { ProblemAlert } from '../../components/problem-alert.tsx'
import { useKeyPerRequest } from '../../components/use-key-per-request.ts'
import { useTextOf } from '../../text/language.tsx'
import { scheduleTexts } from '../../text/schedule-texts.ts'
import { ruleWords } from './rule-words.ts'
import { useSeen } from './use-seen.ts'

interface Props {
  schedule: Schedule
  onClose: () => void
  onEnded: (changed: ScheduleMoved) => void
}

export function EndDialog({ schedule, onClose, onEnded }: Props) {
  const texts = useTextOf(scheduleTexts)
  const { schedules: text, shell } = texts
  const keyOf = useKeyPerRequest()
  const [seen, take] = useSeen(schedule)
  const ending = useMutation({
    mutationFn: () => moveSchedule('end', seen, keyOf(`end ${seen.version}`)),
    onSuccess: (changed) => {
      onEnded(changed)
      onClose()
    },
    onError: take,
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
        {isConflict(ending.error) && (
          <Text size="sm" role="alert" c="var(--mantine-color-error)">
            {text.changedMeanwhile} {text.rule}: {ruleWords(seen.rule, texts)} · {seen.timezone}
          </Text>
        )}
        {ending.error !== null && !isConflict(ending.error) && <ProblemAlert error={ending.error} />}
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
