/** Warns if the start falls into a busy minute, and offers a quieter one. */
import { Alert, Button, Text } from '@mantine/core'
import { IconTrafficCone } from '@tabler/icons-react'
import { draftTexts } from '../../text/draft-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import { busyMark, calmTime } from './busy-minutes.ts'

interface Props {
  at: Date
  zone: string
  onTake: (at: Date) => void
}

export function BusyAlert({ at, zone, onTake }: Props) {
  const { draft: text, format } = useTextOf(draftTexts)
  const mark = busyMark(at)
  if (mark === null) return null
  const calm = calmTime(mark)
  return (
    <Alert
      color="yellow"
      variant="outline"
      role="status"
      icon={<IconTrafficCone aria-hidden />}
      title={text.busyTimeTitle(format.timeOfDay(mark, zone))}
    >
      <Text size="sm">{text.busyTime}</Text>
      <Button size="xs" variant="default" mt="sm" onClick={() => onTake(calm)}>
        {text.switchTime(format.timeOfDay(calm, zone))}
      </Button>
    </Alert>
  )
}
