/** The message and its previews. */
import { Alert, Box, Stack, Text, TextInput } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { draftTexts } from '../../text/draft-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import { ByteCounter } from './byte-counter.tsx'
import { DataFields } from './data-fields.tsx'
import type { StepProps } from './draft-editor.tsx'
import { KindField } from './kind-field.tsx'
import { MessageFields } from './message-fields.tsx'
import { headlineOf, type MessageForm, type MessageProblem } from './message-form.ts'
import { useErrorOf } from './message-problems.ts'
import classes from './message-step.module.css'
import { PlaceholderWarning } from './placeholder-warning.tsx'
import { PlatformFields } from './platform-fields.tsx'
import { NotificationPreviews } from './previews/notification-previews.tsx'

export interface FieldsProps {
  message: MessageForm
  change: (change: Partial<MessageForm>) => void
  /** The error text of a field, a line for each error; false: none, or not to be shown yet. */
  errorOf: (field: string) => string | false
}

export function MessageStep({ draft, wasLeft }: StepProps) {
  const { draft: text } = useTextOf(draftTexts)
  const { form, change, read } = draft
  const { message, bytes, overOnApple, problems } = read.message
  const isIncomplete = ({ code }: MessageProblem) => ['no_text', 'no_data', 'no_key'].includes(code)
  const fields: FieldsProps = {
    message: form.message,
    change: (next) => change({ message: { ...form.message, ...next } }),
    errorOf: useErrorOf(problems.filter((each) => wasLeft || !isIncomplete(each))),
  }
  return (
    <Box className={classes.columns}>
      <Stack gap="md" className={classes.form}>
        <KindField {...fields} />
        <TextInput
          label={text.name}
          description={form.message.kind === 'silent' ? text.nameHintSilent : text.nameHint}
          placeholder={headlineOf(form.message)}
          value={form.name}
          onChange={(event) => change({ name: event.currentTarget.value })}
          error={wasLeft && form.message.kind === 'silent' && read.nameIsMissing && text.nameMissing}
          required={form.message.kind === 'silent'}
          maxLength={200}
        />
        <MessageFields {...fields} />
        <DataFields {...fields} />
        <PlatformFields {...fields} />
        <PlaceholderWarning {...fields} />
        <ByteCounter bytes={bytes} />
        {overOnApple > 0 && (
          <Alert
            role="status"
            color="yellow"
            variant="outline"
            icon={<IconAlertTriangle aria-hidden />}
            title={text.appleTooLargeTitle}
          >
            <Text size="sm">{text.appleTooLarge(overOnApple)}</Text>
          </Alert>
        )}
      </Stack>
      <NotificationPreviews message={message} isSilent={form.message.kind === 'silent'} />
    </Box>
  )
}
