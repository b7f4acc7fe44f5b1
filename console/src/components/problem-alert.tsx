/** An error as a person can use it: the server's sentence, the fields, the id to quote, and a way to try again. */
import { Alert, Button, Code, Group, List, Text } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { ApiProblem } from '../api/problem.ts'
import { useText } from '../text/language.tsx'
import type { Text as Texts } from '../text/text.ts'

interface Props {
  error: unknown
  title?: string
  onRetry?: () => void
}

export function ProblemAlert({ error, title, onRetry }: Props) {
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
      <Text size="sm">{problemSentence(error, text)}</Text>
      {problem !== null && problem.fields.length > 1 && (
        <List size="sm" mt="xs">
          {problem.fields.map(({ field, problem: what }) => (
            <List.Item key={`${field}${what}`}>
              <Code>{field}</Code> {what}
            </List.Item>
          ))}
        </List>
      )}
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
            {text.shell.retry}
          </Button>
        )}
      </Group>
    </Alert>
  )
}

/** The server's sentence, or ours where it could not say one. */
export function problemSentence(error: unknown, text: Texts): string {
  if (!(error instanceof ApiProblem)) return text.problems.crashed
  if (error.isUnreachable) return text.problems.unreachable
  return error.detail ?? text.problems.notAProblem(error.status)
}
