/** What one FCM answer means for one device, and the result that is recorded for it. */
import type { DeliveryCode, DeliveryState } from './delivery-result.ts'

/** What one FCM answer means for one device, before it becomes a final result. */
export type Outcome =
  /** FCM accepted the message. `messageId` is the last segment of `projects/…/messages/ID`. */
  | { kind: 'sent'; messageId: string }
  /** Certainly not sent, worth another attempt. `project` scope slows every dispatcher, not just this batch. */
  | { kind: 'retry_later'; code: DeliveryCode; scope: 'device' | 'project'; afterMs?: number }
  /** The token is dead. `isCertain` false: dead only if FCM accepts the same payload for other devices. */
  | { kind: 'token_gone'; code: DeliveryCode; isCertain: boolean }
  /** Final for this device; its token stays. */
  | { kind: 'rejected'; code: DeliveryCode }
  /** The request left and its answer was lost: sent or not, nobody knows. */
  | { kind: 'in_doubt'; code: DeliveryCode }
  /** Certainly not sent, and the cause is ours (credential, project): the campaign must pause. */
  | { kind: 'blocked'; code: DeliveryCode; detail: string }

/** The final result of one device in one campaign. */
export interface Result {
  state: DeliveryState
  code: DeliveryCode
  messageId: string | null
  /** Whether the token is dead. `if accepted`: only when FCM takes the same payload for other devices. */
  tokenIsDead: 'yes' | 'if accepted' | 'no'
}
