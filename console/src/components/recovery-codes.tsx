/** The recovery codes, shown once. */
import { Alert, Button, Code, CopyButton, Group, Stack, Text } from '@mantine/core'
import { IconCheck, IconCopy, IconKey } from '@tabler/icons-react'
import { accountTexts } from '../text/account-texts.ts'
import { useTextOf } from '../text/language.tsx'

export function RecoveryCodes({ codes, onClose }: { codes: string[]; onClose: () => void }) {
  const { account: text } = useTextOf(accountTexts)
  const lines = codes.join('\n')
  return (
    <Stack gap="md">
      <Alert color="yellow" variant="outline" role="status" icon={<IconKey aria-hidden />}>
        {text.recoveryHint}
      </Alert>
      <Code block>{lines}</Code>
      <Group justify="space-between">
        <CopyButton value={lines}>
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
        <Button onClick={onClose}>{text.saved}</Button>
      </Group>
    </Stack>
  )
}
