/** Who else has this campaign open. */
import { Group, Text } from '@mantine/core'
import { IconEye, IconPencil } from '@tabler/icons-react'
import { usePresence } from '../api/presence.ts'
import { useTextOf } from '../text/language.tsx'
import { presenceTexts } from '../text/presence-texts.ts'

/** `isEditing`: whether this window can change it. */
export function PresenceLine({ id, isEditing }: { id: string | null; isEditing: boolean }) {
  const { presence: text } = useTextOf(presenceTexts)
  const others = usePresence(id, isEditing)
  const named = [
    ...new Set(others.filter((other) => !other.isYou && other.isEditing).map(({ name }) => name)),
  ]
  const looking = [
    ...new Set(others.filter((other) => !other.isYou && !other.isEditing).map(({ name }) => name)),
  ]
  const lines = [
    ...(named.length > 0 ? [text.editing(named)] : []),
    ...(looking.length > 0 ? [text.viewing(looking)] : []),
    ...(others.some(({ isYou }) => isYou) ? [text.yourself] : []),
  ]
  if (lines.length === 0) return null
  return (
    <Group gap={6} wrap="nowrap" align="flex-start" role="status" mb="sm">
      {named.length > 0 ? <IconPencil size={16} aria-hidden /> : <IconEye size={16} aria-hidden />}
      <Text size="sm">{lines.join(' ')}</Text>
    </Group>
  )
}
