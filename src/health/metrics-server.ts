/**
 * Listens on METRICS_PORT for whoever watches the process: /metrics, and for workers, which listen on nothing else,
 * /health/live and /health/ready. It asks nobody who they are: it is not for the outside.
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
  /** Null: it works. Otherwise why it takes no work. */
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
    if (request.method !== 'GET') return json(405, { status: 'only GET is answered here' })
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
    return json(404, { status: 'here are /metrics, /health/live and /health/ready' })
  })
  // Whoever scrapes keeps its connection; nobody else should be able to hold many.
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
