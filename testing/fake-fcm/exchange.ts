/** One request to the fake and its answer on the wire. */
import {
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import type { AddressKind } from '../../src/domain/address.ts'
import type { Answer } from './answers.ts'
import type { CheckedMessage } from './check-message.ts'
import type { Session } from './connections.ts'
import type { FaultEffect } from './faults.ts'
import type { Gate } from './gate.ts'

export interface ExchangeHost {
  arrived(exchange: Exchange): void
  answered(status: number): void
  lost(): void
  closed(exchange: Exchange): void
}

const JSON_TYPE = 'application/json; charset=UTF-8'
const OK_HEADERS: OutgoingHttpHeaders = { ':status': 200, 'content-type': JSON_TYPE }
const NOT_CHECKED: CheckedMessage = {
  address: undefined,
  kind: 'token',
  validateOnly: false,
  title: '',
  problem: undefined,
}
const LAST_STREAM_ID = 2 ** 31 - 1
const EXCHANGE = Symbol('exchange')
type Stream = ServerHttp2Stream & { [EXCHANGE]?: Exchange }

// Shared by all requests: a closure each would be four allocations a message.
function onData(this: Stream, chunk: Buffer): void {
  this[EXCHANGE]?.take(chunk)
}
function onEnd(this: Stream): void {
  this[EXCHANGE]?.arrive()
}
function onClose(this: Stream): void {
  this[EXCHANGE]?.leave()
}
function ignore(): void {}

export class Exchange {
  readonly #stream: Stream
  readonly #host: ExchangeHost
  readonly headers: IncomingHttpHeaders
  readonly session: Session
  checked: CheckedMessage = NOT_CHECKED
  text = ''
  gate: Gate<Exchange> | undefined
  /** What to answer instead of success. */
  reply: Answer | undefined
  messageName = ''
  effect: FaultEffect | undefined
  isAccepted = false
  isValidated = false
  /** The answer, or the fault instead of it, was sent. */
  isAnswered = false
  #body: Buffer | undefined

  constructor(stream: Stream, headers: IncomingHttpHeaders, session: Session, host: ExchangeHost) {
    this.#stream = stream
    this.#host = host
    this.headers = headers
    this.session = session
    stream[EXCHANGE] = this
    stream.on('data', onData)
    stream.on('end', onEnd)
    stream.on('error', ignore)
    stream.on('close', onClose)
  }

  get kind(): AddressKind {
    return this.checked.kind
  }

  get address(): string | undefined {
    return this.checked.address
  }

  /** After a GOAWAY the sender was told that this one is not processed; it must not be. */
  get isExcluded(): boolean {
    return this.#stream.aborted || (this.#stream.id ?? 0) > this.session.lastProcessed
  }

  take(chunk: Buffer): void {
    this.#body = this.#body === undefined ? chunk : Buffer.concat([this.#body, chunk])
  }

  arrive(): void {
    if (this.isExcluded) return
    this.text = this.#body?.toString() ?? ''
    this.#body = undefined
    this.#host.arrived(this)
  }

  leave(): void {
    this.#host.closed(this)
  }

  /** Sends the answer, or does what the fault says. */
  answer(): void {
    const stream = this.#stream
    if (stream.closed || stream.destroyed) return
    this.isAnswered = true
    if (this.effect !== undefined && this.#misbehave(stream, this.effect)) return
    if (this.reply === undefined) {
      this.#host.answered(200)
      stream.respond(OK_HEADERS)
      stream.end(`{\n  "name": "${this.messageName}"\n}\n`)
      return
    }
    const { status, headers, body } = this.reply
    this.#host.answered(status)
    stream.respond({ ':status': status, 'content-type': JSON_TYPE, ...headers })
    stream.end(body)
  }

  /** Returns false when the answer is to follow as usual. */
  #misbehave(stream: Stream, effect: FaultEffect): boolean {
    if ('dripMs' in effect) {
      this.#drip(stream, effect.dripMs)
      return true
    }
    if ('answer' in effect) {
      const { status = 200, body = '' } = this.reply ?? {}
      this.#host.lost()
      stream.respond({ ':status': status, 'content-type': JSON_TYPE })
      cutOff(stream, body.slice(0, body.length / 2))
      return true
    }
    const { http2, tls, tcp } = this.session
    if ('goawayAndAnswer' in effect) {
      sayLastOrders(http2)
      return false
    }
    if ('refuse' in effect) {
      this.#host.lost()
      // "Nothing was processed" is a last stream of 0, which Node takes for "all were": the first stream of a
      // session can only be refused by itself.
      if (effect.refuse === 'stream' || stream.id === 1) stream.close(constants.NGHTTP2_REFUSED_STREAM)
      else this.#sayGoaway((stream.id ?? 1) - 2, effect.code ?? constants.NGHTTP2_NO_ERROR)
      return true
    }
    if (!('lose' in effect)) return false
    this.#host.lost()
    switch (effect.lose) {
      case 'hang':
        break
      case 'hang_after_headers':
        stream.respond(OK_HEADERS)
        break
      case 'reset_after_headers':
        stream.respond(OK_HEADERS)
        cutOff(stream, '{\n  "name": "projects/')
        break
      case 'reset':
        stream.close(effect.code ?? constants.NGHTTP2_INTERNAL_ERROR)
        break
      case 'goaway':
        this.#sayGoaway(stream.id ?? 1, effect.code ?? constants.NGHTTP2_ENHANCE_YOUR_CALM)
        break
      case 'destroy_socket':
        tcp?.resetAndDestroy()
        break
      case 'fin':
        tls.end()
        break
    }
    return true
  }

  #sayGoaway(lastStreamId: number, code: number): void {
    this.session.lastProcessed = lastStreamId
    this.session.http2.goaway(code, lastStreamId)
  }

  #drip(stream: Stream, everyMs: number): void {
    this.#host.answered(200)
    stream.respond(OK_HEADERS)
    const body = `{"name":"${this.messageName}"}`
    let at = 0
    const timer = setInterval(() => {
      if (stream.destroyed) clearInterval(timer)
      else if (at < body.length) stream.write(body.charAt(at++))
      else {
        clearInterval(timer)
        stream.end()
      }
    }, everyMs)
  }
}

/**
 * Ends a connection as RFC 9113, 6.8, asks for: first that it will end, then which stream was the last. Saying just the
 * second names the last one seen so far, and those that came in the same read are answered all the same.
 */
export function sayLastOrders(http2: ServerHttp2Session): void {
  http2.goaway(constants.NGHTTP2_NO_ERROR, LAST_STREAM_ID)
  setImmediate(() => http2.destroyed || http2.close())
}

/** Not close(code): that ends the body properly before it resets, and the answer would look whole. */
function cutOff(stream: Stream, part: string): void {
  stream.write(part, () => stream.destroy(new Error('cut off on request')))
}
