/** Whether the draft is saved, and what prevents it. */
import { Group, Loader, Text } from '@mantine/core'
import { IconCloudCheck, IconCloudOff, IconCloudUp, IconDeviceFloppy } from '@tabler/icons-react'
import { ApiProblem } from '../../api/problem.ts'
import { ProblemAlert } from '../../components/problem-alert.tsx'
import { draftTexts } from '../../text/draft-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import type { Draft } from './use-draft.ts'

export function SaveStatus({ draft }: { draft: Draft }) {
  const { draft: text } = useTextOf(draftTexts)
  const { saved, id, isSaved, isUnchecked, isScheduled } = draft
  const [icon, words] = (() => {
    if (isScheduled) {
      const icon = <IconDeviceFloppy key="i" size={16} aria-hidden />
      return [icon, isSaved ? text.saved.scheduled : text.saved.scheduledChanged]
    }
    if (saved.isSaving) return [<Loader key="i" size={14} aria-hidden />, text.saved.saving]
    if (saved.error !== null || saved.conflict !== null) {
      return [<IconCloudOff key="i" size={16} aria-hidden />, text.saved.failed]
    }
    if (!isSaved) return [<Loader key="i" size={14} aria-hidden />, text.saved.unsaved]
    if (id === null) return [<IconCloudUp key="i" size={16} aria-hidden />, text.saved.new]
    if (isUnchecked) return [<IconCloudOff key="i" size={16} aria-hidden />, text.saved.unchecked]
    return [<IconCloudCheck key="i" size={16} aria-hidden />, text.saved.saved]
  })()
  return (
    <Group gap={6} c="dimmed" wrap="nowrap" role="status">
      {icon}
      <Text size="sm">{words}</Text>
    </Group>
  )
}

export function SaveProblem({ draft }: { draft: Draft }) {
  const { draft: text } = useTextOf(draftTexts)
  const { error, conflict } = draft.saved
  // A conflict has its own dialog.
  if (error === null || conflict !== null) return null
  const isSignedOut = error instanceof ApiProblem && error.status === 401
  const isGone = error instanceof ApiProblem && error.status === 404
  return (
    <ProblemAlert
      error={error}
      title={isGone ? text.saved.gone : isSignedOut ? text.saved.signedOut : text.saved.failedTitle}
      retryLabel={isGone ? text.saved.startAnew : undefined}
      onRetry={isGone ? draft.startAnew : () => void draft.save().catch(() => {})}
    />
  )
}
