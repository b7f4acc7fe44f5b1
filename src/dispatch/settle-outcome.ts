/**
 * Decides the result of a device: before anything is sent to it, and when FCM has answered. Pure.
 */
import type { Guarantee } from '../domain/campaign.ts'
import type { CodeOf } from '../domain/delivery-result.ts'
import type { Outcome, Result } from '../domain/outcome.ts'
import type { BatchDevice } from './batch-store.ts'

export interface AttemptRules {
  guarantee: Guarantee
  /** On the last attempt no device is left for later. */
  isLast: boolean
}

/** Returns null if the device has no result yet and belongs to the next attempt. */
export function settleOutcome(outcome: Outcome, { guarantee, isLast }: AttemptRules): Result | null {
  switch (outcome.kind) {
    case 'sent':
      return { state: 'sent', code: 'ok', messageId: outcome.messageId, addressIsDead: 'no' }
    case 'token_gone':
      return {
        state: 'failed',
        code: outcome.code,
        messageId: null,
        addressIsDead: outcome.isCertain ? 'yes' : 'if_accepted',
      }
    case 'rejected':
      return { state: 'failed', code: outcome.code, messageId: null, addressIsDead: 'no' }
    case 'in_doubt':
      // Invariant 10. at_least_once sends again, with the same collapse identifier; at_most_once never does.
      return guarantee === 'at_most_once' || isLast
        ? { state: 'in_doubt', code: outcome.code, messageId: null, addressIsDead: 'no' }
        : null
    case 'retry_later':
      return isLast ? { state: 'failed', code: outcome.code, messageId: null, addressIsDead: 'no' } : null
    case 'blocked':
      // The cause is our configuration: the campaign pauses, and the device is sent to after it resumes.
      return null
  }
}

/** Returns null if the device is to be sent to. */
export function resultBeforeSending(device: BatchDevice): Result | null {
  if (device.wasLaunched) return inDoubt('dispatcher_died')
  if (device.address === null) return skipped('device_deleted')
  if (device.isReplaced) return skipped('address_replaced')
  if (device.hasMoved) return skipped('device_moved')
  if (device.isGone) return skipped('device_gone')
  if (device.isOptedOut) return skipped('opted_out')
  return null
}

/**
 * The result of a device whose batch has used up its passes because one dispatcher after another died over it.
 * at_most_once: it is known which messages were in flight, and all others were certainly not sent.
 */
export function resultOfPoisoned({ wasLaunched }: BatchDevice, guarantee: Guarantee): Result {
  if (wasLaunched || guarantee === 'at_least_once') return inDoubt('dispatcher_died')
  return { state: 'failed', code: 'attempts_used_up', messageId: null, addressIsDead: 'no' }
}

function inDoubt(code: CodeOf<'in_doubt'>): Result {
  return { state: 'in_doubt', code, messageId: null, addressIsDead: 'no' }
}

/** `by`: the campaign that has used the cap up. It is stored in the place of FCM's id (results/message-id.ts). */
export function capped(by: string): Result {
  return { ...skipped('capped'), messageId: by }
}

/** Nothing was sent, and nothing will be. */
export function skipped(code: CodeOf<'skipped'>): Result {
  return { state: 'skipped', code, messageId: null, addressIsDead: 'no' }
}
