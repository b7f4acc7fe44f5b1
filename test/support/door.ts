/**
 * A TCP relay in front of a fake FCM, so that a test can shut the way to it and open it again, and count the
 * connections that the dispatcher holds.
 */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

export class Door {
  readonly #sockets = new Set<Socket>()
  readonly #server: Server
  #port = 0

  private constructor(target: string) {
    const port = Number(new URL(target).port)
    this.#server = createServer((incoming) => {
      const outgoing = connect(port, '127.0.0.1')
      this.#sockets.add(incoming)
      incoming.pipe(outgoing)
      outgoing.pipe(incoming)
      // A reset on one side is one on the other. An end of the server's goes through, and then it is the dispatcher's
      // turn to close: only that makes the connection one less.
      incoming.on('error', () => outgoing.resetAndDestroy())
      outgoing.on('error', () => incoming.resetAndDestroy())
      outgoing.on('close', () => incoming.resume())
      outgoing.on('end', () => outgoing.destroy())
      incoming.on('close', () => {
        this.#sockets.delete(incoming)
        outgoing.destroy()
      })
    })
  }

  static async to(target: string): Promise<Door> {
    const door = new Door(target)
    await door.open()
    return door
  }

  /** What FCM_ENDPOINT takes; the same however often the door is shut. */
  get origin(): string {
    return `https://127.0.0.1:${this.#port}`
  }

  /** How many the dispatcher holds. */
  get connections(): number {
    return this.#sockets.size
  }

  async open(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1')
    await once(this.#server, 'listening')
    this.#port = (this.#server.address() as AddressInfo).port
  }

  /** Connections are reset, and new ones refused. */
  async shut(): Promise<void> {
    if (!this.#server.listening) return
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const socket of this.#sockets) socket.resetAndDestroy()
    await closed
  }
}
