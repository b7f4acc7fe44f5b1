/**
 * HTTP/2 frames (RFC 9113, 4 and 6) on a socket: split from the incoming bytes, and collected into as few writes as
 * possible.
 *
 * Collecting is what saves time: all requests that become possible by one read are sent with one write, one encryption and
 * one system call.
 */
import type { Socket } from 'node:net'

export const DATA = 0
export const HEADERS = 1
export const RST_STREAM = 3
export const SETTINGS = 4
export const PUSH_PROMISE = 5
export const PING = 6
export const GOAWAY = 7
export const WINDOW_UPDATE = 8
export const CONTINUATION = 9

export const END_STREAM = 0x1
export const ACK = 0x1
export const END_HEADERS = 0x4
const PADDED = 0x8
export const PRIORITY = 0x20

/** RFC 9113, 7. */
export const NO_ERROR = 0
export const PROTOCOL_ERROR = 1
export const FLOW_CONTROL_ERROR = 3
export const FRAME_SIZE_ERROR = 6
export const REFUSED_STREAM = 7
export const CANCEL = 8
export const COMPRESSION_ERROR = 9

const HEADER_BYTES = 9
/** The largest frame a peer may send unless allowed more, which we never do. */
export const MAX_FRAME = 16_384
const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
const EMPTY = Buffer.alloc(0)

/** An error that ends the connection, with its error code of RFC 9113. */
export class Http2Error extends Error {
  readonly code: number
  constructor(code: number, message: string) {
    super(message)
    this.name = 'Http2Error'
    this.code = code
  }
}

/** Returns the payload without its padding. Throws Http2Error. */
export function withoutPadding(flags: number, payload: Buffer): Buffer {
  if ((flags & PADDED) === 0) return payload
  const padding = payload[0] ?? 0
  if (padding >= payload.length) throw new Http2Error(PROTOCOL_ERROR, 'padding longer than its frame')
  return payload.subarray(1, payload.length - padding)
}

export type OnFrame = (type: number, flags: number, streamId: number, payload: Buffer) => void

/** Splits chunks of any size into frames. Buffers at most one incomplete frame. */
export class FrameReader {
  #rest: Buffer = EMPTY

  /** Throws Http2Error when a frame is larger than allowed. Calls `isOver` after each frame, and stops if it is true. */
  push(piece: Buffer, onFrame: OnFrame, isOver: () => boolean): void {
    const bytes = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece])
    let at = 0
    while (bytes.length - at >= HEADER_BYTES) {
      const length = bytes.readUIntBE(at, 3)
      if (length > MAX_FRAME) throw new Http2Error(FRAME_SIZE_ERROR, `a frame of ${length} bytes`)
      const end = at + HEADER_BYTES + length
      if (end > bytes.length) break
      const streamId = bytes.readUInt32BE(at + 5) & 0x7fffffff
      onFrame(
        bytes[at + 3] as number,
        bytes[at + 4] as number,
        streamId,
        bytes.subarray(at + HEADER_BYTES, end),
      )
      at = end
      if (isOver()) return
    }
    this.#rest = at === bytes.length ? EMPTY : bytes.subarray(at)
  }
}

const FIRST_ROOM = 4_096
const MOST_ROOM = 65_536

/** Collects frames until `flush`, which also happens automatically on the next tick. */
export class FrameWriter {
  readonly #socket: Socket
  #out: Buffer = Buffer.allocUnsafeSlow(FIRST_ROOM)
  #length = 0
  #isDue = false

  constructor(socket: Socket) {
    this.#socket = socket
  }

  frame(type: number, flags: number, streamId: number, payload: Buffer): void {
    this.#head(type, flags, streamId, payload.length)
    payload.copy(this.#out, this.#length)
    this.#length += payload.length
  }

  /** Writes a frame whose payload is one 32-bit number. */
  number(type: number, streamId: number, value: number): void {
    this.#head(type, 0, streamId, 4)
    this.#length = this.#out.writeUInt32BE(value >>> 0, this.#length)
  }

  /** Writes a frame whose payload is a text of `bytes` bytes in UTF-8. */
  text(type: number, flags: number, streamId: number, text: string, bytes: number): void {
    this.#head(type, flags, streamId, bytes)
    this.#length += this.#out.write(text, this.#length, 'utf8')
  }

  /** Writes the client's connection preface. */
  preface(): void {
    this.#makeRoom(PREFACE.length)
    this.#length += this.#out.write(PREFACE, this.#length, 'latin1')
  }

  flush(): void {
    this.#isDue = false
    if (this.#length === 0) return
    // A copy: the socket may keep the buffer until the other side reads.
    const bytes = Buffer.from(this.#out.subarray(0, this.#length))
    this.#length = 0
    if (!this.#socket.destroyed) this.#socket.write(bytes)
  }

  #head(type: number, flags: number, streamId: number, length: number): void {
    this.#makeRoom(HEADER_BYTES + length)
    const out = this.#out
    const at = this.#length
    out[at] = length >> 16
    out[at + 1] = length >> 8
    out[at + 2] = length
    out[at + 3] = type
    out[at + 4] = flags
    out.writeUInt32BE(streamId, at + 5)
    this.#length = at + HEADER_BYTES
    if (!this.#isDue) {
      this.#isDue = true
      process.nextTick(() => this.flush())
    }
  }

  #makeRoom(bytes: number): void {
    if (this.#length + bytes <= this.#out.length) return
    if (this.#length + bytes > MOST_ROOM) this.flush()
    if (this.#length + bytes <= this.#out.length) return
    const larger = Buffer.allocUnsafeSlow(
      Math.min(MOST_ROOM, Math.max(this.#out.length * 4, this.#length + bytes)),
    )
    this.#out.copy(larger, 0, 0, this.#length)
    this.#out = larger
  }
}
