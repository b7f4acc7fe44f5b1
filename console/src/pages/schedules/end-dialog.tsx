import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { keys } from '../../api/query-keys.ts'
import { moveSchedule, type Schedule, type ScheduleChanged } from '../../api/schedules.ts'
import { ProblemAlert } from '../../components/problem-alert.tsx'
import { useKeyPerRequest } from '../../components/use-key-per-request.ts'
import { useTextOf } from '../../text/language.tsx'
import { scheduleTexts } from '../../text/schedule-texts.ts'
import { isConflict } from './is-conflict.ts'
import { ruleWords } from './rule-words.ts'

interface Props {
  schedule: Schedule
  onClose: () => void
  onEnded: (changed: ScheduleChanged) => void
}

export function EndDialog({ schedule, onClose, onEnded }: Props) {
  const texts = useTextOf(scheduleTexts)
  const { schedules: text, shell } = texts
  const client = useQueryClient()
  const keyOf = useKeyPerRequest()
  // As in every dialog: about the version that was on the screen when it was opened.
  const [seen, setSeen] = useState(schedule)
  const ending = useMutation({
    mutationFn: () => moveSchedule('end', seen, keyOf(`end ${seen.version}`)),
    onSuccess: (changed) => {
      onEnded(changed)
      onClose()
    },
    onError: (error) => {
      if (!isConflict(error)) return
      const current = error.current as unknown as Schedule
      client.setQueryData(keys.schedule(current.id), current)
      setSeen(current)
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
