/** Opens an HTTP/2 connection: TCP, TLS, ALPN, and the server's first SETTINGS, all within one timeout. */
import { connect } from 'node:tls'
import type { Logger } from '../../../process/logger.ts'
import { Http2Connection } from './connection.ts'

export interface OpenOptions {
  origin: string
  /** PEM to trust instead of the system's. */
  ca?: string | Buffer | undefined
  timeoutMs: number
  /** Aborts the opening. */
  signal: AbortSignal
  /** See ConnectionOptions. Not called for a connection that could not be opened. */
  onClosing: () => void
  /** See ConnectionOptions. */
  onLimit?: () => void
  log: Logger
}

/** Rejects when it fails, and leaves no socket open then. */
export function openConnection(options: OpenOptions): Promise<Http2Connection> {
  const { origin, ca, timeoutMs, signal, onClosing, onLimit = () => {}, log } = options
  const { hostname, port } = new URL(origin)
  const host = hostname.replace(/^\[|\]$/g, '')
  const isAddress = /^[\d.]+$|:/.test(host)
  const socket = connect({
    host,
    port: Number(port) || 443,
    ...(!isAddress && { servername: host }),
    ...(ca !== undefined && { ca }),
    ALPNProtocols: ['h2'],
  })
  return new Promise((resolve, reject) => {
    let isOpen = false
    const timer = setTimeout(() => fail(new Error(`no SETTINGS within ${timeoutMs} ms`)), timeoutMs)
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
