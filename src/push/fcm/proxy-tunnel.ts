/** A TCP connection to a host through an HTTP proxy (CONNECT; RFC 9110, 9.3.6). */
import { type IncomingMessage, request } from 'node:http'
import type { Socket } from 'node:net'
import { reasonOf } from './reason-of.ts'

export interface TunnelOptions {
  /** http://, with user and password if the proxy asks for them. */
  proxy: URL
  target: { host: string; port: number }
  timeoutMs: number
  /** Aborts the opening. */
  signal: AbortSignal
}

/** Rejects with a message for the operator when it fails, and leaves no socket open then. */
export function openTunnel({ proxy, target, timeoutMs, signal }: TunnelOptions): Promise<Socket> {
  const { host, port } = target
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`
  const credentials = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`
  const hasCredentials = credentials !== ':'
  return new Promise((resolve, reject) => {
    const connecting = request({
      method: 'CONNECT',
      host: proxy.hostname.replace(/^\[|\]$/g, ''),
      port: Number(proxy.port) || 80,
      path: authority,
      headers: {
        host: authority,
        ...(hasCredentials && {
          'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}`,
        }),
      },
      agent: false,
      signal,
    })
    // Also ends the connection to the proxy. `proxy.host`, because `proxy.href` has the password.
    const fail = (problem: string) => {
      clearTimeout(timer)
      connecting.destroy()
      reject(new Error(`the proxy ${proxy.host} ${problem}`))
    }
    const timer = setTimeout(() => fail(`did not answer within ${timeoutMs} ms`), timeoutMs)
    connecting.on('error', (error) => {
      fail(signal.aborted ? 'was not waited for any longer' : `cannot be used: ${reasonOf(error)}`)
    })
    connecting.on('connect', ({ statusCode = 0 }: IncomingMessage, socket: Socket, head: Buffer) => {
      if (statusCode < 200 || statusCode > 299) {
        fail(refusalOf(statusCode, authority, hasCredentials))
        return
      }
      clearTimeout(timer)
      if (head.length > 0) socket.unshift(head)
      resolve(socket)
    })
    connecting.end()
  })
}

function refusalOf(status: number, authority: string, hasCredentials: boolean): string {
  switch (status) {
    // tinyproxy's answer to a wrong password.
    case 401:
    case 407:
      return hasCredentials
        ? `refuses the user and password in its address (${status}); correct them`
        : `asks for a user and password (${status}); set it as http://user:password@host:port`
    case 403:
      return `does not allow connections to ${authority} (403); have that host allowed`
    default:
      return `answered ${status} when asked to connect to ${authority}`
  }
}
