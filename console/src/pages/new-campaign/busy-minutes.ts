/**
 * The minutes in which everybody sends. Source: FCM's scale guide: avoid a two-minute window around :00, :15, :30
 * and :45; at the full hour its traffic is more than double for up to two minutes.
 */
const QUARTER_MS = 15 * 60_000
const BEFORE_MS = 60_000
const AFTER_MS = 2 * 60_000
const CALM_AFTER_MS = 5 * 60_000

/** The :00, :15, :30 or :45 that a start at this time would meet; null: none. */
export function busyMark(at: Date): Date | null {
  const before = Math.floor(at.getTime() / QUARTER_MS) * QUARTER_MS
  if (at.getTime() < before + AFTER_MS) return new Date(before)
  return at.getTime() >= before + QUARTER_MS - BEFORE_MS ? new Date(before + QUARTER_MS) : null
}

/** The next time that is none of them, five minutes past the mark. */
export function calmTime(mark: Date): Date {
  return new Date(mark.getTime() + CALM_AFTER_MS)
}
