/** Many viewers of live campaigns in one process: raw sockets, since ten thousand HTTP clients would be the load. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/** Connections that are opened at a time: fewer than a server's backlog. */
const AT_A_TIME = 100

export interface Viewers {
  /** Events `campaign` that have arrived, of all. */
  readonly events: number
  /** Times at which events have arrived since the last call, in milliseconds since 1970. */
  takeArrivals(): number[]
  /** How many connections stand. */
  readonly open: number
  /** Without a word, as when a network is gone. */
  destroy(): void
}

export async function openViewers(
  address: string,
  paths: readonly string[],
  key: string,
  signal: AbortSignal,
): Promise<Viewers> {
  const { hostname, port } = new URL(address)
  const sockets: Socket[] = []
  let events = 0
  let arrivals: number[] = []

  const open = async (path: string) => {
    const socket = connect({ host: hostname, port: Number(port) })
    sockets.push(socket)
    socket.on('error', () => {})
    socket.write(`GET ${path} HTTP/1.1\r\nhost: ${hostname}\r\nauthorization: Bearer ${key}\r\n\r\n`)
    const first = once(socket, 'data', { signal })
    socket.on('data', (piece: Buffer) => {
      // The line begins a chunk, which the server writes as one: it is not cut in two on a loopback.
      if (!piece.includes('event: campaign')) return
      events += 1
      arrivals.push(performance.timeOrigin + performance.now())
    })
    const [head] = (await first) as [Buffer]
    if (!head.toString('latin1').startsWith('HTTP/1.1 200')) {
      throw new Error(`A viewer was refused: ${head.toString('latin1').slice(0, 300)}`)
    }
  }
  for (let from = 0; from < paths.length; from += AT_A_TIME) {
    await Promise.all(paths.slice(from, from + AT_A_TIME).map(open))
    await delay(1, undefined, { signal })
  }
  return {
    get events() {
      return events
    },
    takeArrivals() {
      const taken = arrivals
      arrivals = []
      return taken
    },
    get open() {
      return sockets.filter(({ destroyed }) => !destroyed).length
    },
    destroy() {
      for (const socket of sockets) socket.destroy()
    },
  }
}
