/** Other times for a schedule. If somebody else has changed it meanwhile, that is said before anything is saved over it. */
import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { isConflict } from '../../api/problem.ts'
import { editSchedule, type Schedule, type ScheduleChanged } from '../../api/schedules.ts'
import { ProblemAlert } from '../../components/problem-alert.tsx'
import { useTextOf } from '../../text/language.tsx'
import { scheduleTexts } from '../../text/schedule-texts.ts'
import { ruleWords } from './rule-words.ts'
import { NextRunsPreview, TimesFields } from './times-fields.tsx'
import { readTimes, timesOf } from './times-form.ts'
import { useSeen } from './use-seen.ts'

interface Props {
  schedule: Schedule
  onClose: () => void
  onSaved: (changed: ScheduleChanged) => void
}

export function EditTimes({ schedule, onClose, onSaved }: Props) {
  const texts = useTextOf(scheduleTexts)
  const { schedules: text, shell } = texts
  const [seen, take] = useSeen(schedule)
  const [form, setForm] = useState(() => timesOf(schedule))
  const times = readTimes(form)
  const saving = useMutation({
    mutationFn: () => editSchedule(seen, times ?? {}),
    onSuccess: (changed) => {
      onSaved(changed)
      onClose()
    },
    onError: take,
  })
  const hasChanged = isConflict(saving.error)
  return (
    <Modal
      opened
      onClose={onClose}
      title={text.editTitle}
      size="lg"
      closeOnClickOutside={false}
      closeButtonProps={{ 'aria-label': shell.close }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (times !== null) saving.mutate()
        }}
      >
        <Stack gap="md">
          <TimesFields form={form} onChange={setForm} />
          <NextRunsPreview form={form} />
          {hasChanged && (
            <Text size="sm" role="alert" c="var(--mantine-color-error)">
              {text.changedMeanwhile} {text.rule}: {ruleWords(seen.rule, texts)} · {seen.timezone}
            </Text>
          )}
          {saving.error !== null && !hasChanged && <ProblemAlert error={saving.error} title={text.failed} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {shell.cancel}
            </Button>
            <Button type="submit" loading={saving.isPending} disabled={times === null}>
              {text.save}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
