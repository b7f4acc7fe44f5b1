/** An HTTP proxy on this machine, for CONNECT only. */
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

export interface ProxyOptions {
  /** `user:password` that clients must send. */
  credentials?: string
  /** The status of each answer, instead of a connection. */
  refusal?: number
  /** It accepts connections and never answers. */
  isSilent?: boolean
}

export async function startConnectProxy({ credentials, refusal, isSilent = false }: ProxyOptions = {}) {
  const targets: string[] = []
  let refusalNow = refusal
  const sockets = new Set<Socket>()
  const expected = credentials && `Basic ${Buffer.from(credentials).toString('base64')}`
  const server = createServer()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  })
  server.on('connect', (request, socket: Socket) => {
    targets.push(request.url ?? '')
    // Otherwise the end of the client's side would not be noticed.
    socket.on('end', () => socket.destroy())
    if (isSilent) {
      socket.resume()
      return
    }
    const isRefused = expected !== undefined && request.headers['proxy-authorization'] !== expected
    const status = isRefused ? 407 : refusalNow
    if (status !== undefined) {
      // As real proxies do, it keeps the connection for another request.
      socket.resume().write(`HTTP/1.1 ${status} Refused\r\nContent-Length: 0\r\n\r\n`)
      return
    }
    const { hostname, port } = new URL(`http://${request.url}`)
    const upstream = connect(Number(port) || 80, hostname.replace(/^\[|\]$/g, ''), () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      upstream.pipe(socket).pipe(upstream)
    })
    upstream.on('error', () => socket.destroy())
    upstream.on('close', () => socket.destroy())
    socket.on('close', () => upstream.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = async () => {
    for (const socket of sockets) socket.destroy()
    if (server.listening) await new Promise((resolve) => server.close(resolve))
  }
  onTestFinished(close)
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    host,
    url: `http://${credentials === undefined ? '' : `${credentials}@`}${host}`,
    /** host:port of each CONNECT, in order. */
    targets,
    connections: () => sockets.size,
    /** Open connections stay. Without a status it refuses no more. */
    refuse: (status?: number) => {
      refusalNow = status
    },
    close,
  }
}
