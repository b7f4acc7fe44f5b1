/**
 * The minutes in which most senders start. Source: FCM's scale guide: avoid a two-minute window around :00, :15, :30
 * and :45; on the hour its traffic more than doubles for up to two minutes.
 */
const QUARTER_MS = 15 * 60_000
const BEFORE_MS = 60_000
const AFTER_MS = 2 * 60_000
const CALM_AFTER_MS = 5 * 60_000

/** The :00, :15, :30 or :45 that a start at this time would fall on; null if none. */
export function busyMark(at: Date): Date | null {
  const before = Math.floor(at.getTime() / QUARTER_MS) * QUARTER_MS
  if (at.getTime() < before + AFTER_MS) return new Date(before)
  return at.getTime() >= before + QUARTER_MS - BEFORE_MS ? new Date(before + QUARTER_MS) : null
}

/** A quieter time, five minutes after the mark. */
export function calmTime(mark: Date): Date {
  return new Date(mark.getTime() + CALM_AFTER_MS)
}
