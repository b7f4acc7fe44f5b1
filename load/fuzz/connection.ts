/**
 * One raw connection to the API: bytes are sent as they are, and answers are read one by one. A client library would not
 * send what a fuzz run sends, and would not tell a missing answer from a bad one.
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export interface Reply {
  status: number
  headers: Readonly<Record<string, string>>
  body: Buffer
}

/** `closed`: without an answer. `hung`: nothing more came in time. */
export type Exchange = Reply | 'closed' | 'hung'

export class Connection {
  readonly #socket: Socket
  #input = Buffer.alloc(0)
  #isOpen = true
  #wake: () => void = () => {}

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (piece: Buffer) => {
      this.#input = Buffer.concat([this.#input, piece])
      this.#wake()
    })
    // `close` follows every error.
    socket.on('error', () => {})
    const end = () => {
      this.#isOpen = false
      this.#wake()
    }
    socket.on('end', end).on('close', end)
  }

  static async open(port: number): Promise<Connection> {
    const socket = connect(port, '127.0.0.1')
    const connection = new Connection(socket)
    await Promise.race([once(socket, 'connect'), once(socket, 'close')])
    return connection
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  write(bytes: Buffer | string): void {
    this.#socket.write(bytes)
  }

  /** Sends no more; answers are still read. */
  end(): void {
    this.#socket.end()
  }

  close(): void {
    this.#socket.destroy()
  }

  async exchange(bytes: Buffer, method: string, patienceMs: number): Promise<Exchange> {
    this.write(bytes)
    return await this.read(method, patienceMs)
  }

  /** The next answer. Skips 1xx answers, and closes the connection after the head of an event stream. */
  async read(method: string, patienceMs: number): Promise<Exchange> {
    return await this.#readReply(method, performance.now() + patienceMs).catch(({ message }: Error) =>
      message === 'closed' ? 'closed' : 'hung',
    )
  }

  async #readReply(method: string, deadline: number): Promise<Reply> {
    const head = (await this.#takeThrough('\r\n\r\n', deadline)).toString('latin1')
    const [first = '', ...lines] = head.trimEnd().split('\r\n')
    const status = Number(first.split(' ')[1])
    if (status < 200) return await this.#readReply(method, deadline)
    const headers: Record<string, string> = Object.fromEntries(
      lines.map((line) => {
        const at = line.indexOf(':')
        return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()]
      }),
    )
    const isStream = headers['content-type']?.startsWith('text/event-stream') === true
    if (isStream) this.close()
    const hasBody = !isStream && method !== 'HEAD' && status !== 204 && status !== 304
    if (!hasBody) return { status, headers, body: Buffer.alloc(0) }
    if (headers['transfer-encoding'] !== 'chunked') {
      return { status, headers, body: await this.#take(Number(headers['content-length'] ?? 0), deadline) }
    }
    const pieces: Buffer[] = []
    for (let size = 1; size > 0; ) {
      size = Number.parseInt((await this.#takeThrough('\r\n', deadline)).toString(), 16)
      pieces.push((await this.#take(size + 2, deadline)).subarray(0, size))
    }
    return { status, headers, body: Buffer.concat(pieces) }
  }

  async #takeThrough(end: string, deadline: number): Promise<Buffer> {
    while (!this.#input.includes(end)) await this.#wait(deadline)
    return await this.#take(this.#input.indexOf(end) + end.length, deadline)
  }

  async #take(count: number, deadline: number): Promise<Buffer> {
    while (this.#input.length < count) await this.#wait(deadline)
    const taken = this.#input.subarray(0, count)
    this.#input = this.#input.subarray(count)
    return taken
  }

  /** Resolves when something has happened. */
  async #wait(deadline: number): Promise<void> {
    if (!this.#isOpen) throw new Error('closed')
    const left = deadline - performance.now()
    if (left <= 0) throw new Error('hung')
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, left)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
