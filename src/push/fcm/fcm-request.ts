/**
 * One message on its way: an HTTP/2 stream from the request to the outcome.
 *
 * Decides by what is known for certain. Refused by the server as not processed: not sent. An answer: the outcome
 * table. Anything else after the request left: in doubt.
 */

import type { Outcome } from '../../domain/outcome.ts'
import type { Expiring } from './deadlines.ts'
import type { Exchange, ExchangeEnd } from './http2/connection.ts'
import type { HeaderFields } from './http2/request-headers.ts'
import { outcomeOf } from './outcome-table.ts'
import type { SendingBatch } from './sending-batch.ts'
import type { PooledSession } from './session-pool.ts'

export interface RequestHost {
  /** Called once, with the answer's HTTP status or 0. */
  ended(request: FcmRequest, outcome: Outcome, status: number): void
  /** Called once, after `ended` or with it: the stream is gone and its place on the session free. */
  released(request: FcmRequest): void
}

/** No answer of FCM has a hundredth of it. What is longer is read and dropped. */
const LONGEST_BODY = 65_536

export class FcmRequest implements Expiring, Exchange {
  readonly session: PooledSession
  readonly accessToken: string
  readonly sending: SendingBatch
  /** Of the message in its batch. */
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
    if (this.#body === undefined) this.#body = chunk
    else if (this.#body.length < LONGEST_BODY) this.#body = Buffer.concat([this.#body, chunk])
  }

  /** The exchange is over: answered, refused, or cut off. */
  end(how: ExchangeEnd): void {
    if (!this.#hasEnded) this.#end(this.#outcome(how))
    this.#host.released(this)
  }

  /** The time is up. The device may have the message all the same. */
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
      // The status line of an answer cut short still says what FCM decided: 200 comes after it took the message,
      // and only the id is lost. Sending again would be a certain duplicate.
      if (this.#status === 200) return { kind: 'sent', messageId: '' }
      if (this.#status >= 500) return outcomeOf({ ...answer, body: '' })
      // Refused, and the reason is lost with the body. To guess it could kill a token or pause the campaign.
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
