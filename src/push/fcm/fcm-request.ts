/**
 * One message in flight: an HTTP/2 stream from the request to the outcome.
 *
 * The outcome follows from what is certain. The server refused the stream as unprocessed: not sent. It answered: the
 * outcome table decides. Anything else after the request left: in doubt.
 */

import type { Outcome } from '../../domain/outcome.ts'
import type { Expiring } from './deadlines.ts'
import type { Exchange, ExchangeEnd } from './http2/connection.ts'
import type { HeaderFields } from './http2/request-headers.ts'
import { outcomeOf } from './outcome-table.ts'
import type { PooledSession } from './pooled-session.ts'
import type { SendingBatch } from './sending-batch.ts'

export interface RequestHost {
  /** Called once, with the HTTP status of the answer, or 0 without an answer. */
  ended(request: FcmRequest, outcome: Outcome, status: number): void
  /** Called instead of `ended`: nothing was sent, and another connection will take the message. */
  moved(request: FcmRequest): void
  /** Called once, not before `ended` or `moved`: the stream is closed and can be used by another request. */
  released(request: FcmRequest): void
}

/**
 * FCM's answers have less than a hundredth of it. Of a longer body the middle is discarded: that is in the sentence, and the
 * details that tell whose fault it is come after it.
 */
const LONGEST_BODY = 65_536

export class FcmRequest implements Expiring, Exchange {
  readonly session: PooledSession
  readonly accessToken: string
  readonly sending: SendingBatch
  /** Position of the message in its batch. */
  readonly index: number
  readonly startedAt = performance.now()
  expiresAt = 0
  readonly #host: RequestHost
  readonly #streamId: number
  #status = 0
  #retryAfter: string | undefined
  #body: Buffer | undefined
  #hasEnded = false

  constructor(
    host: RequestHost,
    session: PooledSession,
    headers: HeaderFields,
    accessToken: string,
    sending: SendingBatch,
    index: number,
  ) {
    this.#host = host
    this.session = session
    this.accessToken = accessToken
    this.sending = sending
    this.index = index
    this.#streamId = session.http2.request(headers, sending.bodyOf(index), this)
  }

  respond(status: number, retryAfter: string | undefined): void {
    this.#status = status
    this.#retryAfter = retryAfter
    this.session.lastUsedAt = performance.now()
  }

  take(chunk: Buffer): void {
    const body = this.#body === undefined ? chunk : Buffer.concat([this.#body, chunk])
    const half = LONGEST_BODY / 2
    this.#body =
      body.length <= LONGEST_BODY ? body : Buffer.concat([body.subarray(0, half), body.subarray(-half)])
  }

  /** The exchange has ended: answered, refused, or interrupted. */
  end(how: ExchangeEnd): void {
    if (!this.#hasEnded && how === 'moved' && this.#status === 0) this.#host.moved(this)
    else if (!this.#hasEnded) this.#end(this.#outcome(how))
    this.#host.released(this)
  }

  /** The deadline has passed. The device may still get the message. */
  expire(): void {
    if (this.#hasEnded) return
    this.#end({ kind: 'in_doubt', code: 'deadline_exceeded' })
    this.session.http2.cancel(this.#streamId)
  }

  #end(outcome: Outcome): void {
    this.#hasEnded = true
    this.#host.ended(this, outcome, this.#status)
  }

  #outcome(how: ExchangeEnd): Outcome {
    if (this.#status !== 0) {
      const body = this.#body?.toString() ?? ''
      const answer = { status: this.#status, retryAfter: this.#retryAfter }
      const isWhole = how === 'whole' || isJsonObject(body)
      if (isWhole) return outcomeOf({ ...answer, body })
      // Even without its body, an answer tells what FCM decided: it sends 200 after it has accepted the message, and
      // only the message id is lost. Sending again would be a certain duplicate.
      if (this.#status === 200) return { kind: 'sent', messageId: '' }
      if (this.#status >= 500) return outcomeOf({ ...answer, body: '' })
      // Refused, and the reason is lost with the body. A wrong guess could kill an address or pause the campaign.
      return { kind: 'retry_later', code: 'unspecified', scope: 'device' }
    }
    if (how === 'unprocessed') return { kind: 'retry_later', code: 'unavailable', scope: 'device' }
    return { kind: 'in_doubt', code: 'answer_lost' }
  }
}

function isJsonObject(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'object'
  } catch {
    return false
  }
}
