/** What is not saved is not left without a question: neither by a link or the browser, nor because the session has ended. */
import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { type ShouldBlockFn, useBlocker } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { unsavedWork } from '../api/query-client.ts'
import { useText } from '../text/language.tsx'

interface Props {
  isUnsaved: () => boolean
  /** Whether to ask at this way out; left out: if something is unsaved. */
  shouldAsk?: ShouldBlockFn
  words: string
}

export function LeaveGuard({ isUnsaved, shouldAsk, words }: Props) {
  const { shell: text } = useText()
  const now = useRef(isUnsaved)
  now.current = isUnsaved
  useEffect(() => {
    const ask = () => now.current()
    unsavedWork.add(ask)
    return () => void unsavedWork.delete(ask)
  }, [])
  const blocker = useBlocker({
    shouldBlockFn: shouldAsk ?? (() => now.current()),
    enableBeforeUnload: () => now.current(),
    withResolver: true,
  })
  return (
    <Modal
      opened={blocker.status === 'blocked'}
      onClose={() => blocker.reset?.()}
      withCloseButton={false}
      title={text.leaveTitle}
      centered
    >
      <Stack gap="md">
        <Text size="sm">{words}</Text>
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={() => blocker.proceed?.()}>
            {text.leaveAnyway}
          </Button>
          <Button onClick={() => blocker.reset?.()} data-autofocus>
            {text.stay}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
