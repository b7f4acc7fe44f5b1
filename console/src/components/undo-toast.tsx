/** What was done, with a button that takes it back as long as the toast is there. */
import { Button, Group, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'

interface Undoable {
  message: string
  undo: string
  /** The label of the close button. */
  close: string
  seconds: number
  onUndo: () => unknown
}

export function toastUndo({ message, undo, close, seconds, onUndo }: Undoable): void {
  const id = crypto.randomUUID()
  notifications.show({
    id,
    autoClose: seconds * 1_000,
    color: 'slate',
    withBorder: true,
    role: 'status',
    closeButtonProps: { 'aria-label': close },
    message: (
      <Group justify="space-between" gap="xs">
        <Text size="sm" lineClamp={5} dir="auto">
          {message}
        </Text>
        <Button
          size="compact-sm"
          variant="default"
          flex="none"
          onClick={() => {
            notifications.hide(id)
            onUndo()
          }}
        >
          {undo}
        </Button>
      </Group>
    ),
  })
}
