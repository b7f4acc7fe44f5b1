/**
 * The one interface to a push service. Each service has a folder here and a line in create-sender.ts.
 */
import type { Address } from '../domain/address.ts'
import type { Outcome } from '../domain/outcome.ts'
import type { PushMessage } from './push-message.ts'

export const MAX_BATCH = 500

export interface PushBatch {
  message: PushMessage
  /** At most MAX_BATCH. */
  addresses: readonly Address[]
  /** True: the service checks the messages and does not deliver them. */
  validateOnly?: boolean
}

export interface SendOptions {
  /** Aborted: no further request is started. Requests in flight are still awaited, at most for the request timeout. */
  signal: AbortSignal
  /** Asked before each request is started. False: as if the signal were aborted, and it does not become true again. */
  mayStart?: () => boolean
  /** Called once for each attempted message, when its answer arrives; never after `send` has resolved. */
  report: (index: number, outcome: Outcome) => void
}

/** How busy a sender is. */
export interface SenderLoad {
  /** Messages that were handed over and are not started yet. */
  waiting: number
  /** Requests that may be in flight now: found by the sender, at most DISPATCH_CONCURRENCY. */
  limit: number
}

/** What a sender has found out about its own concurrency, for operators. */
export interface SenderFigures extends SenderLoad {
  /** Requests that are not answered yet. */
  inFlight: number
  /** The limit never exceeds it: DISPATCH_CONCURRENCY, or less. */
  mostInFlight: number
  /** Mean time from a request to its answer, over the last window; null before it was measured. */
  latencyMs: number | null
  /** The latency that the limit was derived from: without a queue, as far as is known. */
  baseLatencyMs: number | null
}

export interface PushSender {
  /** Opens the connections a burst needs, so that the first message does not wait for them. Optional to call. */
  warmUp(): Promise<void>
  /**
   * Sends to every address of the batch; resolves when each attempted message has been reported. A message without
   * a report was certainly not sent. Rejects only when nothing at all could be attempted.
   */
  send(batch: PushBatch, options: SendOptions): Promise<void>
  /** True: starts no further request until it is false again; requests in flight are answered. */
  hold(isHeld: boolean): void
  /** Milliseconds by which a request may start after `mayStart` was asked; undefined: none. */
  readonly leadMs?: number
  readonly load: SenderFigures
  close(): Promise<void>
}

/** A larger batch is a fault of the caller: batches are planned with at most MAX_BATCH devices. */
export function checkBatchSize({ addresses }: PushBatch): void {
  if (addresses.length <= MAX_BATCH) return
  throw new Error(`the batch has ${addresses.length} messages; at most ${MAX_BATCH} can be sent at a time`)
}
