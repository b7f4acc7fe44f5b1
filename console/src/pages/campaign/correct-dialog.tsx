/**
 * Corrects the message of a paused campaign: the one before and the new one side by side. What somebody else has corrected
 * meanwhile is shown before anything is overwritten, and what the user has typed is kept.
 */
import { Alert, Button, Group, Stack, Text } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useId, useState } from 'react'
import type { CampaignMessage } from '../../../../src/domain/message.ts'
import type { Campaign } from '../../api/campaigns.ts'
import { messagesQuery, readSeen, type SeenCampaign } from '../../api/messages.ts'
import { isConflict } from '../../api/problem.ts'
import { FcmSaid } from '../../components/fcm-said.tsx'
import { LeaveGuard } from '../../components/leave-guard.tsx'
import { Loading } from '../../components/loading.tsx'
import { ProblemAlert } from '../../components/problem-alert.tsx'
import { WritingDialog } from '../../components/writing-dialog.tsx'
import { campaignTexts } from '../../text/campaign-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import { type MessageForm, messageFormOf, readMessage } from '../new-campaign/message-form.ts'
import classes from './correct-dialog.module.css'
import { MessageEditor } from './message-editor.tsx'
import { MessageView } from './message-view.tsx'

interface Props {
  campaign: Campaign
  /** What FCM said of the message, if it refused it. */
  said: string | null
  onClose: () => void
  /** Rejects with the problem. `etag`: what the user has seen. */
  save: (message: CampaignMessage, etag: string | null) => Promise<void>
}

export function CorrectDialog({ campaign, said, onClose, save }: Props) {
  const { campaignActions: text } = useTextOf(campaignTexts)
  // Read anew: the page's copy has no ETag, and somebody may just have corrected it.
  const opened = useQuery({
    queryKey: ['correct', campaign.id, useId()],
    queryFn: () => readSeen(campaign.id),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  })
  const [isTyped, setTyped] = useState(false)
  return (
    <WritingDialog title={text.correctTitle} size="70rem" isTyped={isTyped} onClose={onClose}>
      {opened.error !== null && <ProblemAlert error={opened.error} onRetry={() => void opened.refetch()} />}
      {opened.isPending && <Loading />}
      {opened.data !== undefined && (
        <Correction
          seen={opened.data}
          said={said}
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
    </WritingDialog>
  )
}

type CorrectionProps = Pick<Props, 'said' | 'onClose' | 'save'> & {
  seen: SeenCampaign
  onType: () => void
}

function Correction({ seen, said, onClose, onType, save }: CorrectionProps) {
  const { campaignActions: actions } = useTextOf(campaignTexts)
  // The one to compare with: replaced when somebody else was faster.
  const [base, setBase] = useState(seen)
  // Whether the last conflict was about the text; otherwise it is said that the button has to be pressed again.
  const [isNews, setNews] = useState(false)
  const [form, setForm] = useState<MessageForm>(() => messageFormOf(seen.campaign.message ?? {}))
  const read = readMessage(form)
  const { message, problems } = read
  const isSame =
    JSON.stringify(message) ===
    JSON.stringify(readMessage(messageFormOf(base.campaign.message ?? {})).message)
  const hasMoved = base.campaign.messageVersion !== seen.campaign.messageVersion
  const saving = useMutation({
    mutationFn: () => save(message, base.etag),
    onSuccess: onClose,
    onError: async (error) => {
      if (isConflict(error)) {
        const now = await readSeen(base.campaign.id)
        setNews(now.campaign.messageVersion !== base.campaign.messageVersion)
        setBase(now)
      }
    },
  })

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (!isSame && problems.length === 0) saving.mutate()
      }}
    >
      <LeaveGuard isUnsaved={() => !isSame && !saving.isSuccess} words={actions.correctLeave} />
      <Stack gap="md">
        {said !== null && <FcmSaid words={said} />}
        <div className={classes.two}>
          <section aria-label={actions.correctBefore}>
            <Text component="h3" fw={650} mb="xs">
              {actions.correctBefore}
            </Text>
            <MessageView message={base.campaign.message ?? {}} />
          </section>
          <section aria-label={actions.correctAfter}>
            <Text component="h3" fw={650} mb="xs">
              {actions.correctAfter}
            </Text>
            <MessageEditor
              form={form}
              read={read}
              onChange={(next) => {
                setForm(next)
                onType()
              }}
            />
          </section>
        </div>
        {/* What came of the button stands beside it: the form is longer than most windows. */}
        <Stack gap="xs" className={classes.foot}>
          {hasMoved && <Moved base={base.campaign} />}
          {saving.error !== null && !(isNews && isConflict(saving.error)) && (
            <ProblemAlert error={saving.error} />
          )}
          <Group justify="flex-end" gap="xs">
            <Text size="sm" c="dimmed" className={classes.hint}>
              {isSame ? actions.correctNothingYet : actions.correctHint}
            </Text>
            <Button variant="default" onClick={onClose}>
              {actions.dismiss}
            </Button>
            <Button type="submit" loading={saving.isPending} disabled={isSame || problems.length > 0}>
              {actions.correctConfirm}
            </Button>
          </Group>
        </Stack>
      </Stack>
    </form>
  )
}

/** What the other one has changed is in the column of the message before. */
function Moved({ base }: { base: Campaign }) {
  const { campaignActions: actions, campaigns } = useTextOf(campaignTexts)
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
