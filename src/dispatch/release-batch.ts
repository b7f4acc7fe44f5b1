/**
 * What an attempt that left devices without a result costs its batch: when it is tried again, whether the attempt
 * counts, and whether the time until now does. Pure.
 */
import type { Release } from './batch-store.ts'

/** Why an attempt ended before every device was tried. The first one counts. */
export type Stop =
  | 'shutdown'
  | 'standstill'
  | 'taken over'
  | 'lease ran out'
  | 'campaign stopped'
  | 'over quota'
  | 'waiting_for_quota'
  | 'blocked'
  | 'too many errors'
  | 'FCM is down'
  | 'cannot record'
  | 'database away'
  | 'not attempted'

export interface AttemptFacts {
  stop: Stop | undefined
  /** The longest wait any device asked for. */
  delayMs: number
  /** A message left and its answer was lost, and it is to be sent again. */
  isDoubtful: boolean
  /** All that is left are devices of platforms that wait for a person. */
  isOnlyHeld: boolean
  /** A push credential was refused in this very attempt. */
  wasRefused: boolean
}

export function releaseAfter({ stop, delayMs, isDoubtful, isOnlyHeld, wasRefused }: AttemptFacts): Release {
  const isHeld = stop === undefined && isOnlyHeld
  // A batch in hand when nothing moved may be what it hangs on: it must not do that to one dispatcher after the other.
  // Devices that were only held back were not tried. One whose answer was lost may get a repeat each time, so those
  // times are counted whatever ended them; a shutdown is no cause of doubt.
  const isSpent =
    stop === undefined
      ? !isHeld || wasRefused
      : stop === 'not attempted' || stop === 'standstill' || (isDoubtful && stop !== 'shutdown')
  return {
    delayMs: stop === 'shutdown' ? 0 : delayMs,
    isSpent,
    // Waiting that is not FCM's doing does not make the first fault after it the last one.
    restartsAge: !isSpent && stop !== 'over quota',
    isHeld,
  }
}
