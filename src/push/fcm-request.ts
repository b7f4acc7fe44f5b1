/**
 * One message on its way: an HTTP/2 stream from the request to the outcome.
 *
 * Decides by what is known for certain. Refused by the server as not processed: not sent. An answer: the outcome
 * table. Anything else after the request left: in doubt.
 */
import { type ClientHttp2Stream, constants, type IncomingHttpHeaders } from 'node:http2'
import type { Expiring } from './deadlines.ts'
import { outcomeOf } from './outcome-table.ts'
import type { Outcome } from './push-sender.ts'
import type { SendingBatch } from './sending-batch.ts'
import type { PooledSession } from './session-pool.ts'

export interface RequestHost {
  /** Called once, with the answer's HTTP status or 0. */
  ended(request: FcmRequest, outcome: Outcome, status: number): void
  /** Called once, after `ended` or with it: the stream is gone and its place on the session free. */
  released(request: FcmRequest): void
}

const REQUEST = Symbol('request')
type Stream = ClientHttp2Stream & { [REQUEST]?: FcmRequest }

// Shared by all requests: closures would be four allocations a message.
function onResponse(this: Stream, headers: IncomingHttpHeaders): void {
  this[REQUEST]?.respond(headers)
}
function onData(this: Stream, chunk: Buffer): void {
  this[REQUEST]?.take(chunk)
}
function onClose(this: Stream): void {
  this[REQUEST]?.close()
}
/** 'close' follows and decides; without a listener the error would end the process. */
function onError(): void {}

export class FcmRequest implements Expiring {
  readonly session: PooledSession
  readonly accessToken: string
  readonly sending: SendingBatch
  /** Of the message in its batch. */
  readonly index: number
  readonly startedAt = performance.now()
  expiresAt = 0
  readonly #host: RequestHost
  readonly #stream: Stream
  #status = 0
  #retryAfter: string | undefined
  #body: Buffer | undefined
  #hasEnded = false

  constructor(
    host: RequestHost,
    session: PooledSession,
    headers: string[],
    accessToken: string,
    sending: SendingBatch,
    index: number,
  ) {
    this.#host = host
    this.session = session
    this.accessToken = accessToken
    this.sending = sending
    this.index = index
    const stream: Stream = session.http2.request(
      headers as unknown as Parameters<PooledSession['http2']['request']>[0],
    )
    this.#stream = stream
    stream[REQUEST] = this
    stream.on('response', onResponse)
    stream.on('data', onData)
    stream.on('error', onError)
    stream.on('close', onClose)
    stream.end(sending.bodyOf(index))
  }

  respond(headers: IncomingHttpHeaders): void {
    this.#status = headers[':status'] as unknown as number
    this.#retryAfter = headers['retry-after']
    this.session.lastUsedAt = performance.now()
  }

  take(chunk: Buffer): void {
    this.#body = this.#body === undefined ? chunk : Buffer.concat([this.#body, chunk])
  }

  /** The stream is closed: answered, refused, or cut off. */
  close(): void {
    if (!this.#hasEnded) this.#end(this.#outcome())
    this.#host.released(this)
  }

  /** The time is up. The device may have the message all the same. */
  expire(): void {
    if (this.#hasEnded) return
    this.#end({ kind: 'in_doubt', code: 'deadline_exceeded' })
    this.#stream.close(constants.NGHTTP2_CANCEL)
    // Closing alone waits until the RST_STREAM is written, which on a dead connection is never.
    this.#stream.destroy()
  }

  #end(outcome: Outcome): void {
    this.#hasEnded = true
    this.#host.ended(this, outcome, this.#status)
  }

  #outcome(): Outcome {
    const { rstCode, id } = this.#stream
    if (this.#status !== 0) {
      const body = this.#body?.toString() ?? ''
      // A session that is destroyed ends its streams as if they were whole: no error code, and an 'end'.
      const isWhole =
        (rstCode === constants.NGHTTP2_NO_ERROR && !this.session.http2.destroyed) || isJsonObject(body)
      const answer = { status: this.#status, retryAfter: this.#retryAfter }
      if (isWhole) return outcomeOf({ ...answer, body })
      // The status line of an answer cut short still says what FCM decided: 200 comes after it took the message,
      // and only the id is lost. Sending again would be a certain duplicate.
      if (this.#status === 200) return { kind: 'sent', messageId: '' }
      if (this.#status >= 500) return outcomeOf({ ...answer, body: '' })
      // Refused, and the reason is lost with the body. To guess it could kill a token or pause the campaign.
      return { kind: 'retry_later', code: 'unspecified', scope: 'device' }
    }
    // HTTP/2 promises for both that the request was not processed. A stream without a number never left.
    if (rstCode === constants.NGHTTP2_REFUSED_STREAM || (id ?? 0) > this.session.lastProcessed) {
      return { kind: 'retry_later', code: 'unavailable', scope: 'device' }
    }
    if (id === undefined) return { kind: 'retry_later', code: 'connection_failed', scope: 'device' }
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
