/**
 * One viewer of a live channel: an HTTP answer that goes on, as server-sent events. What a reader does not take is not
 * kept for it: the connection is dropped, and its browser comes again and gets what is so then.
 */
import type { ServerResponse } from 'node:http'

/** On top of what the kernel holds for the connection, which is several times as much. */
const MAX_UNREAD_BYTES = 64 * 1024
/** How long the last words may take to be read. */
const FAREWELL_MS = 1_000

/** A browser that was cut off waits as long before it comes again; all of them at once, so not too soon. */
const RETRY_MS = 3_000
const HEARTBEAT = Buffer.from(': \n\n')

export const STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  // nginx would otherwise keep events until a buffer is full.
  'x-accel-buffering': 'no',
  // The connection has no second use, and a server that is told to stop must not wait for one.
  connection: 'close',
} as const

/** An event as it goes over the wire. JSON has no line breaks of its own. */
export function frameOf(event: string, json: string, id?: string): Buffer {
  return Buffer.from(`event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${json}\n\n`)
}

export class EventStream {
  readonly #response: ServerResponse

  /** `onGone` is called once, however it ends. */
  constructor(response: ServerResponse, headers: object, onGone: () => void) {
    this.#response = response
    // Whoever left while the answer was looked up has had its 'close'.
    if (response.destroyed) queueMicrotask(onGone)
    else response.once('close', onGone)
    // A connection that breaks while something is written to it; 'close' follows.
    response.on('error', () => {})
    response.writeHead(200, { ...headers, ...STREAM_HEADERS })
    response.write(`retry: ${RETRY_MS}\n\n`)
  }

  write(frame: Buffer): void {
    if (this.#response.writableLength > MAX_UNREAD_BYTES) this.#response.destroy()
    else this.#response.write(frame)
  }

  beat(): void {
    this.write(HEARTBEAT)
  }

  end(frame?: Buffer): void {
    if (this.#response.writableEnded) return
    this.#response.end(frame)
    const timer = setTimeout(() => this.#response.destroy(), FAREWELL_MS)
    this.#response.once('close', () => clearTimeout(timer))
  }
}
