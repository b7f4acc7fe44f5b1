import { Button, Group, Progress, Stack, Text } from '@mantine/core'
import { Panel } from '../../components/panel.tsx'
import { useTextOf } from '../../text/language.tsx'
import { membersTexts } from '../../text/members-texts.ts'
import type { ImportState } from './use-import.ts'

interface Props {
  file: File
  state: Extract<ImportState, { kind: 'checking' | 'running' }>
  onCancel: () => void
}

export function UploadProgress({ file, state: { kind, sent, size }, onCancel }: Props) {
  const { importing: text, format } = useTextOf(membersTexts)
  const isSent = sent >= size
  const title = kind === 'checking' ? text.checking(file.name) : text.uploading(file.name)
  const rest = kind === 'checking' ? text.checkingRest : text.finishing
  return (
    <Panel title={title}>
      <Stack gap="sm">
        <Progress
          value={size === 0 ? 100 : Math.min(100, (sent / size) * 100)}
          size="lg"
          animated={isSent}
          aria-label={title}
        />
        <Group justify="space-between">
          <Text size="sm" className="figure">
            {isSent ? rest : text.sent(format.bytes(sent), format.bytes(size))}
            {!isSent && ` · ${format.percent(sent, size)}`}
          </Text>
          <Button variant="default" onClick={onCancel}>
            {text.cancel}
          </Button>
        </Group>
      </Stack>
    </Panel>
  )
}
