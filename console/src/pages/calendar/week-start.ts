/**
 * With which day a week begins: as it does where the reader's language is spoken. Korea begins with Sunday, Britain with
 * Monday, the United States with Sunday. Of English without a country nobody knows; then it is Monday, as in ISO 8601. Pure.
 */
import type { Weekday } from './calendar-days.ts'

/** Older browsers do not know. */
const USUAL: Record<string, Weekday> = { ko: 7 }

type Known = Intl.Locale & {
  getWeekInfo?: () => { firstDay: number }
  weekInfo?: { firstDay: number }
}

/** `wanted`: the languages of the reader, the dearest first. */
export function weekStartOf(language: string, wanted: readonly string[]): Weekday {
  const tag = wanted.find((each) => each.split('-')[0]?.toLowerCase() === language) ?? language
  const usual = USUAL[language] ?? 1
  try {
    const locale: Known = new Intl.Locale(tag)
    if (locale.region === undefined && USUAL[language] === undefined) return usual
    const { firstDay } = locale.getWeekInfo?.() ?? locale.weekInfo ?? { firstDay: usual }
    return firstDay >= 1 && firstDay <= 7 ? (firstDay as Weekday) : usual
  } catch {
    return usual
  }
}
