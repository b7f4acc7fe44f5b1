/**
 * A TCP relay that delays what goes through it, as a longer way would. The kernel's netem would do it without a process in
 * the middle, but is not in every kernel, and would delay FCM too.
 */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface DelayRelay extends AsyncDisposable {
  port: number
}

/** Listens at `host`. `roundTripMs`: half of it is added in each direction. */
export async function openDelayRelay(
  host: string,
  target: { host: string; port: number },
  roundTripMs: number,
): Promise<DelayRelay> {
  const sockets = new Set<Socket>()
  // One side may end before what the other has sent has gone through.
  const server = createServer({ allowHalfOpen: true }, (incoming) => {
    const outgoing = connect({ ...target, allowHalfOpen: true })
    for (const [from, to] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      sockets.add(from)
      from.setNoDelay(true)
      from.on('error', () => to.destroy())
      from.on('close', () => sockets.delete(from))
      // Timers of one length fire in the order in which they were set: bytes stay in order.
      from.on('data', (chunk) => setTimeout(() => to.writable && to.write(chunk), roundTripMs / 2))
      from.on('end', () => setTimeout(() => to.end(), roundTripMs / 2))
    }
  })
  server.listen(0, host)
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
