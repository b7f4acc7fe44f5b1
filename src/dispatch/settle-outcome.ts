/**
 * Decides what becomes of a device: before it is sent to, and when FCM has answered. Pure.
 */
import type { Guarantee } from '../domain/campaign.ts'
import type { DeliveryCode, DeliveryState } from '../domain/delivery-result.ts'
import type { Outcome, Result } from '../domain/outcome.ts'
import type { BatchDevice } from './batch-store.ts'

export interface AttemptRules {
  guarantee: Guarantee
  /** On the last attempt nothing is left for later. */
  isLast: boolean
}

/** Null: the device stays without a result and belongs to the next attempt. */
export function settleOutcome(outcome: Outcome, { guarantee, isLast }: AttemptRules): Result | null {
  switch (outcome.kind) {
    case 'sent':
      return { state: 'sent', code: 'ok', messageId: outcome.messageId, tokenIsDead: 'no' }
    case 'token_gone':
      return {
        state: 'failed',
        code: outcome.code,
        messageId: null,
        tokenIsDead: outcome.isCertain ? 'yes' : 'if accepted',
      }
    case 'rejected':
      return { state: 'failed', code: outcome.code, messageId: null, tokenIsDead: 'no' }
    case 'in_doubt':
      // Invariant 10. At least once: send again, with the same collapse identifier. At most once: never again.
      return guarantee === 'at_most_once' || isLast
        ? { state: 'in_doubt', code: outcome.code, messageId: null, tokenIsDead: 'no' }
        : null
    case 'retry_later':
      return isLast ? { state: 'failed', code: outcome.code, messageId: null, tokenIsDead: 'no' } : null
    case 'blocked':
      // The cause is ours and a person has to fix it: the campaign pauses, and the device keeps its turn.
      return null
  }
}

/**
 * Null: send to it. `launched`: devices up to this position were let go by an owner that died, and nobody knows whether
 * they got it.
 */
export function resultBeforeSending(device: BatchDevice, launched: number): Result | null {
  const result = (state: DeliveryState, code: DeliveryCode): Result => ({
    state,
    code,
    messageId: null,
    tokenIsDead: 'no',
  })
  if (device.position <= launched) return result('in_doubt', 'dispatcher_died')
  if (device.token === null) return result('skipped', 'device_deleted')
  if (device.isGone) return result('skipped', 'device_gone')
  if (device.isOptedOut) return result('skipped', 'opted_out')
  return null
}
