/** Texts of the calendar, loaded with it. */
import { calendarText } from './en/calendar.ts'
import { conflictsText } from './en/conflicts.ts'
import { calendarText as calendarKo } from './ko/calendar.ts'
import { conflictsText as conflictsKo } from './ko/conflicts.ts'
import type { WithTexts } from './text.ts'

export const calendarTexts = {
  en: { calendar: calendarText, conflicts: conflictsText },
  ko: { calendar: calendarKo, conflicts: conflictsKo },
}
export type CalendarTexts = WithTexts<typeof calendarTexts>
