/**
 * Connects through an HTTP proxy, for libraries that take an agent. Node's own agent with `proxyEnv` keeps its connection
 * to a proxy that does not answer, also after the request was aborted.
 */
import { Agent, type RequestOptions } from 'node:https'
import type { Duplex } from 'node:stream'
import { connect } from 'node:tls'
import { openTunnel } from './proxy-tunnel.ts'

/** Less than the deadline of a mint, so that the failure names the proxy. */
const PROXY_TIMEOUT_MS = 5_000

export class TunnelAgent extends Agent {
  readonly #proxy: URL
  readonly #signal: AbortSignal

  /** `signal` aborts the opening of tunnels. */
  constructor(proxy: URL, signal: AbortSignal) {
    super()
    this.#proxy = proxy
    this.#signal = signal
  }

  override createConnection(
    options: RequestOptions,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    const { host, port } = options
    openTunnel({
      proxy: this.#proxy,
      target: { host: String(host), port: Number(port) || 443 },
      timeoutMs: PROXY_TIMEOUT_MS,
      signal: this.#signal,
    }).then(
      (socket) => callback?.(null, connect({ ...(options as object), socket })),
      // With an error, Node does not read the second parameter.
      (error: Error) => (callback as ((error: Error) => void) | undefined)?.(error),
    )
  }
}
