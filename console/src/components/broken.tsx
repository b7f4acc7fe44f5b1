/** In place of a page that threw: an answer of the server that it could not do without, or a mistake of ours. */
import { Button, Stack } from '@mantine/core'
import { useRouter } from '@tanstack/react-router'
import { ApiProblem } from '../api/problem.ts'
import { useText } from '../text/language.tsx'
import { ProblemAlert } from './problem-alert.tsx'

export function Broken({ error }: { error: unknown }) {
  const text = useText()
  const router = useRouter()
  const isOurs = !(error instanceof ApiProblem)
  return (
    <Stack p="md" maw="40rem" mx="auto" component="main" id="content">
      <ProblemAlert
        error={error}
        title={isOurs ? text.problems.crashedTitle : text.problems.loadTitle}
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
