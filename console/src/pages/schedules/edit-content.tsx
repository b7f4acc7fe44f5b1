/** Another message or audience for the runs to come. If somebody else has changed it meanwhile, that is said before anything is saved over it. */
import { Button, Group, Stack, Text, TextInput } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { isConflict } from '../../api/problem.ts'
import {
  editSchedule,
  type Schedule,
  type ScheduleChanged,
  type ScheduleChanges,
  type WholeSchedule,
  wholeScheduleQuery,
} from '../../api/schedules.ts'
import { Answer } from '../../components/answer.tsx'
import { LeaveGuard } from '../../components/leave-guard.tsx'
import { ProblemAlert } from '../../components/problem-alert.tsx'
import { WritingDialog } from '../../components/writing-dialog.tsx'
import { useTextOf } from '../../text/language.tsx'
import { scheduleTexts } from '../../text/schedule-texts.ts'
import { MessageEditor } from '../campaign/message-editor.tsx'
import { MessageView } from '../campaign/message-view.tsx'
import { AudienceFields } from '../new-campaign/audience-fields.tsx'
import { audienceFormOf, readAudience } from '../new-campaign/audience-form.ts'
import { AudienceSize } from '../new-campaign/audience-size.tsx'
import { messageFormOf, readMessage } from '../new-campaign/message-form.ts'
import { CountField, useCountConfirmation } from './count-confirmation.tsx'
import { useSeen } from './use-seen.ts'

interface Props {
  schedule: Schedule
  onClose: () => void
  onSaved: (changed: ScheduleChanged) => void
}

export function EditContent({ schedule, onClose, onSaved }: Props) {
  const { schedules: text } = useTextOf(scheduleTexts)
  const [isTyped, setTyped] = useState(false)
  const query = useQuery(wholeScheduleQuery(schedule.id))
  return (
    <WritingDialog title={text.editContentTitle} size="60rem" isTyped={isTyped} onClose={onClose}>
      <Answer query={query}>
        {(whole) => (
          <Form schedule={whole} onClose={onClose} onSaved={onSaved} onType={() => setTyped(true)} />
        )}
      </Answer>
    </WritingDialog>
  )
}

interface FormProps extends Omit<Props, 'schedule'> {
  schedule: WholeSchedule
  onType: () => void
}

function Form({ schedule, onClose, onSaved, onType }: FormProps) {
  const { schedules: text, shell } = useTextOf(scheduleTexts)
  const [seen, take] = useSeen(schedule)
  const [first] = useState(() => formOf(schedule))
  const [form, setForm] = useState(first)
  const confirmation = useCountConfirmation()
  const message = readMessage(form.message)
  const { audience, problems } = readAudience(form.audience)
  const changes = changesOf(first, form)
  const isSame = Object.keys(changes).length === 0
  const isWhole = form.name.trim() !== '' && message.problems.length === 0 && audience !== null
  const saving = useMutation({
    mutationFn: () =>
      editSchedule(seen, {
        ...changes,
        ...(confirmation.devices !== null && { confirmAudience: confirmation.devices }),
      }),
    onSuccess: (changed) => {
      onSaved(changed)
      onClose()
    },
    onError: (error) => {
      if (confirmation.take(error)) return
      // The number that was typed was about the version before.
      if (take(error)) confirmation.forget()
    },
  })
  const put = (next: Partial<ContentForm>) => {
    if (next.audience !== undefined) confirmation.forget()
    setForm({ ...form, ...next })
    onType()
  }
  const hasChanged = isConflict(saving.error)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (isWhole && !isSame && confirmation.isComplete) saving.mutate()
      }}
    >
      <LeaveGuard isUnsaved={() => !isSame && !saving.isSuccess} words={text.leave} />
      <Stack gap="lg">
        <Text size="sm" c="dimmed">
          {text.editContentHint}
        </Text>
        <TextInput
          label={text.name}
          value={form.name}
          onChange={(event) => put({ name: event.currentTarget.value })}
          maxLength={170}
          required
          withAsterisk={false}
        />
        <MessageEditor form={form.message} read={message} onChange={(next) => put({ message: next })} />
        <AudienceFields
          audience={form.audience}
          problems={problems}
          isComplete
          onChange={(next) => put({ audience: next })}
        />
        <AudienceSize audience={audience} />
        {hasChanged && (
          <div>
            <Text size="sm" role="alert" c="var(--mantine-color-error)" mb="xs">
              {text.changedMeanwhile}
            </Text>
            <MessageView message={seen.message} />
          </div>
        )}
        <CountField of={confirmation} />
        {saving.error !== null && !hasChanged && confirmation.field === null && (
          <ProblemAlert error={saving.error} title={text.failed} />
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {shell.cancel}
          </Button>
          <Button
            type="submit"
            loading={saving.isPending}
            disabled={!isWhole || isSame || !confirmation.isComplete}
          >
            {text.save}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

interface ContentForm {
  name: string
  message: ReturnType<typeof messageFormOf>
  audience: ReturnType<typeof audienceFormOf>
}

function formOf({ name, message, audience }: WholeSchedule): ContentForm {
  return { name, message: messageFormOf(message), audience: audienceFormOf(audience) }
}

/** Only what is other than it was: what the form would write differently by itself stays as it is stored. */
function changesOf(before: ContentForm, now: ContentForm): ScheduleChanges {
  const isOther = (part: keyof ContentForm) => JSON.stringify(before[part]) !== JSON.stringify(now[part])
  const { audience } = readAudience(now.audience)
  return {
    ...(isOther('name') && { name: now.name.trim() }),
    ...(isOther('message') && { message: readMessage(now.message).message }),
    ...(isOther('audience') &&
      audience !== null && { audience: audience as NonNullable<ScheduleChanges['audience']> }),
  }
}
