/** Asks before a running import is left: leaving stops it half way, and nobody would see its result. */
import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useBlocker } from '@tanstack/react-router'
import { useTextOf } from '../../text/language.tsx'
import { membersTexts } from '../../text/members-texts.ts'

export function LeaveDialog({ isRunning }: { isRunning: boolean }) {
  const { importing: text, shell } = useTextOf(membersTexts)
  const { status, proceed, reset } = useBlocker({
    shouldBlockFn: () => isRunning,
    enableBeforeUnload: () => isRunning,
    withResolver: true,
  })
  // Over by now: there is nothing to stop any more.
  const stay = () => reset?.()
  return (
    <Modal
      opened={status === 'blocked' && isRunning}
      onClose={stay}
      title={text.leaveTitle}
      closeButtonProps={{ 'aria-label': shell.close }}
    >
      <Stack gap="md">
        <Text size="sm">{text.leave}</Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={stay} data-autofocus>
            {text.leaveStay}
          </Button>
          <Button color="red" onClick={() => proceed?.()}>
            {text.leaveConfirm}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
