/**
 * Sends request bodies as far as the server's flow-control windows allow (RFC 9113, 5.2): one window for the connection
 * and one for each stream. Our bodies are far smaller than either, so a body is nearly always sent at once.
 */
import { DATA, END_STREAM, FLOW_CONTROL_ERROR, type FrameWriter, Http2Error, MAX_FRAME } from './frames.ts'

const FIRST_WINDOW = 65_535
const LARGEST_WINDOW = 2 ** 31 - 1

export interface Outgoing {
  readonly id: number
  /** The part of the body that the windows have not allowed yet; undefined once all of it was sent. */
  unsent: Buffer | undefined
  /** Negative when the server has reduced the window below what was already sent. */
  sendWindow: number
}

export class Outbox {
  /** The window of a new stream. */
  streamWindow = FIRST_WINDOW
  readonly #writer: FrameWriter
  #window = FIRST_WINDOW
  /** First in, first out: a body that waits for the connection's window is not overtaken. */
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

  /** Changes the windows of open streams by the same amount, possibly below zero (RFC 9113, 6.9.2). Throws Http2Error. */
  setStreamWindow(value: number, open: Iterable<Outgoing>): void {
    if (value > LARGEST_WINDOW) throw new Http2Error(FLOW_CONTROL_ERROR, `a window of ${value}`)
    for (const stream of open) stream.sendWindow += value - this.streamWindow
    this.streamWindow = value
  }

  /** `stream` undefined: the window of the connection. Throws Http2Error. */
  widen(stream: Outgoing | undefined, more: number): void {
    if (stream === undefined) this.#window += more
    else stream.sendWindow += more
    const window = stream?.sendWindow ?? this.#window
    if (window > LARGEST_WINDOW) throw new Http2Error(FLOW_CONTROL_ERROR, `a window of ${window}`)
    this.sendWaiting()
  }

  /** Returns true when the whole body has been sent. */
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
