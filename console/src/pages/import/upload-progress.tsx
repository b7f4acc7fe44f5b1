import { Button, Group, Progress, Stack, Text } from '@mantine/core'
import { Panel } from '../../components/panel.tsx'
import { useTextOf } from '../../text/language.tsx'
import { membersTexts } from '../../text/members-texts.ts'

interface Props {
  file: File
  sent: number
  onCancel: () => void
}

export function UploadProgress({ file, sent, onCancel }: Props) {
  const { importing: text, format } = useTextOf(membersTexts)
  const isSent = sent >= file.size
  const words = isSent ? text.finishing : text.sent(format.bytes(sent), format.bytes(file.size))
  return (
    <Panel title={text.uploading(file.name)}>
      <Stack gap="sm">
        <Progress
          value={file.size === 0 ? 100 : Math.min(100, (sent / file.size) * 100)}
          size="lg"
          animated={isSent}
          aria-label={text.uploading(file.name)}
        />
        <Group justify="space-between">
          <Text size="sm" className="figure">
            {words}
            {!isSent && ` · ${format.percent(sent, file.size)}`}
          </Text>
          <Button variant="default" onClick={onCancel}>
            {text.cancel}
          </Button>
        </Group>
      </Stack>
    </Panel>
  )
}
