/**
 * The only place where a time of a clock on a wall becomes an instant, and back: for schedules, days of a calendar and the
 * console. A time that the clocks leave out when they are put forward is moved forward by the gap (02:30 is 03:30); of one
 * that they show twice when they are put back, the first is meant. PostgreSQL decides the second case the other way, and
 * has a table of zones of its own: it is not asked. Pure.
 */
import { Temporal } from 'temporal-polyfill'

export interface Moment {
  at: Date
  /** skipped: the clocks leave it out, so it is moved. twice: they show it twice, and the first is meant. */
  kind: 'once' | 'skipped' | 'twice'
}

/** `wall`: "2026-03-29T02:30". `zone`: a name of IANA. Throws RangeError if one of them is invalid. */
export function instantOf(wall: string, zone: string): Moment {
  const local = Temporal.PlainDateTime.from(wall)
  const first = local.toZonedDateTime(zone, { disambiguation: 'compatible' })
  const at = new Date(first.epochMilliseconds)
  if (!first.toPlainDateTime().equals(local)) return { at, kind: 'skipped' }
  const last = local.toZonedDateTime(zone, { disambiguation: 'later' })
  return { at, kind: last.epochMilliseconds === first.epochMilliseconds ? 'once' : 'twice' }
}

/** "2026-03-29T02:30" on a clock there, without seconds. */
export function wallOf(at: Date, zone: string): string {
  return Temporal.Instant.fromEpochMilliseconds(at.getTime())
    .toZonedDateTimeISO(zone)
    .toPlainDateTime()
    .toString({ smallestUnit: 'minute' })
}

/** "2026-12-24T20:00" and nothing shorter or longer, of a year in which something may be planned; on a date that exists. */
export function isWallTime(text: string): boolean {
  if (!/^(?:19[7-9]\d|2[01]\d\d)-\d\d-\d\dT\d\d:\d\d$/.test(text)) return false
  try {
    Temporal.PlainDateTime.from(text)
    return !text.endsWith('24:00')
  } catch {
    return false
  }
}

/** For so long it is compared how clocks go. Rules of zones repeat each year. */
const CLOCK_DAYS = 800

/**
 * The same text for zones whose clocks show the same, from a week before `from` on for two years: Seoul and Tokyo, Berlin and
 * Paris. There are about sixty such texts for all zones.
 */
export function clockOf(zone: string, from: Date): string {
  const start = Temporal.Instant.fromEpochMilliseconds(from.getTime() - 7 * 86_400_000)
  const end = from.getTime() + CLOCK_DAYS * 86_400_000
  let at = start.toZonedDateTimeISO(zone)
  let clock = at.offset
  for (;;) {
    const next = at.getTimeZoneTransition('next')
    if (next === null || next.epochMilliseconds > end) return clock
    clock += `|${next.epochMilliseconds}${next.offset}`
    at = next
  }
}

/** How far the zone's clocks are ahead of UTC all the time between two instants, in milliseconds; null: they are changed in between. */
export function steadyOffset(zone: string, from: Date, through: Date): number | null {
  const first = Temporal.Instant.fromEpochMilliseconds(from.getTime()).toZonedDateTimeISO(zone)
  const change = first.getTimeZoneTransition('next')
  if (change !== null && change.epochMilliseconds <= through.getTime()) return null
  return first.offsetNanoseconds / 1_000_000
}

/** The first instant of a date: not always 00:00. `date`: "2026-03-29". */
export function startOfDay(date: string, zone: string): Date {
  return new Date(Temporal.PlainDate.from(date).toZonedDateTime(zone).epochMilliseconds)
}
