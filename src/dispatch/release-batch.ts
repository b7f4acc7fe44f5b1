/**
 * What an attempt that left devices without a result costs its batch: when the batch is tried again, whether the
 * attempt counts, and whether the elapsed time counts against the age limit. Pure.
 */
import type { Release } from './batch-store.ts'

/** Why an attempt ended before every device was tried. The first reason counts. */
export type Stop =
  | 'shutdown'
  /** The process makes no progress and restarts. */
  | 'standstill'
  /** Another attempt owns the batch. */
  | 'fenced'
  | 'lease_expired'
  /** Paused or canceled. */
  | 'campaign_stopped'
  /** FCM answered 429 for the whole project. */
  | 'over_quota'
  /** The rate limit has no room soon enough. */
  | 'waiting_for_quota'
  /** FCM refused our credential or project. */
  | 'blocked'
  | 'too_many_errors'
  | 'fcm_down'
  /** A result can never be written. */
  | 'cannot_record'
  | 'database_down'
  /** The sender could not make a single request. */
  | 'not_attempted'

export interface AttemptFacts {
  stop: Stop | undefined
  /** The longest wait that any device asked for. */
  delayMs: number
  /** A message left, its answer was lost, and it is to be sent again. */
  isDoubtful: boolean
  /** The only devices left belong to halted platforms. */
  isOnlyHeld: boolean
  /** A push credential was refused in this attempt. */
  wasRefused: boolean
}

export function releaseAfter({ stop, delayMs, isDoubtful, isOnlyHeld, wasRefused }: AttemptFacts): Release {
  const isHeld = stop === undefined && isOnlyHeld
  // A batch in hand during a standstill may be its cause, and must not block one dispatcher after another.
  // Devices that were only held back were not tried. A device whose answer was lost may get a repeat in each attempt,
  // so such an attempt counts however it ended; except for a shutdown, which causes no doubt.
  const isSpent =
    stop === undefined
      ? !isHeld || wasRefused
      : stop === 'not_attempted' || stop === 'standstill' || (isDoubtful && stop !== 'shutdown')
  return {
    delayMs: stop === 'shutdown' ? 0 : delayMs,
    isSpent,
    // Waiting that FCM did not cause must not turn the next fault into the last one.
    restartsAge: !isSpent && stop !== 'over_quota',
    isHeld,
  }
}
