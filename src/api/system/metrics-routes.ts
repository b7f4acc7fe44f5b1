/**
 * Metrics that only an API process has: calls by route, and figures from the database and the queue. Also GET /metrics,
 * for installations without METRICS_PORT. Like /health, it needs no authentication.
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import { Counter, Histogram, type Registry } from 'prom-client'
import Type from 'typebox'
import { gauge, gauges } from '../../health/metrics.ts'
import type { System } from '../../health/read-system.ts'
import type { Admission } from '../http/admission.ts'

export interface ApiMetricsSource {
  admission: Admission
  readSystem: () => Promise<System>
  /** Number of open event streams. */
  openStreams: () => number
}

/** Call before registering routes. */
export function installApiMetrics(
  app: FastifyInstance,
  registry: Registry,
  { admission, readSystem, openStreams }: ApiMetricsSource,
): void {
  const requests = new Counter({
    name: 'carillon_http_requests_total',
    help: 'Answered calls.',
    labelNames: ['method', 'route', 'status'],
    registers: [registry],
  })
  const durations = new Histogram({
    name: 'carillon_http_request_seconds',
    help: 'Duration of calls, from arrival to the end of the answer.',
    labelNames: ['method', 'route'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  })
  app.addHook('onResponse', async (request, reply) => {
    // The route's pattern, not the URL: URLs contain addresses, and each would create its own series.
    const { method } = request
    const route = request.routeOptions?.url ?? 'none'
    requests.inc({ method, route, status: reply.statusCode })
    // The duration of an event stream depends on the viewer, not on the server.
    if (request.routeOptions?.config.load !== 'watch') {
      durations.observe({ method, route }, reply.elapsedTime / 1000)
    }
  })

  const figures = () => admission.figures()
  gauge(registry, 'carillon_http_slots', 'Calls the process accepts at the same time.', () => figures().slots)
  gauge(registry, 'carillon_http_in_hand', 'Slots in use.', () => figures().inHand)
  gauges(registry, 'carillon_http_streams', 'Open streams, by kind.', 'kind', () => ({
    import: figures().imports,
    export: figures().exports,
    watch: openStreams(),
  }))
  new Counter({
    name: 'carillon_http_refused_total',
    help: 'Calls refused because of overload or high memory use.',
    registers: [registry],
    collect() {
      this.reset()
      this.inc(figures().refused)
    },
  })

  // Without the database these metrics are missing; those of the process itself are still served.
  const system = () => readSystem().catch(() => null)
  gauges(registry, 'carillon_queue_jobs', 'Jobs on the queue, by state.', 'state', async () => ({
    ...(await system())?.queue,
  }))
  gauges(registry, 'carillon_batches', 'Unfinished batches, by state.', 'state', async () => ({
    ...(await system())?.batches,
  }))
  gauges(registry, 'carillon_processes', 'Running processes, by role.', 'process', async () => {
    const living = (await system())?.processes.filter(({ isAlive }) => isAlive) ?? []
    const roles: Record<string, number> = {}
    for (const { role } of living) roles[role] = (roles[role] ?? 0) + 1
    return roles
  })
  gauges(
    registry,
    'carillon_devices',
    'Active devices, by the kind of their address. Of many devices, an estimate; read once a minute.',
    'kind',
    async () => {
      const { token = 0, fid = 0 } = (await system())?.devices ?? {}
      return token + fid === 0 ? {} : { token, fid }
    },
  )
  gauge(
    registry,
    'carillon_oldest_due_seconds',
    'Seconds by which the oldest waiting work is overdue. Missing if the database cannot be read.',
    async () => {
      const known = await system()
      return known === null ? null : (known.oldestDueSeconds ?? 0)
    },
  )
}

export function metricsRoutes(registry: Registry): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      '/metrics',
      {
        schema: {
          tags: ['operations'],
          summary:
            'Metrics of this process in Prometheus text format; served on METRICS_PORT instead if it is set',
          security: [],
          response: { 200: Type.String() },
        },
      },
      async (_request, reply) =>
        reply
          .header('content-type', registry.contentType)
          .header('cache-control', 'no-store')
          .send(await registry.metrics()),
    )
  }
}
