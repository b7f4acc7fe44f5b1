/** Tells that the start falls into a busy minute, and offers a quieter one. Advice, not a warning. */
import { Button, Text } from '@mantine/core'
import { busyMark, calmFrom } from '../../../../src/domain/busy-minutes.ts'
import { draftTexts } from '../../text/draft-texts.ts'
import { useTextOf } from '../../text/language.tsx'

interface Props {
  at: Date
  zone: string
  onTake: (at: Date) => void
}

export function BusyTip({ at, zone, onTake }: Props) {
  const { draft: text, format } = useTextOf(draftTexts)
  const mark = busyMark(at)
  if (mark === null) return null
  const calm = calmFrom(at)
  return (
    <Text size="sm" c="dimmed" role="status" component="div">
      {text.busyTimeTitle(format.timeOfDay(mark, zone))} {text.busyTime}{' '}
      <Button size="compact-sm" variant="subtle" color="gray" onClick={() => onTake(calm)}>
        {text.switchTime(format.timeOfDay(calm, zone))}
      </Button>
    </Text>
  )
}
