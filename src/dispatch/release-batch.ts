/**
 * Decides what an attempt costs its batch when devices are left without a result: when the batch is tried again, whether
 * its pass has ended, and whether the elapsed time counts. Pure.
 */
import type { Release } from './batch-store.ts'

/** Why an attempt ended before every device was tried. */
export type Stop =
  | 'shutdown'
  /** The process makes no progress and restarts. */
  | 'standstill'
  | 'taken_over'
  | 'lease_expired'
  | 'campaign_stopped'
  | 'over_quota'
  | 'waiting_for_quota'
  /** A more urgent campaign waits for the slot. */
  | 'gives_way'
  /** FCM refused our credential or project. */
  | 'blocked'
  | 'too_many_errors'
  | 'addresses_refused'
  | 'fcm_down'
  | 'cannot_record'
  | 'database_unavailable'
  | 'not_attempted'

export interface AttemptFacts {
  stop: Stop | undefined
  /** The longest delay that the rate limit, the breaker or our own fault asks for: nothing of the batch is sent before. */
  waitMs: number
  /** The longest delay for the devices that were sent to in vain. */
  backOffMs: number
  /** Devices that this pass has still to send to. */
  left: number
  /** Positions of the devices without a result that this pass has sent to, in this attempt or before. */
  passed: readonly number[]
  /** How many of them in this attempt. */
  triedNow: number
  /** All devices that are left belong to platforms that wait for an operator. */
  isOnlyHeld: boolean
  /** Milliseconds until the first of the devices that wait for their hours may leave; null: none waits. */
  opensInMs: number | null
}

export function releaseAfter(facts: AttemptFacts): Omit<Release, 'hasLooked' | 'firstSentAt' | 'lastSentAt'> {
  const { stop, waitMs, backOffMs, left, passed, triedNow, isOnlyHeld, opensInMs } = facts
  // After these two the pass is over whatever is left: this batch may be the cause, and must not stop one dispatcher after
  // another.
  const isSuspect = stop === 'not_attempted' || stop === 'standstill'
  const endsPass = isSuspect || (left === 0 && passed.length > 0)
  // Who waits for the morning costs the batch nothing: no pass, no age. Retries of the others do not wait for it.
  const isAsleep = opensInMs !== null && left === 0 && passed.length === 0 && !isSuspect
  const isFcmsFault = stop === 'over_quota' || (stop === 'fcm_down' && triedNow > 0)
  return {
    waitMs: Math.max(stop === 'shutdown' ? 0 : waitMs, isAsleep ? opensInMs : 0),
    backOffMs,
    endsPass,
    passed: endsPass ? [] : passed,
    // Time lost for other reasons than FCM does not count: the first fault after it would be final.
    restartsAge: !endsPass && !isFcmsFault,
    isHeld: stop === undefined && isOnlyHeld && opensInMs === null,
    isAsleep,
    isCutOff: stop !== undefined && !endsPass && left > 0,
  }
}
