/** The last step: when, and everything that is about to be sent, of one version. The button is in the footer. */
import { Alert, Button, List, Stack, Text } from '@mantine/core'
import { IconClockPlay, IconListCheck, IconSend } from '@tabler/icons-react'
import type { AudienceCount } from '../../api/drafts.ts'
import { TextLink } from '../../components/links.tsx'
import { Panel } from '../../components/panel.tsx'
import { ProblemAlert } from '../../components/problem-alert.tsx'
import { useNow } from '../../components/use-now.ts'
import { useSenders } from '../../components/use-senders.ts'
import { useMay } from '../../components/use-session.ts'
import { draftTexts } from '../../text/draft-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import { AdvancedPanel } from './advanced-panel.tsx'
import { BusyTip } from './busy-tip.tsx'
import editor from './draft-editor.module.css'
import type { StepProps } from './draft-editor.tsx'
import { EditorFooter } from './editor-footer.tsx'
import { HoursPanel } from './hours-panel.tsx'
import { InWords } from './in-words.tsx'
import { clockIn } from './local-time.ts'
import { useErrorOf } from './message-problems.ts'
import { PressLabel } from './press-label.tsx'
import { NotificationPreviews } from './previews/notification-previews.tsx'
import { ReviewFacts } from './review-facts.tsx'
import { SendDialog } from './send-dialog.tsx'
import { ServerWarnings } from './server-warnings.tsx'
import { StepAside } from './step-aside.tsx'
import type { Step } from './steps.ts'
import { TestPanel } from './test-panel.tsx'
import { UnscheduleButton } from './unschedule-button.tsx'
import { useAudienceSize } from './use-audience-size.ts'
import type { Draft } from './use-draft.ts'
import { usePress } from './use-press.ts'
import { WhenPanel } from './when-panel.tsx'

const LOOK_EVERY_MS = 5_000

export function ReviewStep({ draft, wasLeft }: StepProps) {
  const { previews, draftSend: text } = useTextOf(draftTexts)
  const { form, read, change } = draft
  const now = useNow(LOOK_EVERY_MS)
  const { size, isCounting } = useAudienceSize(read.audience.audience)
  const isReady = read.stepsAtFault.length === 0
  const at = read.startsAt?.at ?? null
  const { zone } = form.schedule
  return (
    <>
      <div className={editor.columns}>
        <Stack gap="md" miw={0}>
          <ServerWarnings />
          <WhenPanel draft={draft} wasLeft={wasLeft} />
          <HoursPanel draft={draft} />
          {at === null && form.schedule.when === 'now' && (
            <BusyTip
              at={now}
              zone={zone}
              onTake={(calm) =>
                change({ schedule: { ...form.schedule, when: 'at', ...clockIn(calm, zone) } })
              }
            />
          )}
          {isReady ? (
            <Panel title={text.sendTitle}>
              <Stack gap="md">
                <InWords draft={draft} count={size.data} isCounting={isCounting} />
                <ReviewFacts draft={draft} count={size.data} />
              </Stack>
            </Panel>
          ) : (
            <Missing draft={draft} />
          )}
          {size.isError && isReady && <ProblemAlert error={size.error} onRetry={() => void size.refetch()} />}
          <AdvancedPanel draft={draft} />
          <details className={editor.fold} id="test">
            <summary>{text.testTitle}</summary>
            <div>
              <TestPanel draft={draft} />
            </div>
          </details>
        </Stack>
        <StepAside title={previews.title}>
          <NotificationPreviews
            message={read.message.message}
            isSilent={form.message.kind === 'silent'}
            advertiser={read.rules.rules?.advertiser ?? null}
          />
        </StepAside>
      </div>
      <Send
        draft={draft}
        isPast={at !== null && at <= now}
        isCounting={isCounting}
        count={size.isError ? undefined : size.data}
        hasCount={size.data !== undefined || size.isError}
      />
    </>
  )
}

function Missing({ draft: { read, id } }: { draft: Draft }) {
  const { draft: steps, draftSend: text } = useTextOf(draftTexts)
  const errorOf = useErrorOf(read.message.problems)
  // Why, where it can be said in a line: a field that is empty says so itself.
  const reasonOf = (step: Step) =>
    step === 'message'
      ? errorOf('placeholders')
      : step === 'review' && read.scheduleIsMissing && steps.timeMissing
  return (
    <Alert
      role="status"
      color="slate"
      variant="outline"
      icon={<IconListCheck aria-hidden />}
      title={text.missingTitle}
    >
      <Text size="sm">{text.missing}</Text>
      <List size="sm" mt="xs">
        {read.stepsAtFault.map((step) => (
          <List.Item key={step}>
            <TextLink
              to="/campaigns/new"
              search={{ ...(id !== null && { draft: id }), step }}
              size="sm"
              underline="always"
            >
              {steps.steps[step]}
            </TextLink>
            {reasonOf(step) !== false && ` · ${reasonOf(step)}`}
          </List.Item>
        ))}
      </List>
    </Alert>
  )
}

interface SendProps {
  draft: Draft
  isPast: boolean
  isCounting: boolean
  /** Undefined: they could not be counted, which the server then does. */
  count: AudienceCount | undefined
  hasCount: boolean
}

function Send({ draft, isPast, isCounting, count, hasCount }: SendProps) {
  const { draftSend: text } = useTextOf(draftTexts)
  const { read, saved, isScheduled, isSaved } = draft
  const maySend = useMay('campaigns:send')
  const senders = useSenders()
  const press = usePress(draft, count)
  const isReady =
    read.stepsAtFault.length === 0 &&
    !isPast &&
    !isCounting &&
    hasCount &&
    count?.devices !== 0 &&
    saved.campaign !== null &&
    saved.conflict === null &&
    // What is pressed for is what the server has. A scheduled campaign is changed by the press itself.
    (isScheduled ? !isSaved || !read.isForLater : isSaved)
  return (
    <>
      {press.problem !== null && press.asked === null && (
        <ProblemAlert error={press.problem} title={text.failed} onRetry={press.again} />
      )}
      <EditorFooter step="review" id={draft.id}>
        {!maySend && <Text size="sm">{text.notAllowed(senders)}</Text>}
        {isScheduled && maySend && <UnscheduleButton draft={draft} />}
        {maySend && (
          <Button
            disabled={!isReady}
            loading={press.isPending && press.asked === null}
            leftSection={
              read.isForLater ? <IconClockPlay size={18} aria-hidden /> : <IconSend size={18} aria-hidden />
            }
            onClick={press.start}
          >
            <PressLabel draft={draft} devices={count?.devices ?? null} members={count?.members ?? null} />
          </Button>
        )}
      </EditorFooter>
      <SendDialog draft={draft} press={press} />
    </>
  )
}
