/** Estimates how long sending takes at the server's rate limit. Repeats the ramp of src/projects/rate-limit.ts. */

export interface RateLimitNow {
  /** null: the server has no rate limit. */
  messagesPerMinute: number | null
  /** Share of the full rate; below 1 after FCM has asked to slow down. */
  share: number
  /** Time to ramp up to the full rate; 0 while sending. */
  rampSeconds: number
}

const RAMP_FLOOR = 0.05
const STEP = 0.1

/** null: no limit but FCM and the dispatchers, so no estimate. */
export function secondsToSend(
  messages: number,
  { messagesPerMinute, share, rampSeconds }: RateLimitNow,
  ratePerMinute: number | null,
): number | null {
  const own = (ratePerMinute ?? Number.POSITIVE_INFINITY) / 60
  const full = messagesPerMinute === null ? Number.POSITIVE_INFINITY : (messagesPerMinute * share) / 60
  const highest = Math.min(own, full)
  if (!Number.isFinite(highest)) return null
  let left = messages
  let seconds = 0
  if (Number.isFinite(full)) {
    for (; seconds < rampSeconds && left > 0; seconds += STEP) {
      left -= Math.min(own, full * Math.max(RAMP_FLOOR, (seconds + STEP / 2) / rampSeconds)) * STEP
    }
  }
  return seconds + Math.max(0, left) / highest
}
