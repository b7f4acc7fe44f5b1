/** A TCP relay to a fake FCM, at an address that a test chooses, which can drop what passes as a firewall does. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

export interface Relay {
  port: number
  /** Connections that the sender holds. */
  connections: () => number
  /** What the connections there are carry from now on is dropped, without a word to either side. New ones work. */
  drop(): void
}

/** `port`: 0 for any free one. */
export async function startRelay(target: string, { host = '127.0.0.1', port = 0 } = {}): Promise<Relay> {
  const pairs = new Set<[Socket, Socket]>()
  const server = createServer((incoming) => {
    const outgoing = connect(Number(new URL(target).port), '127.0.0.1')
    const pair: [Socket, Socket] = [incoming, outgoing]
    pairs.add(pair)
    incoming.pipe(outgoing).pipe(incoming)
    for (const socket of pair) socket.on('error', () => {})
    incoming.on('close', () => {
      pairs.delete(pair)
      outgoing.destroy()
    })
    outgoing.on('close', () => incoming.destroy())
  })
  server.listen(port, host)
  await once(server, 'listening')
  onTestFinished(() => {
    for (const [incoming] of pairs) incoming.destroy()
    server.close()
  })
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => pairs.size,
    drop: () => {
      // Read and thrown away: TCP still acknowledges, and nobody hears anything.
      for (const pair of pairs) for (const socket of pair) socket.unpipe().resume()
    },
  }
}
