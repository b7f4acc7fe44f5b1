/**
 * Serves /metrics, /health/live and /health/ready on METRICS_PORT. Workers have no other port. There is no
 * authentication: the port must not be reachable from outside.
 */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Registry } from 'prom-client'
import type { Logger } from '../process/logger.ts'

export interface MetricsServerOptions {
  host: string
  port: number
  registry: Registry
  /** Why the process takes no work, or null if it does. */
  whyNotReady: () => string | null
  log: Logger
}

export async function startMetricsServer(
  options: MetricsServerOptions,
): Promise<{ port: number; close: () => Promise<void> }> {
  const { host, port, registry, whyNotReady, log } = options
  const server: Server = createServer(async (request, response) => {
    const answer = (status: number, type: string, body: string) =>
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body)
    const json = (status: number, body: object) => answer(status, 'application/json', JSON.stringify(body))
    if (request.method !== 'GET') return json(405, { status: 'only GET is allowed' })
    const [path] = (request.url ?? '').split('?')
    if (path === '/metrics') {
      try {
        return answer(200, registry.contentType, await registry.metrics())
      } catch (error) {
        log.error({ err: error }, 'the metrics could not be read')
        return json(500, { status: 'the metrics could not be read' })
      }
    }
    if (path === '/health/live') return json(200, { status: 'ok' })
    if (path === '/health/ready') {
      const problem = whyNotReady()
      return problem === null ? json(200, { status: 'ok' }) : json(503, { status: problem })
    }
    return json(404, { status: 'not found; there are /metrics, /health/live and /health/ready' })
  })
  // A scraper needs one connection; more than a few open ones are a mistake or an attack.
  server.maxConnections = 50
  server.requestTimeout = 10_000
  server.listen(port, host)
  await once(server, 'listening')
  server.unref()
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
