/** The last step: the summary and the button that sends or schedules. */
import { Alert, Button, List, Stack, Text } from '@mantine/core'
import { IconClockPlay, IconListCheck, IconSend } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { sendApi } from '../../api/drafts.ts'
import { keys } from '../../api/query-keys.ts'
import { TextLink } from '../../components/links.tsx'
import { Panel } from '../../components/panel.tsx'
import { ProblemAlert } from '../../components/problem-alert.tsx'
import { useMay } from '../../components/use-session.ts'
import { draftTexts } from '../../text/draft-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import { BusyAlert } from './busy-alert.tsx'
import type { StepProps } from './draft-editor.tsx'
import { nameOf } from './draft-form.ts'
import { InWords } from './in-words.tsx'
import { putOnItsWay } from './put-on-its-way.ts'
import { ServerWarnings } from './server-warnings.tsx'
import { isConfirmed, SizeConfirmation } from './size-confirmation.tsx'
import { useAudienceSize } from './use-audience-size.ts'
import type { Draft } from './use-draft.ts'
import { useNow } from './use-now.ts'
import { Ways } from './ways.tsx'
import { clockIn } from './zoned-time.ts'

const LOOK_EVERY_MS = 5_000

export function SendStep({ draft }: StepProps) {
  if (draft.read.stepsAtFault.length > 0) return <Missing draft={draft} />
  return <Ready draft={draft} />
}

function Missing({ draft: { read, saved } }: { draft: Draft }) {
  const { draft: steps, draftSend: text } = useTextOf(draftTexts)
  return (
    <Stack gap="md">
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
                search={{ ...(saved.id !== null && { draft: saved.id }), step }}
                size="sm"
              >
                {steps.steps[step]}
              </TextLink>
            </List.Item>
          ))}
        </List>
      </Alert>
      <Ways step="send" id={saved.id} />
    </Stack>
  )
}

function Ready({ draft }: { draft: Draft }) {
  const { draft: steps, draftSend: text } = useTextOf(draftTexts)
  const { form, read, saved, change } = draft
  const { size, isCounting } = useAudienceSize(read.audience.audience)
  const now = useNow(LOOK_EVERY_MS)
  const [typed, setTyped] = useState('')
  const press = usePress(draft)
  const maySend = useMay('campaigns:send')

  const at = read.startsAt?.at ?? null
  const isPast = at !== null && at <= now
  const { zone } = form.schedule
  const devices = size.isError ? null : (size.data?.devices ?? null)
  const name = nameOf(form)
  const isReady =
    maySend &&
    !isPast &&
    !isCounting &&
    devices !== 0 &&
    (devices !== null || size.isError) &&
    saved.conflict === null &&
    isConfirmed(typed, devices, name)
  return (
    <Stack gap="md">
      <Panel title={text.sendTitle}>
        <InWords draft={draft} count={size.data} isCounting={isCounting} />
      </Panel>
      {size.isError && <ProblemAlert error={size.error} onRetry={() => void size.refetch()} />}
      <ServerWarnings />
      {isPast ? (
        <Text size="sm" c="var(--mantine-color-error)" role="alert">
          {steps.timePast}
        </Text>
      ) : (
        <BusyAlert
          at={at ?? now}
          zone={zone}
          onTake={(calm) => change({ schedule: { when: 'at', zone, ...clockIn(calm, zone) } })}
        />
      )}
      {(devices !== null || size.isError) && (
        <SizeConfirmation devices={devices} name={name} typed={typed} onType={setTyped} />
      )}
      {press.isError && (
        <ProblemAlert error={press.error} title={text.failed} onRetry={() => press.mutate(at)} />
      )}
      {!maySend && <Text size="sm">{text.notAllowed}</Text>}
      <Ways step="send" id={saved.id}>
        <Button
          size="md"
          disabled={!isReady}
          loading={press.isPending}
          leftSection={
            at === null ? <IconSend size={18} aria-hidden /> : <IconClockPlay size={18} aria-hidden />
          }
          onClick={() => press.mutate(at)}
        >
          <PressLabel draft={draft} devices={devices} />
        </Button>
      </Ways>
    </Stack>
  )
}

function PressLabel({
  draft: { form, read, isScheduled },
  devices,
}: {
  draft: Draft
  devices: number | null
}) {
  const { draftSend: text, format } = useTextOf(draftTexts)
  if (read.startsAt !== null) {
    return isScheduled
      ? text.reschedule
      : text.schedule(format.dateTime(read.startsAt.at, form.schedule.zone))
  }
  return devices === null ? text.sendUncounted : text.sendNow(text.devices(devices))
}

function usePress(draft: Draft) {
  const { read, isScheduled, isSaved } = draft
  const navigate = useNavigate()
  const client = useQueryClient()
  // One key for this page: however often the button is clicked, it is sent once.
  const [idempotencyKey] = useState(() => crypto.randomUUID())
  return useMutation({
    mutationFn: async (at: Date | null) => {
      const { body } = read
      if (body === null) throw new Error('a draft that cannot be saved cannot be sent')
      const { id, etag } = isScheduled || isSaved ? draft.saved : await draft.save(body)
      if (id === null) throw new Error('the draft has no id after it was saved')
      const isStored = !isScheduled || isSaved
      return await putOnItsWay(sendApi, { id, etag, body, isSaved: isStored, at, idempotencyKey })
    },
    onSuccess: async ({ id }) => {
      draft.forget()
      await client.invalidateQueries({ queryKey: keys.campaigns })
      await navigate({ to: '/campaigns/$id', params: { id } })
    },
  })
}
