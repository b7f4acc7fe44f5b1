/** The message and its previews. */
import { Box, Stack, TextInput } from '@mantine/core'
import { draftTexts } from '../../text/draft-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import { ByteCounter } from './byte-counter.tsx'
import { DataFields } from './data-fields.tsx'
import type { StepProps } from './draft-editor.tsx'
import { MessageFields } from './message-fields.tsx'
import type { MessageForm, MessageProblem } from './message-form.ts'
import classes from './message-step.module.css'
import { PlatformFields } from './platform-fields.tsx'
import { NotificationPreviews } from './previews/notification-previews.tsx'

export interface FieldsProps {
  message: MessageForm
  change: (change: Partial<MessageForm>) => void
  /** The error text of a field; false: none, or not to be shown yet. */
  errorOf: (field: string) => string | false
}

export function MessageStep({ draft, wasLeft }: StepProps) {
  const { draft: text } = useTextOf(draftTexts)
  const { form, change, read } = draft
  const { message, bytes, problems } = read.message
  const sentence = (problem: MessageProblem): string => {
    if (problem.code === 'other') return text.problems.platform(problem.sentence)
    if (problem.code === 'too_large') return text.bytesOver(problem.over)
    if (problem.code === 'missing' && problem.field.startsWith('data.')) return text.problems.no_key
    return text.problems[problem.code]
  }
  const fields: FieldsProps = {
    message: form.message,
    change: (next) => change({ message: { ...form.message, ...next } }),
    errorOf: (field) => {
      const found = problems.find((each) => each.field === field)
      return found !== undefined && (wasLeft || found.code !== 'missing') && sentence(found)
    },
  }
  return (
    <Box className={classes.columns}>
      <Stack gap="md" className={classes.form}>
        <TextInput
          label={text.name}
          description={text.nameHint}
          placeholder={form.message.title}
          value={form.name}
          onChange={(event) => change({ name: event.currentTarget.value })}
          maxLength={200}
        />
        <MessageFields {...fields} />
        <DataFields {...fields} />
        <PlatformFields {...fields} />
        <ByteCounter bytes={bytes} />
      </Stack>
      <NotificationPreviews message={message} />
    </Box>
  )
}
