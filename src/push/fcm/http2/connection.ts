/**
 * One HTTP/2 connection to FCM: RFC 9113 as far as a client needs it that only ever posts small bodies and reads small
 * answers. node:http2 makes a duplex stream with all its events for each message, which was two thirds of the CPU time of
 * sending; here a message is two frames out, two frames in, and one object.
 *
 *   opening ──SETTINGS seen──> open ──GOAWAY──> closing ──last answer, or the deadline──> gone
 *                                └──error, FIN, reset, destroy────────────────────────────^
 *
 * Promises, for each exchange: `end` is called exactly once, after everything else, and says what is known:
 *   whole         the answer is complete
 *   unprocessed   the server has said so, or cannot have had the whole request: it was certainly not acted on
 *   lost          anything else
 */
import type { Socket } from 'node:net'
import type { Logger } from '../../../process/logger.ts'
import {
  ACK,
  CANCEL,
  COMPRESSION_ERROR,
  CONTINUATION,
  DATA,
  END_HEADERS,
  END_STREAM,
  FRAME_SIZE_ERROR,
  FrameReader,
  FrameWriter,
  GOAWAY,
  HEADERS,
  Http2Error,
  MAX_FRAME,
  NO_ERROR,
  PING,
  PROTOCOL_ERROR,
  PUSH_PROMISE,
  REFUSED_STREAM,
  RST_STREAM,
  SETTINGS,
  WINDOW_UPDATE,
  withoutPadding,
} from './frames.ts'
import { HeaderAssembly, type HeaderBlock } from './header-assembly.ts'
import { Outbox, type Outgoing } from './outbox.ts'
import { encodeHeaders, type HeaderBlocks, type HeaderFields } from './request-headers.ts'
import { ResponseHeaders } from './response-headers.ts'

export type ExchangeEnd = 'whole' | 'unprocessed' | 'lost'

/** Who waits for an answer. */
export interface Exchange {
  respond(status: number, retryAfter: string | undefined): void
  take(chunk: Buffer): void
  end(how: ExchangeEnd): void
}

export interface ConnectionOptions {
  /** The server's first SETTINGS are known: requests may start. */
  onReady: () => void
  /** It takes no more requests; those on it may still be answered. Called once, before it is gone or with it. */
  onClosing: () => void
  log: Logger
}

/** ENABLE_PUSH: 0. All else is as RFC 9113 has it before anybody says anything. */
const OUR_SETTINGS = Buffer.from([0, 2, 0, 0, 0, 0])
const HEADER_TABLE_SIZE = 1
const MAX_CONCURRENT_STREAMS = 3
const INITIAL_WINDOW_SIZE = 4
/** What was read is given back to the server's windows in pieces of this size. */
const WINDOW_STEP = 16_384
/** After a GOAWAY with an error a server ends the connection. One that does not is given a round trip, and no more. */
const AFTER_ERROR_MS = 250
const LAST_STREAM_ID = 2 ** 31 - 1

interface Stream extends Outgoing {
  readonly exchange: Exchange
  /** Read and not given back to the stream's window. */
  taken: number
  hasStatus: boolean
}

export class Http2Connection {
  /** Undefined: the server has named no limit. */
  maxStreams: number | undefined
  isClosing = false
  isGone = false
  readonly #socket: Socket
  readonly #options: ConnectionOptions
  readonly #reader = new FrameReader()
  readonly #writer: FrameWriter
  readonly #outbox: Outbox
  readonly #headerAssembly = new HeaderAssembly()
  readonly #responseHeaders = new ResponseHeaders()
  readonly #streams = new Map<number, Stream>()
  #nextId = 1
  #taken = 0
  #tableSize = 4096
  #headers: { fields: HeaderFields; blocks: HeaderBlocks } | undefined
  #hasSettings = false
  #endTimer: NodeJS.Timeout | undefined

  /** `socket`: TLS to a server that has agreed to speak HTTP/2. */
  constructor(socket: Socket, options: ConnectionOptions) {
    this.#socket = socket
    this.#options = options
    this.#writer = new FrameWriter(socket)
    this.#outbox = new Outbox(this.#writer)
    socket.setNoDelay(true)
    socket.on('data', (piece: Buffer) => this.#read(piece))
    // 'close' follows.
    socket.on('error', (err) => options.log.debug({ err }, 'FCM session failed'))
    socket.on('end', () => socket.destroy())
    socket.on('close', () => this.#gone())
    this.#writer.preface()
    this.#writer.frame(SETTINGS, 0, 0, OUR_SETTINGS)
  }

  /**
   * Starts an exchange, and returns what `cancel` takes. Throws when the connection takes no more; nothing has left then.
   * How many there may be at a time is the caller's to keep.
   */
  request(fields: HeaderFields, body: string, exchange: Exchange): number {
    if (this.isClosing) throw new Error('the connection is closing')
    const block = this.#headerBlock(fields)
    if (block.length > MAX_FRAME) throw new Error(`headers of ${block.length} bytes`)
    const id = this.#nextId
    this.#nextId += 2
    if (this.#nextId > LAST_STREAM_ID) this.#close()
    const stream: Stream = {
      id,
      exchange,
      unsent: undefined,
      sendWindow: this.#outbox.streamWindow,
      taken: 0,
      hasStatus: false,
    }
    this.#streams.set(id, stream)
    this.#writer.frame(HEADERS, END_HEADERS, id, block)
    this.#outbox.send(stream, body)
    return id
  }

  /** Ends the exchange here and there. The server may have acted on it all the same. */
  cancel(id: number): void {
    const stream = this.#streams.get(id)
    if (stream === undefined) return
    this.#writer.number(RST_STREAM, id, CANCEL)
    this.#end(stream, stream.unsent === undefined ? 'lost' : 'unprocessed')
  }

  /** While nothing is on it, a connection must not keep the process alive. */
  ref(): void {
    this.#socket.ref()
  }

  unref(): void {
    this.#socket.unref()
  }

  /** At once; what is on it is lost. */
  destroy(): void {
    if (this.isGone) return
    this.#goaway(NO_ERROR)
    this.#socket.destroy()
    this.#gone()
  }

  #headerBlock(fields: HeaderFields): Buffer {
    if (this.#headers?.fields === fields) return this.#headers.blocks.again
    const blocks = encodeHeaders(fields, this.#tableSize)
    this.#headers = { fields, blocks }
    return blocks.first
  }

  #read(piece: Buffer): void {
    try {
      this.#reader.push(piece, this.#onFrame, this.#isOver)
    } catch (error) {
      this.#fail(error instanceof Http2Error ? error : new Http2Error(PROTOCOL_ERROR, String(error)))
      return
    }
    this.#writer.flush()
  }

  readonly #isOver = () => this.isGone

  readonly #onFrame = (type: number, flags: number, streamId: number, payload: Buffer): void => {
    if (!this.#hasSettings && type !== SETTINGS) {
      throw new Http2Error(PROTOCOL_ERROR, 'something else came before SETTINGS')
    }
    const awaited = this.#headerAssembly.streamId
    if (awaited !== undefined && (type !== CONTINUATION || streamId !== awaited)) {
      throw new Http2Error(PROTOCOL_ERROR, 'a header block was interrupted')
    }
    if (streamId !== 0 && (type === SETTINGS || type === PING || type === GOAWAY)) {
      throw new Http2Error(PROTOCOL_ERROR, `a frame of type ${type} on stream ${streamId}`)
    }
    switch (type) {
      case DATA:
        this.#onData(flags, streamId, payload)
        break
      case HEADERS:
        if (!this.#streams.has(streamId)) this.#refuseIdle(streamId)
        this.#onBlock(this.#headerAssembly.begin(flags, streamId, payload))
        break
      case CONTINUATION:
        this.#onBlock(this.#headerAssembly.goOn(flags, payload))
        break
      case RST_STREAM:
        this.#onReset(streamId, payload)
        break
      case SETTINGS:
        this.#onSettingsFrame(flags, payload)
        break
      case PING:
        if (payload.length !== 8) throw new Http2Error(FRAME_SIZE_ERROR, 'a PING that is not 8 bytes')
        if ((flags & ACK) === 0) this.#writer.frame(PING, ACK, 0, payload)
        break
      case GOAWAY:
        this.#onGoaway(payload)
        break
      case WINDOW_UPDATE:
        this.#onWindowUpdate(streamId, payload)
        break
      case PUSH_PROMISE:
        throw new Http2Error(PROTOCOL_ERROR, 'a push that nobody asked for')
      default:
      // PRIORITY says nothing to a client, and unknown frames are to be passed over (RFC 9113, 5.5).
    }
  }

  #onData(flags: number, streamId: number, payload: Buffer): void {
    const stream = this.#streams.get(streamId)
    if (stream === undefined) this.#refuseIdle(streamId)
    // Padding and what comes for a canceled stream count as well.
    this.#taken += payload.length
    if (this.#taken >= WINDOW_STEP) {
      this.#writer.number(WINDOW_UPDATE, 0, this.#taken)
      this.#taken = 0
    }
    if (stream === undefined) return
    if (!stream.hasStatus) throw new Http2Error(PROTOCOL_ERROR, 'a body before its headers')
    const content = withoutPadding(flags, payload)
    if (content.length > 0) stream.exchange.take(content)
    if ((flags & END_STREAM) !== 0) {
      this.#answered(stream)
      return
    }
    stream.taken += payload.length
    if (stream.taken < WINDOW_STEP) return
    this.#writer.number(WINDOW_UPDATE, streamId, stream.taken)
    stream.taken = 0
  }

  /** Read also for a stream that is gone: the tables of both sides must stay alike. */
  #onBlock(block: HeaderBlock | undefined): void {
    if (block === undefined) return
    const { streamId, endsStream, bytes } = block
    try {
      this.#responseHeaders.read(bytes)
    } catch (error) {
      throw new Http2Error(COMPRESSION_ERROR, (error as Error).message)
    }
    const stream = this.#streams.get(streamId)
    if (stream === undefined) return
    const { status, retryAfter } = this.#responseHeaders
    // 1xx is not the answer yet; a block without a status, after it, are trailers.
    if (!stream.hasStatus && status >= 200) {
      stream.hasStatus = true
      stream.exchange.respond(status, retryAfter)
    } else if (!stream.hasStatus && (status < 100 || endsStream)) {
      throw new Http2Error(PROTOCOL_ERROR, 'an answer without a status')
    }
    if (endsStream) this.#answered(stream)
  }

  #answered(stream: Stream): void {
    // Answered before it had the whole request: it must not wait for the rest.
    if (stream.unsent !== undefined) this.#writer.number(RST_STREAM, stream.id, CANCEL)
    this.#end(stream, 'whole')
  }

  #onReset(streamId: number, payload: Buffer): void {
    if (payload.length !== 4) throw new Http2Error(FRAME_SIZE_ERROR, 'RST_STREAM that is not 4 bytes')
    const stream = this.#streams.get(streamId)
    if (stream === undefined) this.#refuseIdle(streamId)
    else this.#end(stream, payload.readUInt32BE(0) === REFUSED_STREAM ? 'unprocessed' : 'lost')
  }

  #onSettingsFrame(flags: number, payload: Buffer): void {
    if ((flags & ACK) !== 0) return
    if (payload.length % 6 !== 0) throw new Http2Error(FRAME_SIZE_ERROR, 'SETTINGS of a broken size')
    for (let at = 0; at < payload.length; at += 6) {
      this.#set(payload.readUInt16BE(at), payload.readUInt32BE(at + 2))
    }
    this.#writer.frame(SETTINGS, ACK, 0, Buffer.alloc(0))
    this.#outbox.sendWaiting()
    if (this.#hasSettings) return
    this.#hasSettings = true
    this.#options.onReady()
  }

  #set(name: number, value: number): void {
    if (name === MAX_CONCURRENT_STREAMS) this.maxStreams = value
    else if (name === HEADER_TABLE_SIZE) {
      this.#tableSize = value
      // Said anew, in a table of the new size.
      this.#headers = undefined
    } else if (name === INITIAL_WINDOW_SIZE) this.#outbox.setStreamWindow(value, this.#streams.values())
  }

  #onGoaway(payload: Buffer): void {
    if (payload.length < 8) throw new Http2Error(FRAME_SIZE_ERROR, 'GOAWAY that is too short')
    const lastProcessed = payload.readUInt32BE(0) & 0x7fffffff
    this.#close()
    for (const stream of [...this.#streams.values()]) {
      if (stream.id > lastProcessed) this.#end(stream, 'unprocessed')
    }
    if (payload.readUInt32BE(4) === NO_ERROR) return
    this.#endTimer ??= setTimeout(() => this.destroy(), AFTER_ERROR_MS)
    this.#endTimer.unref()
  }

  #onWindowUpdate(streamId: number, payload: Buffer): void {
    if (payload.length !== 4) throw new Http2Error(FRAME_SIZE_ERROR, 'WINDOW_UPDATE that is not 4 bytes')
    const more = payload.readUInt32BE(0) & 0x7fffffff
    const stream = this.#streams.get(streamId)
    if (streamId !== 0 && stream === undefined) this.#refuseIdle(streamId)
    else this.#outbox.widen(stream, more)
  }

  /** A stream we have ended may still be spoken of; one we have never opened may not. */
  #refuseIdle(streamId: number): void {
    if (streamId === 0 || streamId >= this.#nextId || streamId % 2 === 0) {
      throw new Http2Error(PROTOCOL_ERROR, `stream ${streamId} was never opened`)
    }
  }

  #end(stream: Stream, how: ExchangeEnd): void {
    // Whoever is told of one end may end the connection, and with it the others.
    if (!this.#streams.delete(stream.id)) return
    this.#outbox.drop(stream)
    stream.exchange.end(how)
  }

  #goaway(code: number): void {
    const payload = Buffer.alloc(8)
    payload.writeUInt32BE(code, 4)
    this.#writer.frame(GOAWAY, 0, 0, payload)
    this.#writer.flush()
  }

  #fail(error: Http2Error): void {
    this.#options.log.warn({ err: error }, 'FCM broke the rules of HTTP/2; its connection is ended')
    this.#goaway(error.code)
    this.#socket.destroy()
    this.#gone()
  }

  #close(): void {
    if (this.isClosing) return
    this.isClosing = true
    this.#options.onClosing()
  }

  #gone(): void {
    if (this.isGone) return
    this.isGone = true
    clearTimeout(this.#endTimer)
    this.#close()
    for (const stream of [...this.#streams.values()]) {
      this.#end(stream, stream.unsent === undefined ? 'lost' : 'unprocessed')
    }
  }
}
