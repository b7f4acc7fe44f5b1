/** Texts of the pages of schedules, loaded with them. */
import { campaignTexts } from './campaign-texts.ts'
import { schedulesText } from './en/schedules.ts'
import { schedulesText as schedulesKo } from './ko/schedules.ts'
import type { WithTexts } from './text.ts'

export const scheduleTexts = {
  en: { ...campaignTexts.en, schedules: schedulesText },
  ko: { ...campaignTexts.ko, schedules: schedulesKo },
}
export type ScheduleTexts = WithTexts<typeof scheduleTexts>
