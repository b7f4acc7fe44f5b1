/** An error: the sentence, the fields, the request ID, and a retry button. */
import { Alert, Button, Code, Group, List, Text } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { ApiProblem } from '../api/problem.ts'
import { useText } from '../text/language.tsx'
import type { Text as Texts } from '../text/text.ts'
import classes from './problem-alert.module.css'
import { ServerText } from './server-text.tsx'

interface Props {
  error: unknown
  title?: string
  onRetry?: () => void
  /** If the way out is another than the same once more. */
  retryLabel?: string | undefined
}

export function ProblemAlert({ error, title, onRetry, retryLabel }: Props) {
  const text = useText()
  const problem = error instanceof ApiProblem ? error : null
  return (
    <Alert
      role="alert"
      color="red"
      variant="outline"
      icon={<IconAlertTriangle aria-hidden />}
      title={title ?? text.problems.title}
    >
      <ProblemSentence error={error} hasFields />
      <Group justify="space-between" mt="xs" gap="xs">
        {problem?.requestId ? (
          <Text size="xs" c="dimmed">
            {text.problems.requestId} <Code>{problem.requestId}</Code>
          </Text>
        ) : (
          <span />
        )}
        {onRetry !== undefined && (
          <Button size="xs" variant="default" onClick={onRetry}>
            {retryLabel ?? text.shell.retry}
          </Button>
        )}
      </Group>
    </Alert>
  )
}

/** English shows the server's sentence. Other languages show their own and fold the server's away. */
export function ProblemSentence({ error, hasFields = false }: { error: unknown; hasFields?: boolean }) {
  const text = useText()
  const problem = error instanceof ApiProblem ? error : null
  const title = problem && text.errorTitle(problem.code)
  const fields = hasFields && problem !== null && problem.fields.length > 1 ? problem.fields : []
  return (
    <>
      {title !== null && (
        <Text size="sm" fw={600}>
          {title}
        </Text>
      )}
      <ServerText isFolded={title !== null}>
        <Text size="sm" className={classes.sentence}>
          {sentenceOf(error, text)}
        </Text>
        {fields.length > 0 && (
          <List size="sm" mt="xs">
            {fields.map(({ field, problem: what }) => (
              <List.Item key={`${field}${what}`}>
                <Code>{field}</Code> {what}
              </List.Item>
            ))}
          </List>
        )}
      </ServerText>
    </>
  )
}

/** A page's code is loaded when the page is opened. Chromium's, Firefox's and Safari's words. */
export function isPartMissing(error: unknown): boolean {
  return (
    error instanceof Error &&
    /dynamically imported module|importing a module script failed|unable to preload css/i.test(error.message)
  )
}

/** The server's sentence, or the console's own if the server sent none. */
function sentenceOf(error: unknown, text: Texts): string {
  if (!(error instanceof ApiProblem)) {
    return isPartMissing(error) ? text.problems.partMissing : text.problems.crashed
  }
  if (error.code === 'unreachable') return text.problems.unreachable
  if (error.code === 'no_answer') return text.problems.noAnswer
  return error.detail ?? text.problems.unexpectedResponse(error.status)
}
