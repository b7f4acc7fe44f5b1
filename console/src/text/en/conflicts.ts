/** What stands against the time of a start: hints, never warnings. */
import { windowName } from './caps.ts'
import { format } from './format.ts'

/** `others`: how many more than those that are named. */
const list = (names: readonly string[], others: number) =>
  new Intl.ListFormat('en').format([
    ...names.map((name) => `“${name}”`),
    ...(others > 0 ? [`${format.number(others)} more`] : []),
  ])

export const conflictsText = {
  sameQuarter: (names: readonly string[], others: number) =>
    `Within 15 minutes of ${list(names, others)}: the same people may get both at once.`,
  cap: ({ window, limit }: { window: string; limit: number }, names: readonly string[], others: number) =>
    `Most members will be skipped: after ${list(names, others)} they have had ${limit === 1 ? 'the one campaign' : `all ${format.number(limit)} campaigns`} that the cap allows in ${windowName(window)}.`,
  roundTime: (time: string) =>
    `${time} is a busy time. FCM is slower for a few minutes at every quarter hour.`,
  roundTimeBrief: (time: string) => `${time} is a busy time.`,
  suggested: (time: string) => `${time} would be free.`,
  take: (time: string) => `Use ${time} instead`,
}
