/**
 * What an API process adds to its metrics, calls by route and what only the database and the queue know, and
 * GET /metrics, for an installation that has no METRICS_PORT to ask at. Nobody is asked for a key, as at /health.
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
  /** Viewers of live campaigns. */
  openStreams: () => number
}

/** To be called before any route is made. */
export function installApiMetrics(
  app: FastifyInstance,
  registry: Registry,
  { admission, readSystem, openStreams }: ApiMetricsSource,
): void {
  const requests = new Counter({
    name: 'carillon_http_requests_total',
    help: 'Calls that were answered.',
    labelNames: ['method', 'route', 'status'],
    registers: [registry],
  })
  const durations = new Histogram({
    name: 'carillon_http_request_seconds',
    help: 'From the arrival of a call to the end of its answer.',
    labelNames: ['method', 'route'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  })
  app.addHook('onResponse', async (request, reply) => {
    // The route's pattern, never the address: each token would be a series of its own.
    const { method } = request
    const route = request.routeOptions?.url ?? 'none'
    requests.inc({ method, route, status: reply.statusCode })
    // How long somebody looked on says nothing about us.
    if (request.routeOptions?.config.load !== 'watch') {
      durations.observe({ method, route }, reply.elapsedTime / 1000)
    }
  })

  const figures = () => admission.figures()
  gauge(registry, 'carillon_http_slots', 'Calls that the process takes at a time.', () => figures().slots)
  gauge(registry, 'carillon_http_in_hand', 'Calls that hold a slot now.', () => figures().inHand)
  gauges(registry, 'carillon_http_streams', 'Streams of each kind that are open.', 'kind', () => ({
    import: figures().imports,
    export: figures().exports,
    watch: openStreams(),
  }))
  new Counter({
    name: 'carillon_http_refused_total',
    help: 'Calls that were refused because too much was in hand.',
    registers: [registry],
    collect() {
      this.reset()
      this.inc(figures().refused)
    },
  })

  // Without the database there is nothing to tell; what the process knows of itself is still told.
  const system = () => readSystem().catch(() => null)
  gauges(registry, 'carillon_queue_jobs', 'Entries on the queue, by state.', 'state', async () => ({
    ...(await system())?.queue,
  }))
  gauges(registry, 'carillon_batches', 'Batches that have not ended, by state.', 'state', async () => ({
    ...(await system())?.batches,
  }))
  gauges(registry, 'carillon_processes', 'Processes that live, by role.', 'process', async () => {
    const living = (await system())?.processes.filter(({ isAlive }) => isAlive) ?? []
    const roles: Record<string, number> = {}
    for (const { role } of living) roles[role] = (roles[role] ?? 0) + 1
    return roles
  })
  gauge(
    registry,
    'carillon_oldest_due_seconds',
    'For how long the oldest thing that should be moving has not. Missing: the database does not say.',
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
          summary: 'Metrics of this process, in Prometheus’ text form; elsewhere when METRICS_PORT is set',
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
