/** Short feedback after an action. */
import { Code, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { ApiProblem } from '../api/problem.ts'
import { useText } from '../text/language.tsx'
import { ProblemSentence } from './problem-alert.tsx'

/** `close`: the label of the close button. */
export function toastDone(message: string, close: string): void {
  notifications.show({
    message,
    color: 'teal',
    withBorder: true,
    role: 'status',
    closeButtonProps: { 'aria-label': close },
  })
}

/** For `onError` of a mutation. Stays until closed, so that it can be read out or quoted. */
export function useFailureToast(): (error: unknown) => void {
  const text = useText()
  return (error) => {
    const id = error instanceof ApiProblem ? error.requestId : null
    notifications.show({
      color: 'red',
      withBorder: true,
      autoClose: false,
      role: 'alert',
      closeButtonProps: { 'aria-label': text.shell.close },
      title: text.problems.title,
      message: (
        <>
          <ProblemSentence error={error} />
          {id !== null && (
            <Text size="xs" c="dimmed" mt={4}>
              {text.problems.requestId} <Code>{id}</Code>
            </Text>
          )}
        </>
      ),
    })
  }
}
