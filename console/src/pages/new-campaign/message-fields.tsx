import { Text, Textarea, TextInput } from '@mantine/core'
import { isAppLink } from '../../../../src/domain/message-rules/text-forms.ts'
import { draftTexts } from '../../text/draft-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import { ImageField } from './image-field.tsx'
import type { FieldsProps } from './message-step.tsx'

export function MessageFields(props: FieldsProps) {
  const { draft: text } = useTextOf(draftTexts)
  const { message, change, errorOf } = props
  const isSilent = message.kind === 'silent'
  return (
    <>
      {!isSilent && <ShownFields {...props} />}
      <div>
        <TextInput
          type="url"
          label={text.link}
          description={isSilent ? text.linkHintSilent : text.linkHint}
          placeholder="https://"
          value={message.link}
          onChange={(event) => change({ link: event.currentTarget.value })}
          error={errorOf('link')}
        />
        {!isSilent && isAppLink(message.link.trim()) && (
          <Text size="sm" c="dimmed" mt={4} role="status">
            {text.appLinkHint}
          </Text>
        )}
      </div>
    </>
  )
}

function ShownFields(props: FieldsProps) {
  const { draft: text } = useTextOf(draftTexts)
  const { message, change, errorOf } = props
  return (
    <>
      <TextInput
        label={text.messageTitle}
        value={message.title}
        onChange={(event) => change({ title: event.currentTarget.value })}
        error={errorOf('title')}
      />
      <Textarea
        label={text.body}
        description={text.bodyHint}
        value={message.body}
        onChange={(event) => change({ body: event.currentTarget.value })}
        autosize
        minRows={3}
        maxRows={10}
      />
      <ImageField {...props} />
    </>
  )
}
