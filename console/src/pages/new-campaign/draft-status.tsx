/** Whether the draft is saved, and what prevents it. */
import { Alert, Button, Group, Loader, Text } from '@mantine/core'
import {
  IconAlertTriangle,
  IconCloudCheck,
  IconCloudOff,
  IconDeviceFloppy,
  IconGitMerge,
} from '@tabler/icons-react'
import type { CampaignReply } from '../../../../src/api/campaigns/campaign-schemas.ts'
import { ApiProblem } from '../../api/problem.ts'
import { ProblemAlert } from '../../components/problem-alert.tsx'
import { draftTexts } from '../../text/draft-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import type { Draft } from './use-draft.ts'

export function SaveStatus({ draft }: { draft: Draft }) {
  const { draft: text } = useTextOf(draftTexts)
  const { saved, isSaved, isScheduled, read } = draft
  const [icon, words] = (() => {
    if (isScheduled) return [<IconDeviceFloppy key="i" size={16} aria-hidden />, text.saved.scheduled]
    if (saved.isSaving) return [<Loader key="i" size={14} aria-hidden />, text.saved.saving]
    if (saved.error !== null || saved.conflict !== null) {
      return [<IconCloudOff key="i" size={16} aria-hidden />, text.saved.failed]
    }
    if (isSaved) return [<IconCloudCheck key="i" size={16} aria-hidden />, text.saved.saved]
    if (read.body !== null) return [<Loader key="i" size={14} aria-hidden />, text.saved.unsaved]
    const words = saved.id === null ? text.saved.new : text.saved.incomplete
    return [<IconDeviceFloppy key="i" size={16} aria-hidden />, words]
  })()
  return (
    <Group gap={6} c="dimmed" wrap="nowrap" role="status">
      {icon}
      <Text size="sm">{words}</Text>
    </Group>
  )
}

export function SaveProblem({ draft }: { draft: Draft }) {
  const { error, conflict } = draft.saved
  const { body } = draft.read
  // A conflict has its own alert, and an ended session leads to the sign-in page.
  if (error === null || conflict !== null || (error instanceof ApiProblem && error.status === 401))
    return null
  return (
    <ProblemAlert
      error={error}
      {...(body !== null && { onRetry: () => void draft.save(body).catch(() => {}) })}
    />
  )
}

export function ConflictAlert({
  theirs,
  onTake,
  onKeep,
}: {
  theirs: CampaignReply
  onTake: () => void
  onKeep: () => void
}) {
  const { draft: text, format } = useTextOf(draftTexts)
  return (
    <Alert
      role="alert"
      color="yellow"
      variant="outline"
      icon={<IconGitMerge aria-hidden />}
      title={text.conflictTitle}
    >
      <Text size="sm">{text.conflict(theirs.name, format.exactTime(theirs.updatedAt))}</Text>
      <Group gap="xs" mt="sm">
        <Button size="xs" variant="default" onClick={onTake}>
          {text.loadTheirs}
        </Button>
        <Button size="xs" variant="default" onClick={onKeep}>
          {text.keepMine}
        </Button>
      </Group>
    </Alert>
  )
}

export function RestoredAlert({ onDrop }: { onDrop: () => void }) {
  const { draft: text } = useTextOf(draftTexts)
  return (
    <Alert role="status" color="slate" variant="outline" icon={<IconAlertTriangle aria-hidden />} p="xs">
      <Group justify="space-between" gap="xs">
        <Text size="sm">{text.restored}</Text>
        <Button size="xs" variant="default" onClick={onDrop}>
          {text.discard}
        </Button>
      </Group>
    </Alert>
  )
}
