/** What stands against the time of a start: hints, never warnings. */
import { format } from './format.ts'

export const conflictsText = {
  /** `others`: how many more than those that are named. */
  sameQuarter: (names: readonly string[], others: number) =>
    `Within 15 minutes of ${new Intl.ListFormat('en').format([
      ...names.map((name) => `“${name}”`),
      ...(others > 0 ? [`${format.number(others)} more`] : []),
    ])}: the same people may get both at once.`,
  roundTime: (time: string) =>
    `${time} is a busy time. FCM is slower for a few minutes at every quarter hour.`,
  roundTimeBrief: (time: string) => `${time} is a busy time.`,
  suggested: (time: string) => `${time} would be free.`,
  take: (time: string) => `Use ${time} instead`,
}
