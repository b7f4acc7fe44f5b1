/** How much of FCM's limit of 4096 bytes the message uses. */
import { Box, Group, Progress, Text } from '@mantine/core'
import { MESSAGE_LIMIT_BYTES } from '../../../../src/domain/message-size.ts'
import { draftTexts } from '../../text/draft-texts.ts'
import { useTextOf } from '../../text/language.tsx'

const NEARLY = 0.85

export function ByteCounter({ bytes }: { bytes: number }) {
  const { draft: text } = useTextOf(draftTexts)
  const left = MESSAGE_LIMIT_BYTES - bytes
  const share = bytes / MESSAGE_LIMIT_BYTES
  const color = left < 0 ? 'var(--failed)' : share > NEARLY ? 'var(--in-doubt)' : 'var(--sent)'
  return (
    <Box>
      <Group justify="space-between" gap="xs" mb={4}>
        <Text size="sm" className="figure">
          {text.bytes(bytes, MESSAGE_LIMIT_BYTES)}
        </Text>
        {left >= 0 && (
          <Text size="sm" c="dimmed" className="figure">
            {text.bytesLeft(left)}
          </Text>
        )}
      </Group>
      <Progress
        value={Math.min(100, share * 100)}
        color={color}
        size="sm"
        aria-label={text.bytes(bytes, MESSAGE_LIMIT_BYTES)}
      />
      {left < 0 ? (
        <Text size="sm" c="var(--mantine-color-error)" mt={4} role="alert">
          {text.bytesOver(-left)}
        </Text>
      ) : (
        <Text size="xs" c="dimmed" mt={4}>
          {text.bytesHint}
        </Text>
      )}
    </Box>
  )
}
