/**
 * Decides what an attempt costs its batch when devices are left without a result: when the batch is tried again, whether
 * the attempt counts, and whether the elapsed time counts. Pure.
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
  /** FCM refused our credential or project. */
  | 'blocked'
  | 'too_many_errors'
  | 'fcm_down'
  | 'cannot_record'
  | 'database_unavailable'
  | 'not_attempted'

export interface AttemptFacts {
  stop: Stop | undefined
  /** The longest delay that FCM, the rate limit or the breaker has asked for. */
  delayMs: number
  /** The answer to a message was lost, and the message will be sent again. */
  isDoubtful: boolean
  /** All devices that are left belong to platforms that wait for an operator. */
  isOnlyHeld: boolean
  /** A push credential was refused in this attempt. */
  wasRefused: boolean
}

export function releaseAfter({ stop, delayMs, isDoubtful, isOnlyHeld, wasRefused }: AttemptFacts): Release {
  const isHeld = stop === undefined && isOnlyHeld
  // After a standstill the attempt counts: this batch may be the cause, and must not stop one dispatcher after another.
  // An attempt that only held devices back does not count. One that lost an answer counts whatever stopped it, because
  // the device may get the message again each time; except after a shutdown, which is not the cause of the doubt.
  const isSpent =
    stop === undefined
      ? !isHeld || wasRefused
      : stop === 'not_attempted' || stop === 'standstill' || (isDoubtful && stop !== 'shutdown')
  return {
    delayMs: stop === 'shutdown' ? 0 : delayMs,
    isSpent,
    // Time spent waiting for other reasons than FCM does not count: the first fault after it would be final.
    restartsAge: !isSpent && stop !== 'over_quota',
    isHeld,
  }
}
