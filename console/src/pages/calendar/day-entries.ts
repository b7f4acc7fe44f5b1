/** What there is on each day of a calendar, in order. Days begin and end when the server says they do. Pure. */
import type { Calendar, CalendarCampaign, CalendarRun, Judged, Recurring } from '../../api/calendar.ts'

export type Entry =
  /** `isGoingOn`: at local times, it has begun on a day before. */
  | { key: string; at: string; campaign: CalendarCampaign; isGoingOn: boolean }
  /** The runs of a schedule on one day. */
  | { key: string; at: string; recurring: Recurring; run: CalendarRun }

export interface DayEntries {
  entries: Entry[]
  /** Campaigns of that day which the server has counted and not named. */
  more: number
}

const NONE: DayEntries = { entries: [], more: 0 }

export function entriesByDay({ days, campaigns, recurring }: Calendar): Map<string, DayEntries> {
  const named = new Map<string, number>()
  const found = new Map<string, Entry[]>()
  const add = (day: string, entry: Entry) => found.set(day, [...(found.get(day) ?? []), entry])
  const spans = days.map(({ day, start, end }) => ({ day, start: Date.parse(start), end: Date.parse(end) }))
  for (const campaign of campaigns) {
    const from = Date.parse(campaign.at)
    const until = campaign.until === null ? from : Date.parse(campaign.until)
    for (const { day, start, end } of spans) {
      const begins = from >= start && from < end
      if (begins) named.set(day, (named.get(day) ?? 0) + 1)
      // One that was canceled before does not go on.
      const goesOn = from < start && until >= start && start < end && campaign.state !== 'canceled'
      if (begins || goesOn) {
        add(day, { key: campaign.id, at: campaign.at, campaign, isGoingOn: goesOn })
      }
    }
  }
  for (const group of recurring) {
    // Of what is still to come, the first.
    const run = group.runs.find(({ outcome }) => outcome === null) ?? group.runs[0]
    if (run === undefined) continue
    add(group.day, { key: `${group.scheduleId} ${group.day}`, at: run.at, recurring: group, run })
  }
  return new Map(
    days.map(({ day, campaigns: all }) => [
      day,
      {
        entries: (found.get(day) ?? []).sort(inOrder),
        more: Math.max(0, all - (named.get(day) ?? 0)),
      },
    ]),
  )
}

export function entriesOf(byDay: Map<string, DayEntries> | undefined, day: string): DayEntries {
  return byDay?.get(day) ?? NONE
}

/** What goes on comes first: it has begun before. */
function inOrder(a: Entry, b: Entry): number {
  return Date.parse(a.at) - Date.parse(b.at)
}

/** Each kind once: another campaign near it, a cap used up. That everybody sends at that minute too is said where there is room. */
export function againstIt(entry: Entry): Judged['conflicts'] {
  const judged = 'campaign' in entry ? [entry.campaign] : entry.recurring.runs
  const conflicts = judged.flatMap((one) => one.conflicts)
  return (['cap', 'same_quarter'] as const).flatMap(
    (wanted) => conflicts.find(({ kind }) => kind === wanted) ?? [],
  )
}

/** Nothing of it left, and nothing will. */
export function isOver(entry: Entry): boolean {
  if ('recurring' in entry) return entry.run.outcome !== null
  return entry.campaign.state === 'canceled' && entry.campaign.progress.sent === 0
}

/** Starts that are to come and have another near them. */
export function countMeeting(byDay: Map<string, DayEntries>): number {
  let count = 0
  for (const { entries } of byDay.values()) {
    for (const entry of entries) {
      if (
        againstIt(entry).some(({ kind }) => kind === 'same_quarter') &&
        !('campaign' in entry && entry.isGoingOn)
      )
        count += 1
    }
  }
  return count
}
