/**
 * The days of a calendar in a time zone, as instants: a day has 23 or 25 hours where the clock is changed, and may begin at
 * 01:00. Everything that counts by days takes its instants from here; the database compares instants and knows no zone.
 */
import { addDays } from './add-days.ts'
import { startOfDay, wallOf } from './zoned-time.ts'

export interface CalendarDay {
  /** YYYY-MM-DD */
  day: string
  start: Date
  /** The start of the next day. Of a date that the zone has left out, it is its own start. */
  end: Date
}

/** The last `count` days in the zone, the one of `now` last. `zone`: a name that canonicalTimezone returns. */
export function lastDays(zone: string, now: Date, count: number): CalendarDay[] {
  const today = wallOf(now, zone).slice(0, 10)
  return Array.from({ length: count }, (_, index) => dayOf(zone, addDays(today, index - count + 1)))
}

/** From the first date through the last. */
export function daysThrough(zone: string, first: string, last: string): CalendarDay[] {
  const days: CalendarDay[] = []
  for (let day = first; day <= last; day = addDays(day, 1)) days.push(dayOf(zone, day))
  return days
}

function dayOf(zone: string, day: string): CalendarDay {
  return { day, start: startOfDay(day, zone), end: startOfDay(addDays(day, 1), zone) }
}
