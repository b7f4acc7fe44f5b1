/** Whether the message is shown, or only received by the app. */
import { Radio, Stack } from '@mantine/core'
import { draftTexts } from '../../text/draft-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import type { FieldsProps } from './message-step.tsx'

const KINDS = ['notification', 'silent'] as const

export function KindField({ message, change }: FieldsProps) {
  const { draft: text } = useTextOf(draftTexts)
  return (
    <Radio.Group
      label={text.kind}
      value={message.kind}
      onChange={(kind) => change({ kind: kind as (typeof KINDS)[number] })}
    >
      <Stack gap="xs" mt="xs">
        {KINDS.map((kind) => (
          <Radio key={kind} value={kind} label={text.kinds[kind]} description={text.kindHint[kind]} />
        ))}
      </Stack>
    </Radio.Group>
  )
}
