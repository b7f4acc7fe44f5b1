/**
 * A TCP relay in front of a server on this machine. With it the network between a process and the server can be made slow,
 * silent or broken, and made whole again.
 *
 *   open      relays; new connections are accepted
 *   shut      every connection is reset, new ones are refused
 *   held      nothing passes, neither bytes nor ends; everything that was held passes when the door is opened
 *   swallowed what arrives is thrown away, ends included. Neither side is told, and the connections of that time stay
 *             silent after the door is opened, as behind a firewall that has forgotten them
 */
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { findFreePort } from '../servers/free-port.ts'

interface Link {
  client: Socket
  server: Socket
  /** Swallowed: it relays nothing any more. */
  isDead: boolean
}

type Pass = (pass: () => void) => void

export class TcpDoor {
  readonly #server: Server
  readonly #target: { host: string; port: number }
  readonly #links = new Set<Link>()
  /** Both ends of swallowed connections. */
  readonly #forgotten = new Set<Socket>()
  readonly #host: string
  readonly #port: number
  #isHeld = false
  #isSwallowing = false
  #delayMs = 0

  private constructor(target: { host: string; port: number }, host: string, port: number) {
    this.#target = target
    this.#host = host
    this.#port = port
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#link(client))
  }

  /**
   * Opens a door. `target`: the address of the server, with its port. `host` and `port`: where it listens, by default on a
   * free port of 127.0.0.1.
   */
  static async to(target: string, { host = '127.0.0.1', port = 0 } = {}): Promise<TcpDoor> {
    const server = new URL(target)
    const own = port === 0 ? await findFreePort() : port
    const door = new TcpDoor({ host: server.hostname, port: Number(server.port) }, host, own)
    await door.open()
    return door
  }

  /** Where it listens; the same however often it is shut. */
  get host(): string {
    return `${this.#host.includes(':') ? `[${this.#host}]` : this.#host}:${this.#port}`
  }

  /** The address of the server, through this door. */
  through(url: string): string {
    const address = new URL(url)
    address.host = this.host
    return address.href
  }

  /** Connections that clients hold. */
  get connections(): number {
    return this.#links.size
  }

  /** The ports from which it is connected to the server: what the server calls its clients. */
  get clientPorts(): number[] {
    return [...this.#links].flatMap(({ server }) => server.localPort ?? [])
  }

  /** Ends every fault: it listens, nothing is held or thrown away or late. */
  async open(): Promise<void> {
    this.#delayMs = 0
    this.#isSwallowing = false
    this.#isHeld = false
    for (const { client, server, isDead } of this.#links) {
      if (isDead) continue
      client.resume()
      server.resume()
    }
    if (this.#server.listening) return
    this.#server.listen(this.#port, this.#host)
    await once(this.#server, 'listening')
  }

  /** Connections are reset, and new ones refused. */
  async shut(): Promise<void> {
    this.reset()
    for (const end of this.#forgotten) end.destroy()
    if (!this.#server.listening) return
    const closed = once(this.#server, 'close')
    this.#server.close()
    await closed
  }

  /** Open connections are reset. */
  reset(): void {
    for (const { client, server } of this.#links) {
      client.resetAndDestroy()
      server.resetAndDestroy()
    }
  }

  /** Everything passes this much later, in both directions. */
  delay(ms: number): void {
    this.#delayMs = ms
  }

  hold(): void {
    this.#isHeld = true
    for (const { client, server } of this.#links) {
      client.pause()
      server.pause()
    }
  }

  swallow(): void {
    this.#isSwallowing = true
    for (const link of this.#links) this.#forget(link)
  }

  #link(client: Socket): void {
    const server = connect({ ...this.#target, allowHalfOpen: true })
    const link: Link = { client, server, isDead: false }
    this.#links.add(link)
    client.setNoDelay()
    server.setNoDelay()
    const toServer = this.#direction(link)
    const toClient = this.#direction(link)
    const relay = (from: Socket, to: Socket, pass: Pass) =>
      from.on('data', (chunk: Buffer) =>
        pass(() => {
          if (!to.writable || to.write(chunk)) return
          from.pause()
          to.once('drain', () => this.#isHeld || from.resume())
        }),
      )
    relay(client, server, toServer)
    relay(server, client, toClient)
    // A reset on one side is one on the other.
    client.on('error', () => link.isDead || server.resetAndDestroy())
    server.on('error', () => link.isDead || client.resetAndDestroy())
    // Who ends here reads no more: the connection is one less at once, whatever the server still does.
    client.on('end', () => {
      // A swallowed connection that its client has given up is one less as well; nobody is told.
      if (link.isDead) this.#links.delete(link)
      toServer(() => {
        server.end()
        client.end()
      })
    })
    // An end of the server's goes through, and then it is the client's turn to close: only that is one connection less.
    server.on('end', () =>
      toClient(() => {
        client.end()
        client.resume()
      }),
    )
    client.on('close', () => {
      this.#links.delete(link)
      this.#forgotten.delete(client)
      if (!link.isDead) server.destroy()
    })
    server.on('close', () => this.#forgotten.delete(server))
    if (this.#isSwallowing) this.#forget(link)
    if (this.#isHeld) {
      client.pause()
      server.pause()
    }
  }

  #forget(link: Link): void {
    link.isDead = true
    this.#forgotten.add(link.server)
    this.#forgotten.add(link.client)
    link.client.resume()
    link.server.resume()
  }

  /** What passes one way, in order: also when the delay has become shorter meanwhile. */
  #direction(link: Link): Pass {
    const waiting: { dueAt: number; pass: () => void }[] = []
    const flush = () => {
      for (let first = waiting[0]; first !== undefined && !link.isDead; first = waiting[0]) {
        const leftMs = first.dueAt - performance.now()
        if (leftMs > 0) {
          setTimeout(flush, leftMs)
          return
        }
        waiting.shift()
        first.pass()
      }
    }
    return (pass) => {
      if (link.isDead) return
      if (waiting.length === 0 && this.#delayMs === 0) pass()
      else if (waiting.push({ dueAt: performance.now() + this.#delayMs, pass }) === 1) flush()
    }
  }
}
