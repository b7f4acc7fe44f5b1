/** FCM's options for each platform. Folded away unless one is set. */
import { Stack, Text, Textarea } from '@mantine/core'
import { PLATFORM_PARTS } from '../../../../src/domain/message.ts'
import { draftTexts } from '../../text/draft-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import type { FieldsProps } from './message-step.tsx'
import classes from './platform-fields.module.css'

const EXAMPLES = {
  notification: {
    android: '{ "priority": "high", "ttl": "3600s" }',
    apns: '{ "payload": { "aps": { "sound": "default" } } }',
    webpush: '{ "notification": { "requireInteraction": true } }',
  },
  silent: {
    android: '{ "priority": "high", "ttl": "3600s" }',
    apns: '{ "headers": { "apns-expiration": "0" } }',
    webpush: '{ "headers": { "Urgency": "low" } }',
  },
}

export function PlatformFields({ message, change, errorOf }: FieldsProps) {
  const { draft: text } = useTextOf(draftTexts)
  const isUsed = PLATFORM_PARTS.some((part) => message[part] !== '')
  return (
    <details className={classes.details} open={isUsed || undefined}>
      <summary className={classes.summary}>{text.advanced}</summary>
      <Stack gap="sm" mt="xs">
        <Text size="xs" c="dimmed">
          {text.advancedHint}
        </Text>
        {PLATFORM_PARTS.map((part) => (
          <Textarea
            key={part}
            label={text.part[part]}
            placeholder={EXAMPLES[message.kind][part]}
            value={message[part]}
            onChange={(event) => change({ [part]: event.currentTarget.value })}
            error={errorOf(part)}
            autosize
            minRows={2}
            maxRows={12}
            spellCheck={false}
            classNames={{ input: classes.code ?? '', error: classes.words ?? '' }}
          />
        ))}
      </Stack>
    </details>
  )
}
