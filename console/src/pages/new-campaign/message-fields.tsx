import { Textarea, TextInput } from '@mantine/core'
import { draftTexts } from '../../text/draft-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import type { FieldsProps } from './message-step.tsx'

export function MessageFields(props: FieldsProps) {
  const { draft: text } = useTextOf(draftTexts)
  const { message, change, errorOf } = props
  const isSilent = message.kind === 'silent'
  return (
    <>
      {!isSilent && <ShownFields {...props} />}
      <TextInput
        type="url"
        label={text.link}
        description={isSilent ? text.linkHintSilent : text.linkHint}
        placeholder="https://"
        value={message.link}
        onChange={(event) => change({ link: event.currentTarget.value })}
        error={errorOf('link')}
      />
    </>
  )
}

function ShownFields({ message, change, errorOf }: FieldsProps) {
  const { draft: text } = useTextOf(draftTexts)
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
      <TextInput
        type="url"
        label={text.imageUrl}
        description={text.imageHint}
        placeholder="https://"
        value={message.imageUrl}
        onChange={(event) => change({ imageUrl: event.currentTarget.value })}
        error={errorOf('imageUrl')}
      />
    </>
  )
}
