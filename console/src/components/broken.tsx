/** Replaces a page that threw, because of a failed request or a bug in the console. */
import { Box, Button, Stack } from '@mantine/core'
import { useRouter } from '@tanstack/react-router'
import { ApiProblem } from '../api/problem.ts'
import { useText } from '../text/language.tsx'
import { isPartMissing, ProblemAlert } from './problem-alert.tsx'

export function Broken({ error }: { error: unknown }) {
  const text = useText()
  const router = useRouter()
  const isOurs = !(error instanceof ApiProblem)
  const ours = isPartMissing(error) ? text.problems.partMissingTitle : text.problems.crashedTitle
  return (
    <Stack maw="40rem" mx="auto">
      <ProblemAlert
        error={error}
        title={isOurs ? ours : text.problems.loadTitle}
        {...(!isOurs && { onRetry: () => void router.invalidate() })}
      />
      {isOurs && (
        <Button variant="default" onClick={() => location.reload()}>
          {text.problems.reload}
        </Button>
      )}
    </Stack>
  )
}

/** Without the shell, which needs a session: reading the session failed. */
export function BrokenAlone({ error }: { error: unknown }) {
  return (
    <Box component="main" p="md" pt="xl">
      <Broken error={error} />
    </Box>
  )
}
