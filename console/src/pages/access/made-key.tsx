/** The secret of a key, shown once. */
import { Alert, Button, Code, CopyButton, Group, Stack, Text } from '@mantine/core'
import { IconCheck, IconCopy, IconKey } from '@tabler/icons-react'
import { accessTexts } from '../../text/access-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import classes from './access.module.css'

export function MadeKey({ secret, onClose }: { secret: string; onClose: () => void }) {
  const { access: text } = useTextOf(accessTexts)
  return (
    <Stack gap="md">
      <Alert color="yellow" variant="outline" role="status" icon={<IconKey aria-hidden />}>
        {text.keyCreated}
      </Alert>
      <Code block className={classes.key}>
        {secret}
      </Code>
      <Group justify="space-between">
        <CopyButton value={secret}>
          {({ copied, copy }) => (
            <Button
              variant="default"
              leftSection={copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />}
              onClick={copy}
            >
              <Text span aria-live="polite" size="sm" fw={600}>
                {copied ? text.copied : text.copy}
              </Text>
            </Button>
          )}
        </CopyButton>
        <Button onClick={onClose}>{text.done}</Button>
      </Group>
    </Stack>
  )
}
