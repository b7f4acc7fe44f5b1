/** Texts of the activity page, loaded with it. */
import { activityText } from './en/activity.ts'
import { activityText as activityKo } from './ko/activity.ts'

export const activityTexts = { en: { activity: activityText }, ko: { activity: activityKo } }
