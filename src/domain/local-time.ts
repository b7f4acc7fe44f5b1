/**
 * A campaign at each member's local time: when it is sent in which zone. One wall time is up to 26 hours of instants, from
 * UTC+14 to UTC−12, and each zone has one of them. Pure: the present is given.
 */
import { addDays } from './add-days.ts'
import { instantOf, wallOf } from './zoned-time.ts'

/** What becomes of a zone in which the time had passed when it was set. */
export const LATE_POLICIES = ['skip', 'now', 'next_day'] as const
export type LatePolicy = (typeof LATE_POLICIES)[number]

/** What becomes of members without a time zone. */
export const UNKNOWN_ZONE_POLICIES = ['default', 'skip'] as const
export type UnknownZonePolicy = (typeof UNKNOWN_ZONE_POLICIES)[number]

export interface LocalTime {
  /** "2026-12-24T20:00", on the wall of each member. */
  localAt: string
  late: LatePolicy
  unknownZone: UnknownZonePolicy
  /** An IANA name: where members without one are taken to be. */
  defaultZone: string
}

/** When a zone is sent to; or why it is not. */
export type ZoneTime =
  | { at: Date; isLate: boolean; code: null }
  | { at: null; isLate: boolean; code: ZoneSkip }
export type ZoneSkip = 'too_late' | 'no_timezone'

const HOUR_MS = 3_600_000
const EASTMOST_MS = 14 * HOUR_MS
const WESTMOST_MS = 12 * HOUR_MS
/** A gap of a day: the zone went over the date line, and the date was left out. */
const DATE_LINE_MS = 23 * HOUR_MS

/**
 * `zone`: an IANA name; null: not known. `since`: when the time was set. What had passed by then is late; what passes
 * afterwards, while nothing runs, is not.
 */
export function zoneTime(time: LocalTime, zone: string | null, since: Date): ZoneTime {
  if (zone === null && time.unknownZone === 'skip') return { at: null, isLate: false, code: 'no_timezone' }
  const there = zone ?? time.defaultZone
  const first = timeThere(time.localAt, there)
  if (first !== null && first > since) return { at: first, isLate: false, code: null }
  const isLate = first !== null
  if (time.late === 'now' && isLate) return { at: since, isLate, code: null }
  if (time.late === 'next_day') {
    for (let days = 1; days <= MOST_DAYS; days++) {
      const next = timeThere(`${addDays(time.localAt.slice(0, 10), days)}${time.localAt.slice(10)}`, there)
      if (next !== null && next > since) return { at: next, isLate, code: null }
    }
  }
  return { at: null, isLate, code: 'too_late' }
}

/** Late by a day at most, and one date of a zone may be left out. */
const MOST_DAYS = 3

/** Null: that date does not exist there. */
function timeThere(wall: string, zone: string): Date | null {
  const { at, kind } = instantOf(wall, zone)
  const isDateMissing =
    kind === 'skipped' && Date.parse(`${wallOf(at, zone)}Z`) - Date.parse(`${wall}Z`) >= DATE_LINE_MS
  return isDateMissing ? null : at
}

/** Before it, it is that time nowhere; after the other, it has been everywhere. Whatever zones there are. */
export function spanOf(localAt: string): { earliest: Date; latest: Date } {
  const asUtc = Date.parse(`${localAt}Z`)
  return { earliest: new Date(asUtc - EASTMOST_MS), latest: new Date(asUtc + WESTMOST_MS) }
}

/** From when on a campaign with this time may have to send. */
export function firstPossible(localAt: string, since: Date): Date {
  const { earliest } = spanOf(localAt)
  return earliest > since ? earliest : since
}
