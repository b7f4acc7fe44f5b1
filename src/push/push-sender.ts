/**
 * The one interface to FCM, and what an answer can mean. Implementations: fcm-http2-sender.ts (also as dry run)
 * and firebase-admin-sender.ts; both pass test/push/push-sender-contract.ts.
 */
import type { DeliveryCode } from '../domain/delivery-result.ts'
import type { FcmMessage } from './fcm-message.ts'

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

export interface PushBatch {
  message: FcmMessage
  /** At most 500. */
  tokens: readonly string[]
  /** True asks FCM to check without delivering. */
  validateOnly?: boolean
}

export interface SendOptions {
  /** Aborted: start no further request. Those on their way are still awaited, at most the request timeout. */
  signal: AbortSignal
  /** Called once for each message that was attempted, as its answer arrives, never after `send` has resolved. */
  report: (index: number, outcome: Outcome) => void
}

export interface PushSender {
  /** The Firebase project it sends to: the key of the project-wide pace. */
  readonly projectId: string
  /**
   * Opens what a burst will need, so that the first message of a campaign does not pay for it. Optional to call.
   */
  warmUp(): Promise<void>
  /**
   * Sends to every token of the batch; resolves when each attempted message has been reported. A message without
   * a report was certainly not sent. Rejects only when nothing at all could be attempted.
   */
  send(batch: PushBatch, options: SendOptions): Promise<void>
  close(): Promise<void>
}
