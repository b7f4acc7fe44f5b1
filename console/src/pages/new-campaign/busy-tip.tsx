/** Tells that a start now falls into a busy minute, and offers a quieter one. Advice, not a warning. */
import { busyMark, calmFrom } from '../../../../src/domain/busy-minutes.ts'
import { StartConflicts } from '../../components/start-conflicts.tsx'
import { draftTexts } from '../../text/draft-texts.ts'
import { useTextOf } from '../../text/language.tsx'

interface Props {
  at: Date
  zone: string
  onTake: (at: Date) => void
}

export function BusyTip({ at, zone, onTake }: Props) {
  const { conflicts: text, format } = useTextOf(draftTexts)
  const mark = busyMark(at)
  if (mark === null) return null
  const conflicts = [{ kind: 'round_time' as const, with: [], count: 0, mark: mark.toISOString(), cap: null }]
  return (
    <div role="status">
      <StartConflicts
        judged={{ conflicts, suggestedAt: calmFrom(at).toISOString() }}
        text={text}
        clockOf={(time) => format.timeOfDay(time, zone)}
        onTake={onTake}
      />
    </div>
  )
}
