/**
 * The minutes in which most senders start. Source: FCM's scale guide: avoid a two-minute window around :00, :15, :30
 * and :45; on the hour its traffic more than doubles for up to two minutes. All zones are a multiple of 15 minutes apart, so
 * the marks are the same on every wall. Pure.
 */
const MINUTE_MS = 60_000
const QUARTER_MS = 15 * MINUTE_MS
const BEFORE_MS = MINUTE_MS
const AFTER_MS = 2 * MINUTE_MS
const CALM_AFTER_MS = 5 * MINUTE_MS

/** The :00, :15, :30 or :45 that a start at this time would fall on; null if none. */
export function busyMark(at: Date): Date | null {
  const before = Math.floor(at.getTime() / QUARTER_MS) * QUARTER_MS
  if (at.getTime() < before + AFTER_MS) return new Date(before)
  return at.getTime() >= before + QUARTER_MS - BEFORE_MS ? new Date(before + QUARTER_MS) : null
}

/** The first whole minute from this time on that is quiet: five minutes after a mark, or later. */
export function calmFrom(at: Date): Date {
  const minute = Math.ceil(at.getTime() / MINUTE_MS) * MINUTE_MS
  const before = Math.floor(minute / QUARTER_MS) * QUARTER_MS
  if (minute >= before + QUARTER_MS - BEFORE_MS) return new Date(before + QUARTER_MS + CALM_AFTER_MS)
  return new Date(Math.max(minute, before + CALM_AFTER_MS))
}
