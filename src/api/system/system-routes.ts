/** State of the installation: processes, queue, rate limit, last errors. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { ProcessRow, System } from '../../health/read-system.ts'
import { VERSION } from '../../process/version.ts'
import type { RouteDeps } from '../http/request-context.ts'
import { type ProcessReply, SystemQuery, SystemReply } from './system-schemas.ts'

const ERRORS_SHOWN = 20
/** The figures cover the last minute, so a process without a heartbeat for that long is left out. */
const MINUTE_MS = 60_000

export function systemRoutes({ readSystem, queue, config }: RouteDeps): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      '/system',
      {
        config: { permission: 'system:read' },
        schema: {
          tags: ['operations'],
          summary: 'Every process, the queue, the rate limit, the database, and the last errors',
          querystring: SystemQuery,
          response: { 200: SystemReply },
        },
      },
      async (_request, reply) => {
        const system = await readSystem()
        reply.header('cache-control', 'no-store')
        return systemBody(system, queue.backend, config.fcm.messagesPerMinute)
      },
    )
  }
}

function systemBody(
  { at, processes, queue, batches, oldestDueSeconds, rateLimit, database }: System,
  backend: SystemReply['queue']['backend'],
  messagesPerMinute: number,
): SystemReply {
  const recent = processes.filter(({ seenAt }) => at.getTime() - seenAt.getTime() < MINUTE_MS)
  const sumOf = (figure: 'usedLastMinute' | 'deadTokensLastMinute') =>
    recent.reduce((sum, { figures }) => sum + (figures[figure] ?? 0), 0)
  return {
    version: VERSION,
    at: at.toISOString(),
    processes: processes.map(processBody),
    queue: {
      backend,
      isReachable: queue !== null,
      ...(queue ?? { waiting: null, active: null, delayed: null, failed: null }),
    },
    batches,
    oldestDueSeconds,
    rateLimit: {
      messagesPerMinute: Number.isFinite(messagesPerMinute) ? messagesPerMinute : null,
      share: rateLimit?.share ?? 1,
      blockedUntil: rateLimit?.blockedUntil?.toISOString() ?? null,
      rampUntil: rateLimit?.rampUntil?.toISOString() ?? null,
      usedLastMinute: sumOf('usedLastMinute'),
      deadTokensLastMinute: sumOf('deadTokensLastMinute'),
    },
    database,
    errors: errorsOf(processes),
  }
}

function processBody({ figures, ...row }: ProcessRow): ProcessReply {
  const { id, role, host, pid, version, exitReason, isAlive } = row
  return {
    id,
    role,
    host,
    pid,
    version,
    startedAt: row.startedAt.toISOString(),
    seenAt: row.seenAt.toISOString(),
    stoppedAt: row.stoppedAt?.toISOString() ?? null,
    exitReason,
    isAlive,
    state: isAlive ? (figures.state ?? 'ok') : row.stoppedAt === null ? 'lost' : 'stopped',
    rssBytes: figures.rssBytes ?? null,
    rssLimitBytes: figures.rssLimitBytes ?? null,
    heapUsedBytes: figures.heapUsedBytes ?? null,
    heapLimitBytes: figures.heapLimitBytes ?? null,
    nativeBytes: figures.nativeBytes ?? null,
    eventLoopLagMs: figures.eventLoopLagMs ?? null,
    batchesInHand: figures.batchesInHand ?? null,
    messagesInFlight: figures.messagesInFlight ?? null,
    breaker: figures.breaker ?? null,
    ratePerSecond: figures.ratePerSecond ?? null,
    pool: figures.pool ?? null,
  }
}

function errorsOf(processes: readonly ProcessRow[]): SystemReply['errors'] {
  return processes
    .flatMap(({ role, host, pid, figures }) =>
      (figures.errors ?? []).map((error) => ({ ...error, process: `${role}@${host}:${pid}` })),
    )
    .sort((one, other) => other.at.localeCompare(one.at))
    .slice(0, ERRORS_SHOWN)
    .map(({ at, process, message, code, campaignId }) => ({ at, process, message, code, campaignId }))
}
