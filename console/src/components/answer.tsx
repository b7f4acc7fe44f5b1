/**
 * Shows a query in each of its states: loading, failed, loaded, or loaded but stale. Figures that were loaded once stay
 * on screen, with the time they were read.
 */
import { Alert, Button, Group, Stack } from '@mantine/core'
import { IconClockExclamation } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useText } from '../text/language.tsx'
import { Loading } from './loading.tsx'
import { ProblemAlert, ProblemSentence } from './problem-alert.tsx'

interface Asked<T> {
  data: T | undefined
  error: unknown
  isError: boolean
  dataUpdatedAt: number
  refetch: () => unknown
}

export function Answer<T>({ query, children }: { query: Asked<T>; children: (data: T) => ReactNode }) {
  const text = useText()
  const { data, error, isError, dataUpdatedAt } = query
  const again = () => void query.refetch()
  if (data === undefined) {
    if (!isError) return <Loading />
    return <ProblemAlert error={error} title={text.problems.loadTitle} onRetry={again} />
  }
  return (
    <Stack gap="md">
      {isError && <StaleAlert error={error} since={dataUpdatedAt} onRetry={again} />}
      {children(data)}
    </Stack>
  )
}

function StaleAlert({ error, since, onRetry }: { error: unknown; since: number; onRetry: () => void }) {
  const text = useText()
  return (
    <Alert
      role="status"
      color="yellow"
      variant="outline"
      icon={<IconClockExclamation aria-hidden />}
      title={text.problems.asOf(text.format.clock(new Date(since)))}
    >
      <Group justify="space-between" gap="xs">
        <div>
          <ProblemSentence error={error} />
        </div>
        <Button size="xs" variant="default" onClick={onRetry}>
          {text.shell.retry}
        </Button>
      </Group>
    </Alert>
  )
}
