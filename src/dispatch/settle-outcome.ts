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
      return { state: 'sent', code: 'ok', messageId: outcome.messageId, tokenIsDead: 'no' }
    case 'token_gone':
      return {
        state: 'failed',
        code: outcome.code,
        messageId: null,
        tokenIsDead: outcome.isCertain ? 'yes' : 'if_accepted',
      }
    case 'rejected':
      return { state: 'failed', code: outcome.code, messageId: null, tokenIsDead: 'no' }
    case 'in_doubt':
      // Invariant 10. at_least_once sends again, with the same collapse identifier; at_most_once never does.
      return guarantee === 'at_most_once' || isLast
        ? { state: 'in_doubt', code: outcome.code, messageId: null, tokenIsDead: 'no' }
        : null
    case 'retry_later':
      return isLast ? { state: 'failed', code: outcome.code, messageId: null, tokenIsDead: 'no' } : null
    case 'blocked':
      // The cause is our configuration: the campaign pauses, and the device is sent to after it resumes.
      return null
  }
}

/**
 * Returns null if the device is to be sent to. `launched`: a dispatcher died after it
 * may have sent to devices up to this position.
 */
export function resultBeforeSending(device: BatchDevice, launched: number): Result | null {
  if (device.position <= launched) return inDoubt('dispatcher_died')
  if (device.token === null) return skipped('device_deleted')
  if (device.isGone) return skipped('device_gone')
  if (device.isOptedOut) return skipped('opted_out')
  return null
}

function inDoubt(code: CodeOf<'in_doubt'>): Result {
  return { state: 'in_doubt', code, messageId: null, tokenIsDead: 'no' }
}

function skipped(code: CodeOf<'skipped'>): Result {
  return { state: 'skipped', code, messageId: null, tokenIsDead: 'no' }
}
