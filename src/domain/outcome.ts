/** What one FCM answer means for one device, and the final result that is recorded for it. */
import type { CodeOf, CodeOfClass, DeliveryState } from './delivery-result.ts'

/**
 * What one FCM answer means for one device, before it becomes a final result. `detail`: what FCM said, in its own words
 * (push/fcm/said-by-fcm.ts); nothing is decided by it.
 */
export type Outcome =
  /** FCM accepted the message. `messageId` is the last segment of `projects/…/messages/ID`. */
  | { kind: 'sent'; messageId: string }
  /** Certainly not sent, worth another attempt. Scope `project` slows down every dispatcher, not only this batch. */
  | {
      kind: 'retry_later'
      code: CodeOfClass<'quota' | 'fcm_fault' | 'undocumented' | 'our_fault'>
      scope: 'device' | 'project'
      afterMs?: number
      detail?: string
    }
  /** The address is dead. `isCertain` false: only if FCM accepts the same payload for other devices. */
  | { kind: 'token_gone'; code: CodeOfClass<'dead_address'>; isCertain: boolean; detail?: string }
  /** Final for this device; its address stays. */
  | {
      kind: 'rejected'
      code: CodeOfClass<'refused' | 'bad_message' | 'push_setup' | 'push_device' | 'dead_address'>
      detail?: string
    }
  /** The request left and its answer was lost: the message may or may not have been sent. */
  | { kind: 'in_doubt'; code: CodeOfClass<'in_doubt'> }
  /** Certainly not sent, because of our credential or project: the campaign must pause. */
  | { kind: 'blocked'; code: CodeOfClass<'our_fault'>; detail: string }

/** The final result of one device in one campaign. State and code always fit each other. */
export type Result = {
  [S in DeliveryState]: {
    state: S
    code: CodeOf<S>
    messageId: string | null
    addressIsDead: AddressIsDead
  }
}[DeliveryState]

/** `if_accepted`: only when FCM accepts the same payload for other devices. */
type AddressIsDead = 'yes' | 'if_accepted' | 'no'
