/**
 * One viewer's stream of server-sent events. Events are not kept for a slow reader: its connection is closed, and the
 * browser reconnects and gets the current state.
 */
import type { ServerResponse } from 'node:http'

/** In addition to the kernel's buffers for the connection, which are several times larger. */
const MAX_UNREAD_BYTES = 64 * 1024
/** How long the client has to read the last event. */
const LAST_EVENT_MS = 1_000

/** How long a browser waits before it reconnects. Many may reconnect at once, so not too short. */
const RETRY_MS = 3_000
const HEARTBEAT = Buffer.from(': \n\n')

const STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  // Without it, nginx holds events back until a buffer is full.
  'x-accel-buffering': 'no',
  // The connection cannot be reused, and a stopping server must not wait for another request on it.
  connection: 'close',
} as const

/** Encodes one event. `json` must not contain line breaks; JSON.stringify emits none. */
export function frameOf(event: string, json: string, id?: string): Buffer {
  return Buffer.from(`event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${json}\n\n`)
}

export class EventStream {
  readonly #response: ServerResponse

  /** `onGone` is called once, when the connection has ended. */
  constructor(response: ServerResponse, headers: object, onGone: () => void) {
    this.#response = response
    // If the client left before this, 'close' has been emitted already.
    if (response.destroyed) queueMicrotask(onGone)
    else response.once('close', onGone)
    // A broken connection; 'close' follows.
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
    const timer = setTimeout(() => this.#response.destroy(), LAST_EVENT_MS)
    this.#response.once('close', () => clearTimeout(timer))
  }
}
