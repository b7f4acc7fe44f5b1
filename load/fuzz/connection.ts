/**
 * One connection to the API, over which bytes go as they are and answers are read one by one: no client library would send
 * what a fuzz run sends, or tell a missing answer from a bad one.
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

const END_OF_HEAD = Buffer.from('\r\n\r\n')

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
    // An error is followed by `close`, and says nothing more.
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

  /** No more will be sent; what is answered is still read. */
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

  /** The next answer, those that only say "go on" left out. An event stream is cut off behind its head. */
  async read(method: string, patienceMs: number): Promise<Exchange> {
    const deadline = performance.now() + patienceMs
    const until = async (found: () => boolean): Promise<'hung' | 'closed' | null> => {
      while (!found()) {
        if (!this.#isOpen) return 'closed'
        const left = deadline - performance.now()
        if (left <= 0) return 'hung'
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, left)
          this.#wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
      return null
    }
    for (;;) {
      const failure = await until(() => this.#input.includes(END_OF_HEAD))
      if (failure !== null) return failure
      const { status, headers } = this.#takeHead()
      if (status < 200) continue
      const reply = (body: Buffer): Reply => ({ status, headers, body })
      if (headers['content-type']?.startsWith('text/event-stream')) {
        this.close()
        return reply(Buffer.alloc(0))
      }
      if (method === 'HEAD' || status === 204 || status === 304) return reply(Buffer.alloc(0))
      if (headers['transfer-encoding'] === 'chunked') {
        const pieces: Buffer[] = []
        for (;;) {
          const noSize = await until(() => this.#input.includes('\r\n'))
          if (noSize !== null) return noSize
          const size = Number.parseInt(this.#take(this.#input.indexOf('\r\n') + 2).toString(), 16)
          const noPiece = await until(() => this.#input.length >= size + 2)
          if (noPiece !== null) return noPiece
          const piece = this.#take(size + 2)
          if (size === 0) return reply(Buffer.concat(pieces))
          pieces.push(piece.subarray(0, size))
        }
      }
      const length = Number(headers['content-length'] ?? 0)
      const noBody = await until(() => this.#input.length >= length)
      if (noBody !== null) return noBody
      return reply(this.#take(length))
    }
  }

  #takeHead(): { status: number; headers: Record<string, string> } {
    const head = this.#take(this.#input.indexOf(END_OF_HEAD) + 4).toString('latin1')
    const [first = '', ...lines] = head.trimEnd().split('\r\n')
    const headers = lines.map((line) => {
      const at = line.indexOf(':')
      return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()] as const
    })
    return { status: Number(first.split(' ')[1]), headers: Object.fromEntries(headers) }
  }

  #take(count: number): Buffer {
    const taken = this.#input.subarray(0, count)
    this.#input = this.#input.subarray(count)
    return taken
  }
}
