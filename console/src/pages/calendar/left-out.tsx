/** What the calendar does not show, because there is so much of it. */
import { Text } from '@mantine/core'
import type { Calendar } from '../../api/calendar.ts'
import { calendarTexts } from '../../text/calendar-texts.ts'
import { useTextOf } from '../../text/language.tsx'

export function LeftOut({ calendar: { recurringUntil, moreSchedules } }: { calendar: Calendar }) {
  const { calendar: text, format } = useTextOf(calendarTexts)
  if (recurringUntil === null && moreSchedules === 0) return null
  return (
    <Text size="sm" mb="xs" role="note">
      {recurringUntil !== null && text.recurringUntil(format.dateTime(recurringUntil))}{' '}
      {moreSchedules > 0 && text.moreSchedules(moreSchedules)}
    </Text>
  )
}
