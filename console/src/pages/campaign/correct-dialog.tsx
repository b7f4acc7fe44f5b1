/**
 * Corrects the message of a paused campaign, or of a resend: the one before and the new one side by side. What somebody else
 * has corrected meanwhile is shown before anything is overwritten, and what the user has typed is kept.
 */
import { Alert, Button, Group, Modal, Stack, Text } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useId, useState } from 'react'
import type { CampaignMessage } from '../../../../src/domain/message.ts'
import type { Campaign } from '../../api/campaigns.ts'
import { messagesQuery, readSeen, type SeenCampaign } from '../../api/messages.ts'
import { ApiProblem } from '../../api/problem.ts'
import { FcmSaid } from '../../components/fcm-said.tsx'
import { Loading } from '../../components/loading.tsx'
import { ProblemAlert } from '../../components/problem-alert.tsx'
import { draftTexts } from '../../text/draft-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import { ByteCounter } from '../new-campaign/byte-counter.tsx'
import { DataFields } from '../new-campaign/data-fields.tsx'
import { KindField } from '../new-campaign/kind-field.tsx'
import { MessageFields } from '../new-campaign/message-fields.tsx'
import { type MessageForm, messageFormOf, readMessage } from '../new-campaign/message-form.ts'
import { useErrorOf } from '../new-campaign/message-problems.ts'
import { PlaceholderWarning } from '../new-campaign/placeholder-warning.tsx'
import { PlatformFields } from '../new-campaign/platform-fields.tsx'
import classes from './correct-dialog.module.css'
import { MessageView } from './message-view.tsx'

interface Props {
  campaign: Campaign
  /** What FCM said of the message, if it refused it. */
  said: string | null
  title: string
  /** Of the button that saves or sends. */
  confirm: string
  /** What happens then. */
  hint: string
  onClose: () => void
  /** Rejects with the problem. `etag`: what the user has seen. */
  save: (message: CampaignMessage, etag: string | null) => Promise<void>
}

export function CorrectDialog({ campaign, said, title, confirm, hint, onClose, save }: Props) {
  const { campaignActions: text, shell } = useTextOf(draftTexts)
  // Read anew: the page's copy has no ETag, and somebody may just have corrected it.
  const opened = useQuery({
    queryKey: ['correct', campaign.id, useId()],
    queryFn: () => readSeen(campaign.id),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  })
  const [isTyped, setTyped] = useState(false)
  return (
    <Modal
      opened
      onClose={onClose}
      title={title}
      size="70rem"
      closeOnClickOutside={false}
      // Escape also ends what a keyboard is composing, as Korean ones do.
      closeOnEscape={!isTyped}
      closeButtonProps={{ 'aria-label': shell.close }}
    >
      {opened.error !== null && <ProblemAlert error={opened.error} onRetry={() => void opened.refetch()} />}
      {opened.isPending && <Loading />}
      {opened.data !== undefined && (
        <Correction
          seen={opened.data}
          said={said}
          confirm={confirm}
          hint={hint}
          onClose={onClose}
          onType={() => setTyped(true)}
          save={save}
        />
      )}
      {opened.data === undefined && (
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={onClose}>
            {text.dismiss}
          </Button>
        </Group>
      )}
    </Modal>
  )
}

type CorrectionProps = Pick<Props, 'said' | 'confirm' | 'hint' | 'onClose' | 'save'> & {
  seen: SeenCampaign
  onType: () => void
}

function Correction({ seen, said, confirm, hint, onClose, onType, save }: CorrectionProps) {
  const { campaignActions: actions } = useTextOf(draftTexts)
  // The one to compare with: replaced when somebody else was faster.
  const [base, setBase] = useState(seen)
  const [form, setForm] = useState<MessageForm>(() => messageFormOf(seen.campaign.message))
  const { message, bytes, problems } = readMessage(form)
  const isSame =
    JSON.stringify(message) === JSON.stringify(readMessage(messageFormOf(base.campaign.message)).message)
  const hasMoved = base.campaign.messageVersion !== seen.campaign.messageVersion
  const saving = useMutation({
    mutationFn: () => save(message, base.etag),
    onSuccess: onClose,
    onError: async (error) => {
      if (error instanceof ApiProblem && error.code === 'version_conflict') {
        setBase(await readSeen(base.campaign.id))
      }
    },
  })
  const isConflict = saving.error instanceof ApiProblem && saving.error.code === 'version_conflict'

  const fields = {
    message: form,
    change: (next: Partial<MessageForm>) => {
      setForm({ ...form, ...next })
      onType()
    },
    errorOf: useErrorOf(problems),
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (!isSame && problems.length === 0) saving.mutate()
      }}
    >
      <Stack gap="md">
        {said !== null && <FcmSaid words={said} />}
        <div className={classes.two}>
          <section aria-label={actions.correctBefore}>
            <Text component="h3" fw={650} mb="xs">
              {actions.correctBefore}
            </Text>
            <MessageView message={base.campaign.message} isWhole />
          </section>
          <section aria-label={actions.correctAfter}>
            <Text component="h3" fw={650} mb="xs">
              {actions.correctAfter}
            </Text>
            <Stack gap="md">
              <KindField {...fields} />
              <MessageFields {...fields} />
              <DataFields {...fields} />
              <PlatformFields {...fields} />
              <PlaceholderWarning {...fields} />
              <ByteCounter bytes={bytes} />
            </Stack>
          </section>
        </div>
        {/* What came of the button stands beside it: the form is longer than most windows. */}
        <Stack gap="xs" className={classes.foot}>
          {hasMoved && <Moved base={base.campaign} />}
          {saving.error !== null && !(isConflict && hasMoved) && <ProblemAlert error={saving.error} />}
          <Group justify="flex-end" gap="xs">
            <Text size="sm" c="dimmed" className={classes.hint}>
              {isSame ? actions.correctNothingYet : hint}
            </Text>
            <Button variant="default" onClick={onClose}>
              {actions.dismiss}
            </Button>
            <Button type="submit" loading={saving.isPending} disabled={isSame || problems.length > 0}>
              {confirm}
            </Button>
          </Group>
        </Stack>
      </Stack>
    </form>
  )
}

/** What the other one has changed is in the column of the message before. */
function Moved({ base }: { base: Campaign }) {
  const { campaignActions: actions, campaigns } = useTextOf(draftTexts)
  const versions = useQuery(messagesQuery(base.id, base.messageVersion))
  const last = versions.data?.data.at(-1)
  return (
    <Alert
      role="alert"
      color="yellow"
      variant="outline"
      icon={<IconAlertTriangle aria-hidden />}
      title={actions.correctConflictTitle}
    >
      <Text size="sm">
        {last?.createdByName != null && `${campaigns.by(last.createdByName)}. `}
        {actions.correctConflict}
      </Text>
    </Alert>
  )
}
