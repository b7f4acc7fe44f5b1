/**
 * Opens an HTTP/2 connection: TCP (through a proxy if there is one), TLS, ALPN, and the server's first SETTINGS, all
 * within one timeout.
 */
import type { Socket } from 'node:net'
import { connect } from 'node:tls'
import type { Logger } from '../../../process/logger.ts'
import { openTunnel } from '../proxy-tunnel.ts'
import { Http2Connection } from './connection.ts'

export interface OpenOptions {
  origin: string
  /** PEM to trust instead of the system's. */
  ca?: string | Buffer | undefined
  /** HTTP proxy to connect through. */
  proxy?: URL | null
  timeoutMs: number
  /** Aborts the opening. */
  signal: AbortSignal
  /** See ConnectionOptions. Not called for a connection that could not be opened. */
  onClosing: () => void
  /** See ConnectionOptions. */
  onLimit?: () => void
  log: Logger
}

/** All addresses of the host are tried, IPv6 and IPv4 in turn, and each gets this long before the next is tried. */
const ADDRESS_TIMEOUT_MS = 1_000

/** Rejects when it fails, and leaves no socket open then. */
export async function openConnection(options: OpenOptions): Promise<Http2Connection> {
  const { origin, proxy = null, timeoutMs, signal } = options
  const { hostname, port } = new URL(origin)
  const target = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || 443 }
  const startedAt = performance.now()
  const tunnel = proxy === null ? undefined : await openTunnel({ proxy, target, timeoutMs, signal })
  // A proxy may have taken all of the time.
  const leftMs = Math.max(1, timeoutMs - (performance.now() - startedAt))
  return await negotiate(options, target, tunnel, leftMs)
}

function negotiate(
  { ca, timeoutMs, signal, onClosing, onLimit = () => {}, log }: OpenOptions,
  { host, port }: { host: string; port: number },
  tunnel: Socket | undefined,
  leftMs: number,
): Promise<Http2Connection> {
  const isAddress = /^[\d.]+$|:/.test(host)
  const socket = connect({
    host,
    port,
    ...(tunnel === undefined
      ? { autoSelectFamily: true, autoSelectFamilyAttemptTimeout: ADDRESS_TIMEOUT_MS }
      : { socket: tunnel }),
    ...(!isAddress && { servername: host }),
    ...(ca !== undefined && { ca }),
    ALPNProtocols: ['h2'],
  })
  return new Promise((resolve, reject) => {
    let isOpen = false
    const timer = setTimeout(() => fail(new Error(`no SETTINGS within ${timeoutMs} ms`)), leftMs)
    const onClose = () => fail(new Error('the connection was closed before it was ready'))
    const onAbort = () => fail(new Error('the sender is closed'))
    const settle = () => {
      clearTimeout(timer)
      socket.off('error', fail)
      socket.off('close', onClose)
      signal.removeEventListener('abort', onAbort)
    }
    const fail = (error: Error) => {
      settle()
      // More errors may follow, and without a listener one would end the process.
      socket.on('error', () => {})
      socket.destroy()
      reject(error)
    }
    socket.once('error', fail)
    socket.once('close', onClose)
    socket.once('secureConnect', () => {
      if (socket.alpnProtocol !== 'h2') {
        fail(new Error('the server does not speak HTTP/2'))
        return
      }
      const connection: Http2Connection = new Http2Connection(socket, {
        onReady: () => {
          isOpen = true
          settle()
          resolve(connection)
        },
        onClosing: () => isOpen && onClosing(),
        onLimit,
        log,
      })
    })
    signal.addEventListener('abort', onAbort)
    if (signal.aborted) onAbort()
  })
}
