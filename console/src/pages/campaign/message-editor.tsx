/** All fields of a message, to correct it. */
import { Stack } from '@mantine/core'
import { ByteCounter } from '../new-campaign/byte-counter.tsx'
import { DataFields } from '../new-campaign/data-fields.tsx'
import { KindField } from '../new-campaign/kind-field.tsx'
import { MessageFields } from '../new-campaign/message-fields.tsx'
import type { MessageForm, ReadMessage } from '../new-campaign/message-form.ts'
import { useErrorOf } from '../new-campaign/message-problems.ts'
import { PlaceholderWarning } from '../new-campaign/placeholder-warning.tsx'
import { PlatformFields } from '../new-campaign/platform-fields.tsx'

interface Props {
  form: MessageForm
  read: Pick<ReadMessage, 'bytes' | 'problems'>
  onChange: (form: MessageForm) => void
}

export function MessageEditor({ form, read: { bytes, problems }, onChange }: Props) {
  const fields = {
    message: form,
    change: (next: Partial<MessageForm>) => onChange({ ...form, ...next }),
    errorOf: useErrorOf(problems),
  }
  return (
    <Stack gap="md">
      <KindField {...fields} />
      <MessageFields {...fields} />
      <DataFields {...fields} />
      <PlatformFields {...fields} />
      <PlaceholderWarning {...fields} />
      <ByteCounter bytes={bytes} />
    </Stack>
  )
}
