/**
 * One HTTP/2 connection to FCM: the part of RFC 9113 that a client needs which only posts small bodies and reads small
 * answers. node:http2 creates a duplex stream with all its events for each message, which took two thirds of the CPU
 * time of sending; here a message is two frames out, two frames in, and one object.
 *
 *   opening ──SETTINGS seen──> open ──GOAWAY──> closing ──last answer, or the deadline──> gone
 *                                └──error, FIN, reset, destroy────────────────────────────^
 *
 * Guarantees for each exchange: `end` is called exactly once, after the other callbacks, with what is certain:
 *   whole         the answer is complete
 *   unprocessed   the server says so, or cannot have received the whole request: it was certainly not processed
 *   moved         the same, because the server ends the connection in order after requests before it (RFC 9113, 8.7)
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

export type ExchangeEnd = 'whole' | 'unprocessed' | 'moved' | 'lost'

/** Receives the answer to one request. */
export interface Exchange {
  respond(status: number, retryAfter: string | undefined): void
  take(chunk: Buffer): void
  end(how: ExchangeEnd): void
}

export interface ConnectionOptions {
  /** The server's first SETTINGS have arrived: requests may start. */
  onReady: () => void
  /** It takes no more requests; open ones may still be answered. Called once, no later than the end of the connection. */
  onClosing: () => void
  /** Later SETTINGS have arrived: `maxStreams` may have changed. */
  onLimit: () => void
  log: Logger
}

/** ENABLE_PUSH: 0. All other settings have the initial values of RFC 9113. */
const OUR_SETTINGS = Buffer.from([0, 2, 0, 0, 0, 0])
const HEADER_TABLE_SIZE = 1
const MAX_CONCURRENT_STREAMS = 3
const INITIAL_WINDOW_SIZE = 4
/** A WINDOW_UPDATE is sent for each this many bytes read. */
const WINDOW_STEP = 16_384
/** After a GOAWAY with an error a server ends the connection. If it does not, we end it after about a round trip. */
const AFTER_ERROR_MS = 250
const LAST_STREAM_ID = 2 ** 31 - 1

interface Stream extends Outgoing {
  readonly exchange: Exchange
  /** Bytes read for which no WINDOW_UPDATE was sent yet. */
  taken: number
  hasStatus: boolean
}

export class Http2Connection {
  /** Undefined: the server has set no limit. */
  maxStreams: number | undefined
  isClosing = false
  isGone = false
  /** Time of the last bytes from the server. */
  heardAt = performance.now()
  /** Time of the last PING that was sent. */
  pingedAt = Number.NEGATIVE_INFINITY
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

  /** `socket`: a TLS connection on which ALPN has negotiated HTTP/2. */
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
   * Starts an exchange and returns its id for `cancel`. Throws when the connection takes no more requests; nothing was
   * sent then. The caller has to respect `maxStreams`.
   */
  request(fields: HeaderFields, body: string, exchange: Exchange): number {
    if (this.isClosing) throw new Error('the connection is closing')
    const block = this.#headerBlock(fields)
    if (block.length > MAX_FRAME) throw new Error(`the headers have ${block.length} bytes, more than a frame`)
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

  /** Ends the exchange on both sides. The server may have processed it. */
  cancel(id: number): void {
    const stream = this.#streams.get(id)
    if (stream === undefined) return
    this.#writer.number(RST_STREAM, id, CANCEL)
    this.#end(stream, stream.unsent === undefined ? 'lost' : 'unprocessed')
  }

  /** The server has to answer, which is seen in `heardAt`; an idle connection also stays known to firewalls on its way. */
  ping(): void {
    this.pingedAt = performance.now()
    this.#writer.frame(PING, 0, 0, Buffer.alloc(8))
  }

  /** A connection without exchanges must not keep the process alive: `unref` it then. */
  ref(): void {
    this.#socket.ref()
  }

  unref(): void {
    this.#socket.unref()
  }

  /** Closes the connection at once; its open exchanges end as lost. */
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
    this.heardAt = performance.now()
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
      throw new Http2Error(PROTOCOL_ERROR, 'the first frame is not SETTINGS')
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
        if (payload.length !== 8) throw new Http2Error(FRAME_SIZE_ERROR, 'a PING that has not 8 bytes')
        if ((flags & ACK) === 0) this.#writer.frame(PING, ACK, 0, payload)
        break
      case GOAWAY:
        this.#onGoaway(payload)
        break
      case WINDOW_UPDATE:
        this.#onWindowUpdate(streamId, payload)
        break
      case PUSH_PROMISE:
        throw new Http2Error(PROTOCOL_ERROR, 'a push, which our SETTINGS forbid')
      default:
      // PRIORITY means nothing to a client, and unknown frames have to be ignored (RFC 9113, 5.5).
    }
  }

  #onData(flags: number, streamId: number, payload: Buffer): void {
    const stream = this.#streams.get(streamId)
    if (stream === undefined) this.#refuseIdle(streamId)
    // Padding and data of canceled streams count as well.
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

  /** Also decoded for a stream that has ended: the header tables of both sides must stay the same. */
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
    // A 1xx is not the final answer. A block without a status that follows the final one contains trailers.
    if (!stream.hasStatus && status >= 200) {
      stream.hasStatus = true
      stream.exchange.respond(status, retryAfter)
    } else if (!stream.hasStatus && (status < 100 || endsStream)) {
      throw new Http2Error(PROTOCOL_ERROR, 'an answer without a status')
    }
    if (endsStream) this.#answered(stream)
  }

  #answered(stream: Stream): void {
    // The server has answered before it received the whole request: tell it that the rest will not come.
    if (stream.unsent !== undefined) this.#writer.number(RST_STREAM, stream.id, CANCEL)
    this.#end(stream, 'whole')
  }

  #onReset(streamId: number, payload: Buffer): void {
    if (payload.length !== 4) throw new Http2Error(FRAME_SIZE_ERROR, 'an RST_STREAM that has not 4 bytes')
    const stream = this.#streams.get(streamId)
    if (stream === undefined) this.#refuseIdle(streamId)
    else this.#end(stream, payload.readUInt32BE(0) === REFUSED_STREAM ? 'unprocessed' : 'lost')
  }

  #onSettingsFrame(flags: number, payload: Buffer): void {
    if ((flags & ACK) !== 0) return
    if (payload.length % 6 !== 0)
      throw new Http2Error(FRAME_SIZE_ERROR, 'SETTINGS whose size is not a multiple of 6')
    for (let at = 0; at < payload.length; at += 6) {
      this.#set(payload.readUInt16BE(at), payload.readUInt32BE(at + 2))
    }
    this.#writer.frame(SETTINGS, ACK, 0, Buffer.alloc(0))
    this.#outbox.sendWaiting()
    if (this.#hasSettings) {
      this.#options.onLimit()
      return
    }
    this.#hasSettings = true
    this.#options.onReady()
  }

  #set(name: number, value: number): void {
    if (name === MAX_CONCURRENT_STREAMS) this.maxStreams = value
    else if (name === HEADER_TABLE_SIZE) {
      this.#tableSize = value
      // The next request sends its headers again, for a table of the new size.
      this.#headers = undefined
    } else if (name === INITIAL_WINDOW_SIZE) this.#outbox.setStreamWindow(value, this.#streams.values())
  }

  #onGoaway(payload: Buffer): void {
    if (payload.length < 8) throw new Http2Error(FRAME_SIZE_ERROR, 'a GOAWAY that is too short')
    const lastProcessed = payload.readUInt32BE(0) & 0x7fffffff
    const isInOrder = payload.readUInt32BE(4) === NO_ERROR
    this.#close()
    for (const stream of [...this.#streams.values()]) {
      // A server that processed none at all may do so on the next connection as well: no reason to hurry.
      if (stream.id > lastProcessed)
        this.#end(stream, isInOrder && lastProcessed > 0 ? 'moved' : 'unprocessed')
    }
    if (isInOrder) return
    this.#endTimer ??= setTimeout(() => this.destroy(), AFTER_ERROR_MS)
    this.#endTimer.unref()
  }

  #onWindowUpdate(streamId: number, payload: Buffer): void {
    if (payload.length !== 4) throw new Http2Error(FRAME_SIZE_ERROR, 'a WINDOW_UPDATE that has not 4 bytes')
    const more = payload.readUInt32BE(0) & 0x7fffffff
    const stream = this.#streams.get(streamId)
    if (streamId !== 0 && stream === undefined) this.#refuseIdle(streamId)
    else this.#outbox.widen(stream, more)
  }

  /** Frames may still arrive for a stream that has ended, but not for one that was never opened. */
  #refuseIdle(streamId: number): void {
    if (streamId === 0 || streamId >= this.#nextId || streamId % 2 === 0) {
      throw new Http2Error(PROTOCOL_ERROR, `stream ${streamId} was never opened`)
    }
  }

  #end(stream: Stream, how: ExchangeEnd): void {
    // A callback may destroy the connection and so end the other streams, this one included.
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
    this.#options.log.warn({ err: error }, 'FCM violated the HTTP/2 protocol; the connection is closed')
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
