/**
 * The one interface to FCM. Implementations: fcm-http2-sender.ts (also as dry run)
 * and firebase-admin-sender.ts; both pass test/push/fcm/push-sender-contract.ts.
 */
import type { Outcome } from '../domain/outcome.ts'
import type { FcmMessage } from './fcm/fcm-message.ts'

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
  /** The Firebase project it sends to: the key of the project-wide rate limit. */
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
