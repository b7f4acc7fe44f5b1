/**
 * The one retry layer: when a batch with devices left is tried again, and when it is not. Nothing underneath
 * retries (the SDK's hidden retries are disabled: push/fcm/sdk/firebase-admin-sender.ts).
 *
 * Source: FCM's scale guide wants at least 10 s before a retry, exponential back-off with jitter, Retry-After
 * obeyed, and a limit after which a message is no longer useful (60 minutes).
 */

export interface RetryPolicy {
  firstDelayMs: number
  /** Passes over the devices of a batch. The outcomes of the last one are final. */
  attempts: number
  ageMs: number
}

const LONGEST_DELAY_MS = 600_000

/**
 * Milliseconds until the next pass, after `spent` passes before this one. With firstDelayMs 10,000: 10–15, 20–30, 40–60, 80–120,
 * 160–240, 320–480, 600–900 s. Jitter only adds: a Retry-After and FCM's 10 s are floors.
 */
export function retryDelayMs(spent: number, policy: RetryPolicy, random: () => number = Math.random): number {
  const exponential = Math.min(policy.firstDelayMs * 2 ** spent, LONGEST_DELAY_MS)
  return Math.round(exponential * (1 + random() / 2))
}

/** True: what this pass cannot settle stays as it is; its outcomes become final results. */
export function isLastPass({ spent, ageMs }: { spent: number; ageMs: number }, policy: RetryPolicy): boolean {
  return spent + 1 >= policy.attempts || ageMs >= policy.ageMs
}

/** True: earlier owners died over this batch until no pass was left. It must not kill another. */
export function isPoisoned({ spent }: { spent: number }, policy: RetryPolicy): boolean {
  return spent >= policy.attempts
}
