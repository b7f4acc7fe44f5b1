/** What stands against the time of a start, in words. Hints: nothing here is red, and nothing has to be done. */
import { Button } from '@mantine/core'
import { IconClockExclamation } from '@tabler/icons-react'
import type { Judged } from '../api/calendar.ts'
import type { conflictsText } from '../text/en/conflicts.ts'
import classes from './start-conflicts.module.css'

interface Props {
  judged: Judged
  text: typeof conflictsText
  /** A time of day, in the zone that the time around it is shown in. */
  clockOf: (at: string) => string
  /** In a list of many: without why. */
  isBrief?: boolean
  /** With a button that takes the suggested time. */
  onTake?: (at: Date) => void
}

export function StartConflicts({ judged, text, clockOf, isBrief = false, onTake }: Props) {
  const { conflicts, suggestedAt } = judged
  if (conflicts.length === 0) return null
  return (
    <div className={classes.lines}>
      {conflicts.map((conflict) => (
        <div key={conflict.kind} className={classes.line}>
          <IconClockExclamation size={14} aria-hidden />
          <span className={classes.said}>{conflictSaid(conflict, text, clockOf, isBrief)}</span>
        </div>
      ))}
      {suggestedAt !== null && (
        <div className={classes.suggested}>
          {onTake === undefined ? (
            text.suggested(clockOf(suggestedAt))
          ) : (
            <Button
              size="compact-sm"
              variant="subtle"
              color="gray"
              onClick={() => onTake(new Date(suggestedAt))}
            >
              {text.take(clockOf(suggestedAt))}
            </Button>
          )}
        </div>
      )}
    </div>
  )
}

export function conflictSaid(
  { kind, with: others, count, mark, cap }: Judged['conflicts'][number],
  text: typeof conflictsText,
  clockOf: Props['clockOf'] = (at) => at,
  isBrief = false,
): string {
  const names = others.map(({ name }) => name)
  switch (kind) {
    case 'same_quarter':
      return text.sameQuarter(names, count - others.length)
    case 'round_time': {
      const time = mark === null ? '' : clockOf(mark)
      return isBrief ? text.roundTimeBrief(time) : text.roundTime(time)
    }
    case 'cap':
      return cap === null ? '' : text.cap(cap, names, count - others.length)
  }
}
