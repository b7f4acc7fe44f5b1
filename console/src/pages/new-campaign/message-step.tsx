/** The message and its previews. */
import { Alert, Button, Modal, Stack, Text, TextInput } from '@mantine/core'
import { IconAlertTriangle, IconFlask } from '@tabler/icons-react'
import { useState } from 'react'
import { useMay } from '../../components/use-session.ts'
import { draftTexts } from '../../text/draft-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import { ByteCounter } from './byte-counter.tsx'
import { CampaignKindField } from './campaign-kind-field.tsx'
import { DataFields } from './data-fields.tsx'
import editor from './draft-editor.module.css'
import type { StepProps } from './draft-editor.tsx'
import { EditorFooter } from './editor-footer.tsx'
import { KindField } from './kind-field.tsx'
import { MessageFields } from './message-fields.tsx'
import { headlineOf, type MessageForm, type MessageProblem } from './message-form.ts'
import { useErrorOf } from './message-problems.ts'
import classes from './message-step.module.css'
import { PlaceholderWarning } from './placeholder-warning.tsx'
import { PlatformFields } from './platform-fields.tsx'
import { NotificationPreviews } from './previews/notification-previews.tsx'
import { StepAside } from './step-aside.tsx'
import { TestPanel } from './test-panel.tsx'

export interface FieldsProps {
  message: MessageForm
  change: (change: Partial<MessageForm>) => void
  /** The error text of a field, a line for each error; false: none, or not to be shown yet. */
  errorOf: (field: string) => string | false
}

export function MessageStep({ draft, wasLeft }: StepProps) {
  const { draft: text, draftSend, previews, shell } = useTextOf(draftTexts)
  const [isTesting, setTesting] = useState(false)
  const maySend = useMay('campaigns:send')
  const { form, change, read } = draft
  const { message, bytes, overOnApple, problems } = read.message
  const isIncomplete = ({ code }: MessageProblem) => ['no_text', 'no_data', 'no_key'].includes(code)
  const fields: FieldsProps = {
    message: form.message,
    change: (next) => change({ message: { ...form.message, ...next } }),
    errorOf: useErrorOf(problems.filter((each) => wasLeft || !isIncomplete(each))),
  }
  return (
    <>
      <div className={editor.columns}>
        <Stack gap="md" className={classes.form}>
          <CampaignKindField draft={draft} wasLeft={wasLeft} />
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
          {/* Where it is typed, and not below all that is folded. */}
          <PlaceholderWarning {...fields} />
          <DataFields {...fields} />
          <PlatformFields {...fields} />
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
        <StepAside title={previews.title}>
          <NotificationPreviews
            message={message}
            isSilent={form.message.kind === 'silent'}
            advertiser={read.rules.rules?.advertiser ?? null}
          />
        </StepAside>
      </div>
      <EditorFooter step="message" id={draft.id}>
        {maySend && (
          <Button
            variant="default"
            leftSection={<IconFlask size={16} aria-hidden />}
            onClick={() => setTesting(true)}
          >
            {draftSend.testTitle}
          </Button>
        )}
      </EditorFooter>
      <Modal
        opened={isTesting}
        onClose={() => setTesting(false)}
        title={draftSend.testTitle}
        size="lg"
        closeButtonProps={{ 'aria-label': shell.close }}
      >
        <TestPanel draft={draft} />
      </Modal>
    </>
  )
}
