/**
 * Request bodies on their way out, as far as the server's windows let them (RFC 9113, 5.2): one for the connection and
 * one for each stream. Ours are far smaller than either, so that nearly always a body leaves at once and whole.
 */
import { DATA, END_STREAM, FLOW_CONTROL_ERROR, type FrameWriter, Http2Error, MAX_FRAME } from './frames.ts'

const FIRST_WINDOW = 65_535
const LARGEST_WINDOW = 2 ** 31 - 1

export interface Outgoing {
  readonly id: number
  /** What the windows have not let through yet; undefined once all has left. */
  unsent: Buffer | undefined
  /** May be negative, when the server has taken back what it had allowed. */
  sendWindow: number
}

export class Outbox {
  /** What a stream may send when it is opened. */
  streamWindow = FIRST_WINDOW
  readonly #writer: FrameWriter
  #window = FIRST_WINDOW
  /** Whoever came first is first: what waits for a window of the connection is not overtaken. */
  #waiting: Outgoing[] = []

  constructor(writer: FrameWriter) {
    this.#writer = writer
  }

  send(stream: Outgoing, body: string): void {
    const size = Buffer.byteLength(body)
    if (this.#waiting.length === 0 && size <= Math.min(MAX_FRAME, this.#window, stream.sendWindow)) {
      this.#writer.text(DATA, END_STREAM, stream.id, body, size)
      this.#window -= size
      return
    }
    stream.unsent = Buffer.from(body)
    this.#waiting.push(stream)
    this.sendWaiting()
  }

  sendWaiting(): void {
    if (this.#waiting.length > 0) this.#waiting = this.#waiting.filter((stream) => !this.#sendMore(stream))
  }

  drop(stream: Outgoing): void {
    if (stream.unsent !== undefined) this.#waiting = this.#waiting.filter((other) => other !== stream)
  }

  /** Throws Http2Error. Streams that are open move along, and may go below zero (RFC 9113, 6.9.2). */
  setStreamWindow(value: number, open: Iterable<Outgoing>): void {
    if (value > LARGEST_WINDOW) throw new Http2Error(FLOW_CONTROL_ERROR, `a window of ${value}`)
    for (const stream of open) stream.sendWindow += value - this.streamWindow
    this.streamWindow = value
  }

  /** Throws Http2Error. Undefined: the window of the connection. */
  widen(stream: Outgoing | undefined, more: number): void {
    if (stream === undefined) this.#window += more
    else stream.sendWindow += more
    const window = stream?.sendWindow ?? this.#window
    if (window > LARGEST_WINDOW) throw new Http2Error(FLOW_CONTROL_ERROR, `a window of ${window}`)
    this.sendWaiting()
  }

  /** Returns true when all of it has left. */
  #sendMore(stream: Outgoing): boolean {
    let body = stream.unsent
    while (body !== undefined) {
      const size = Math.min(body.length, MAX_FRAME, this.#window, stream.sendWindow)
      if (size <= 0 && body.length > 0) break
      const isLast = size === body.length
      this.#writer.frame(DATA, isLast ? END_STREAM : 0, stream.id, isLast ? body : body.subarray(0, size))
      this.#window -= size
      stream.sendWindow -= size
      body = isLast ? undefined : body.subarray(size)
    }
    stream.unsent = body
    return body === undefined
  }
}
